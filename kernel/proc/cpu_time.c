/*
 * cpu_time.c - CPU time of processes and threads, and the clocks that show it.
 *
 * The number of a clock is 2 or 3 for the caller's process or thread, or, negative,
 * ~pid << 3 with the kind in the low bits (Linux's CPUCLOCK_*): bit 2 says
 * thread, bits 0 and 1 what is counted. Time in the kernel is not told apart, so all counts are one.
 */
#include "cpu_time.h"

#include <kernel/errno.h>
#include <linux/time.h>

#define CLOCK_OF_THREAD 4
#define CLOCK_KINDS	3

bool cpu_clock_decode(int clock, struct cpu_clock *which)
{
	*which = (struct cpu_clock){ .is_thread = clock == CLOCK_THREAD_CPUTIME_ID };
	if (clock < 0) {
		which->is_thread = clock & CLOCK_OF_THREAD;
		which->number = ~(clock >> 3);
		return (clock & 3) < CLOCK_KINDS;
	}
	return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

nsec_t process_cpu_time(const struct process *process)
{
	nsec_t time = process->user_time; /* of threads that have ended */

	list_for_each(node, &process->threads) {
		time += thread_run_time(list_entry(node, struct task, process_link)->thread);
	}
	return time;
}

int cpu_clock_now_locked(const struct cpu_clock *which, struct process *self, nsec_t *now)
{
	const struct task *task = task_current();
	const struct process *process = self;

	if (which->is_thread) {
		task = which->number ? task_find(self, which->number) : task;
		*now = task ? thread_run_time(task->thread) : 0;
		return task ? 0 : -EINVAL;
	}
	if (which->number && which->number != self->pid) {
		task = task_find(NULL, which->number);
		process = task && task->tid == task->process->pid ? task->process : NULL;
	}
	*now = process ? process_cpu_time(process) : 0;
	return process ? 0 : -EINVAL;
}

int cpu_clock_now(const struct cpu_clock *which, nsec_t *now)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int err = cpu_clock_now_locked(which, process_current(), now);

	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}
