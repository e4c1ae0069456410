/*
 * sched.c - who runs: one run queue for each CPU, round robin, preemptive.
 *
 * A thread that becomes ready goes to the end of its CPU's queue. The running
 * one is made to give way
 *   - when its slice is over; one is armed only while others are ready,
 *   - at the end of an interrupt that made a thread ready, for the sake of
 *     latency; a thread that wakes another goes on, since it often waits for
 *     that one next and a switch is saved,
 *   - at once when it is the idle thread.
 * All of this is put off while preemption is off: preempt_enable() makes up.
 *
 * Invariants:
 *   S1  A READY thread is on the queue of its CPU; but the idle thread never is.
 *   S2  The run-queue lock is taken before the switch and released after it, by
 *       the thread that was switched to. So a thread that another CPU wakes
 *       is not run before its registers are saved.
 *   S3  A thread stays on its CPU.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/smp.h>
#include <arch/thread.h>
#include <kernel/panic.h>
#include <kernel/timer.h>
#include "sched.h"

#define SLICE (10 * NSEC_PER_MSEC)

struct run_queue {
	struct spinlock lock; /* irq-safe */
	struct list ready;
	struct thread *idle;
	struct thread *previous; /* who was switched away from, until the switch is finished */
	bool was_added;		 /* since the last switch */
	struct timer slice;
};

static struct run_queue queues[CONFIG_NR_CPUS];

static struct run_queue *queue_this(void)
{
	return &queues[cpu_id()];
}

static void slice_over(struct timer *timer)
{
	cpu_this()->resched_wanted = true;
}

void sched_cpu_init(struct thread *self, struct thread *idle)
{
	struct run_queue *rq = queue_this();

	spin_init(&rq->lock, "run queue");
	list_init(&rq->ready);
	timer_init(&rq->slice, slice_over);
	rq->idle = idle;
	self->state = THREAD_RUNNING;
	self->run_start = clock_now();
	cpu_this()->current = self;
}

/* ---- becoming ready ------------------------------------------------------ */

/* The lock of the queue is held. */
static void ready_add(struct run_queue *rq, struct thread *thread)
{
	thread->state = THREAD_READY;
	list_push_back(&rq->ready, &thread->run_link);
	rq->was_added = true;
	if (thread->cpu != cpu_this()) {
		smp_resched(thread->cpu);
	} else if (thread_current() == rq->idle) {
		cpu_this()->resched_wanted = true;
	} else if (!rq->slice.cpu) {
		timer_set(&rq->slice, clock_now() + SLICE);
	}
}

void sched_add(struct thread *thread)
{
	struct run_queue *rq = &queues[thread->cpu->id];
	irq_state_t irq = spin_lock_irqsave(&rq->lock);

	ready_add(rq, thread);
	spin_unlock_irqrestore(&rq->lock, irq);
}

void sched_wake(struct thread *thread)
{
	struct run_queue *rq = &queues[thread->cpu->id];
	irq_state_t irq = spin_lock_irqsave(&rq->lock);

	if (thread->state == THREAD_BLOCKED) {
		ready_add(rq, thread);
	}
	spin_unlock_irqrestore(&rq->lock, irq);
}

void sched_state_set(enum thread_state state)
{
	struct run_queue *rq = queue_this();

	spin_lock(&rq->lock);
	thread_current()->state = state;
	spin_unlock(&rq->lock);
}

/* ---- switching ------------------------------------------------------------ */

/* S1 */
static void running_back(struct run_queue *rq, struct thread *thread)
{
	thread->state = THREAD_READY;
	if (thread != rq->idle) {
		list_push_back(&rq->ready, &thread->run_link);
	}
}

static struct thread *next_take(struct run_queue *rq)
{
	struct list *first = list_first(&rq->ready);

	if (!first) {
		return rq->idle;
	}
	list_remove(first);
	return list_entry(first, struct thread, run_link);
}

static void slice_update(struct run_queue *rq, const struct thread *next, nsec_t now)
{
	if (next != rq->idle && !list_is_empty(&rq->ready)) {
		timer_set(&rq->slice, now + SLICE);
	} else {
		timer_cancel(&rq->slice);
	}
}

static void run_time_count(struct thread *prev, struct thread *next, nsec_t now)
{
	prev->run_time += now - prev->run_start;
	next->run_start = now;
}

nsec_t thread_run_time(const struct thread *thread)
{
	struct run_queue *rq = &queues[thread->cpu->id];
	irq_state_t irq = spin_lock_irqsave(&rq->lock);
	nsec_t time = thread->run_time;

	if (thread->cpu->current == thread) {
		time += clock_now() - thread->run_start;
	}
	spin_unlock_irqrestore(&rq->lock, irq);
	return time;
}

void sched_switch(void)
{
	struct run_queue *rq = queue_this();
	struct thread *prev = thread_current(), *next;
	nsec_t now;

	assert_that(!cpu_this()->preempt_off, "no locks held over a switch");
	spin_lock(&rq->lock);
	if (prev->state == THREAD_RUNNING) {
		running_back(rq, prev);
	}
	next = next_take(rq);
	next->state = THREAD_RUNNING;
	now = clock_now();
	slice_update(rq, next, now);
	cpu_this()->resched_wanted = rq->was_added = false;
	run_time_count(prev, next, now);
	if (next == prev) {
		spin_unlock(&rq->lock);
		return;
	}
	next->switches++;
	rq->previous = prev;
	cpu_this()->current = next;
	port_thread_switch(prev, next, next->aspace);
	sched_switch_finish();
}

/* S2; on return of port_thread_switch() every local of sched_switch() is of another time. */
void sched_switch_finish(void)
{
	struct run_queue *rq = queue_this();
	struct thread *prev = rq->previous;
	bool is_dead = prev->state == THREAD_DEAD;

	spin_unlock(&rq->lock);
	if (is_dead) {
		thread_left(prev);
	}
}

/* ---- preemption ------------------------------------------------------------ */

void sched_interrupt_exit(void)
{
	struct cpu *cpu = cpu_this();

	if (!cpu->current) {
		return;
	}
	if (queues[cpu->id].was_added) {
		cpu->resched_wanted = true;
	}
	if (cpu->resched_wanted && !cpu->preempt_off) {
		sched_switch();
	}
}

static void __noinline preempt_make_up(void)
{
	irq_state_t irq = irq_save();

	if (cpu_this()->resched_wanted && !cpu_this()->preempt_off) {
		sched_switch();
	}
	irq_restore(irq);
}

void preempt_enable(void)
{
	struct cpu *cpu = cpu_this();

	preempt_enable_no_switch();
	if (unlikely(cpu->resched_wanted) && !cpu->preempt_off && irq_is_enabled()) {
		preempt_make_up();
	}
}

void thread_yield(void)
{
	irq_state_t irq = irq_save();

	sched_switch();
	irq_restore(irq);
}

void sched_idle_loop(void)
{
	irq_disable();
	for (;;) {
		irq_enable();
		thread_reap();
		irq_disable();
		if (list_is_empty(&queue_this()->ready)) {
			cpu_idle();
		} else {
			sched_switch();
		}
	}
}
