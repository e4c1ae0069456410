/* task.c - system calls about single threads: futexes, clean-up lists, scheduling, the CPU. */
#include "../proc/proc.h"
#include "timed.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/futex.h>
#include <kernel/heap.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/futex.h>

#define ROBUST_HEAD_LEN (3 * sizeof(long)) /* a pointer, an offset, a pointer */
#define AFFINITY_LEN	sizeof(long)

static long wait_op(
	vaddr_t word, int op, uint32_t value, vaddr_t timeout, uint32_t bits, enum time_width width)
{
	bool is_bitset = (op & 127) == FUTEX_WAIT_BITSET;
	nsec_t deadline;
	int err = is_bitset
		? deadline_absolute(&deadline, timeout, op & FUTEX_CLOCK_REALTIME, width)
		: deadline_in(&deadline, timeout, width);

	if (err) {
		return err;
	}
	return futex_wait(word, op & FUTEX_PRIVATE_FLAG, value,
		is_bitset ? bits : FUTEX_BITSET_MATCH_ANY, deadline);
}

long futex_call(sys_ptr word, sys_int op, sys_ulong value, sys_ptr timeout, sys_ptr word2,
	sys_ulong value3, enum time_width width)
{
	bool is_private = op & FUTEX_PRIVATE_FLAG;
	uint32_t expected = (uint32_t)value3;

	switch (op & 127) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return wait_op(word, op, (uint32_t)value, timeout, (uint32_t)value3, width);
	case FUTEX_WAKE:
		return futex_wake(word, is_private, (unsigned)value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(word, is_private, (unsigned)value, (uint32_t)value3);
	case FUTEX_REQUEUE:
		return futex_requeue(
			word, word2, is_private, (unsigned)value, (unsigned)timeout, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(
			word, word2, is_private, (unsigned)value, (unsigned)timeout, &expected);
	default:
		return -ENOSYS;
	}
}

long sys_futex(
	sys_ptr word, sys_int op, sys_ulong value, sys_ptr timeout, sys_ptr word2, sys_ulong value3)
{
	return futex_call(word, op, value, timeout, word2, value3, TIME_WORD);
}

static int wanted_in(struct futex_wanted *wanted, vaddr_t user)
{
	struct linux_futex_waitv w;

	if (user_copy_in(&w, user, sizeof(w))) {
		return -EFAULT;
	}
	if (w.flags & ~(unsigned)(FUTEX_32 | FUTEX_PRIVATE_FLAG) || !(w.flags & FUTEX_32) ||
		w.reserved) {
		return -EINVAL;
	}
	*wanted = (struct futex_wanted){ (vaddr_t)w.address, (uint32_t)w.value,
		w.flags & FUTEX_PRIVATE_FLAG };
	return 0;
}

static long wait_any(vaddr_t waiters, unsigned count, nsec_t deadline)
{
	struct futex_wanted *wanted = heap_alloc(count * sizeof(*wanted));
	long result = wanted ? 0 : -ENOMEM;

	for (unsigned i = 0; i < count && !result; i++) {
		result = wanted_in(&wanted[i], waiters + i * sizeof(struct linux_futex_waitv));
	}
	if (!result) {
		result = futex_wait_any(wanted, count, deadline);
	}
	heap_free(wanted);
	return result;
}

/* Its time is of 64 bits on i386, too. */
long sys_futex_waitv(
	sys_ptr waiters, sys_uint count, sys_flags flags, sys_ptr timeout, sys_int clock)
{
	nsec_t deadline;
	int err;

	if (flags || !count || count > FUTEX_WAITV_MAX || !waiters ||
		(timeout && clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)) {
		return -EINVAL;
	}
	err = deadline_absolute(&deadline, timeout, clock == CLOCK_REALTIME, TIME_64);
	return err ? err : wait_any(waiters, count, deadline);
}

long sys_set_tid_address(sys_ptr tid)
{
	task_current()->clear_tid = tid;
	return task_current()->tid;
}

long sys_set_robust_list(sys_ptr head, sys_len length)
{
	if (length != ROBUST_HEAD_LEN) {
		return -EINVAL;
	}
	task_current()->robust_list = head;
	return 0;
}

long sys_get_robust_list(sys_int pid, sys_ptr head, sys_ptr length)
{
	size_t len = ROBUST_HEAD_LEN;

	if (pid && pid != task_current()->tid) {
		return -ESRCH;
	}
	if (user_copy_out(length, &len, sizeof(len)) ||
		user_copy_out(head, &task_current()->robust_list, sizeof(vaddr_t))) {
		return -EFAULT;
	}
	return 0;
}

long sys_rseq(sys_ptr area, sys_len length, sys_flags flags, sys_ulong signature)
{
	return rseq_register(area, length, flags, (uint32_t)signature);
}

/* ---- scheduling ------------------------------------------------------------------- */

long sys_sched_yield(void)
{
	thread_yield();
	return 0;
}

long sys_getcpu(sys_ptr cpu, sys_ptr node, sys_ptr unused)
{
	uint32_t id = cpu_id(), zero = 0;

	if ((cpu && user_copy_out(cpu, &id, sizeof(id))) ||
		(node && user_copy_out(node, &zero, sizeof(zero)))) {
		return -EFAULT;
	}
	return 0;
}

/* The thread with that number, 0 for the caller: under process_lock. */
static struct thread *thread_of(int tid)
{
	struct task *task = tid ? task_find(NULL, tid) : task_current();

	return task ? task->thread : NULL;
}

long sys_sched_getaffinity(sys_int pid, sys_len size, sys_ptr mask)
{
	irq_state_t irq;
	struct thread *thread;
	uint64_t set = 0;

	if (size < AFFINITY_LEN || size % AFFINITY_LEN) {
		return -EINVAL;
	}
	irq = spin_lock_irqsave(&process_lock);
	thread = thread_of(pid);
	if (thread) {
		set = thread->allowed & smp_running();
	}
	spin_unlock_irqrestore(&process_lock, irq);
	if (!thread) {
		return -ESRCH;
	}
	return user_copy_out(mask, &set, AFFINITY_LEN) ? -EFAULT : (long)AFFINITY_LEN;
}

/* Another thread is moved under the lock that keeps it; the caller moves by itself, holding none. */
static int other_affinity_set(int tid, uint64_t set)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct thread *thread = thread_of(tid);
	int err = -ESRCH;

	if (thread && thread != thread_current()) {
		err = thread_affinity_set(thread, set);
	} else if (thread) {
		err = 0;
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

long sys_sched_setaffinity(sys_int pid, sys_len size, sys_ptr mask)
{
	uint64_t set = 0;
	int err;

	if (user_copy_in(&set, mask, MIN(size, sizeof(set)))) {
		return -EFAULT;
	}
	set &= smp_running();
	err = other_affinity_set(pid, set);
	if (!err && (!pid || pid == task_current()->tid)) {
		err = thread_affinity_set(thread_current(), set);
	}
	return err;
}

/* One policy, SCHED_OTHER, whose one priority is 0. */
long sys_sched_getscheduler(sys_int pid)
{
	return pid < 0 ? -EINVAL : 0;
}

long sys_sched_setscheduler(sys_int pid, sys_int policy, sys_ptr param)
{
	int priority;

	if (!param || pid < 0 || policy < 0) {
		return -EINVAL;
	}
	if (user_copy_in(&priority, param, sizeof(priority))) {
		return -EFAULT;
	}
	return policy == 0 && priority == 0 ? 0 : -EINVAL;
}

long sys_sched_getparam(sys_int pid, sys_ptr param)
{
	int zero = 0;

	return pid < 0 || !param ? -EINVAL : user_copy_out(param, &zero, sizeof(zero));
}

long sys_sched_get_priority_max(sys_int policy)
{
	return policy == 0 ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(sys_int policy)
{
	return policy == 0 ? 0 : -EINVAL;
}

/* MEMBARRIER_CMD_QUERY: none of the commands is offered. */
long sys_membarrier(sys_int cmd, sys_flags flags, sys_int cpu)
{
	return cmd == 0 && !flags ? 0 : -EINVAL;
}
