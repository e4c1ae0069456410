/*
 * sem.c - System V semaphores: operations on a set, which happen all at once or not at all.
 *
 * A call that cannot be performed waits in its set's list. Whoever changes values goes through that list, from its
 * front again after each success, and performs for the waiters what has become possible: they only wake up to be told.
 *
 * What SEM_UNDO operations did is summed up for each process and set, and taken back when the process ends. The
 * threads of a process share that; processes never do (CLONE_SYSVSEM of others is not regarded).
 *
 * Invariants:
 *   E1  0 <= value <= SEM_VALUE_MAX.
 *   E2  A waiter is in its set's list exactly while its result is SEM_PENDING.
 *   E3  A process has one undo in a set at most, and none once it has ended.
 */
#include "sem.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/semaphores.h>
#include <kernel/signal.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include "timed.h"

IPC_TABLE(sem_table, "semaphores", SEM_SETS_MAX);

/* ---- sets ------------------------------------------------------------------------------------ */

static long set_make(int key, unsigned count, unsigned flags)
{
	struct sem_set *set;
	long id;

	if (!count) {
		return -EINVAL;
	}
	set = heap_alloc(sizeof(*set));
	if (set) {
		set->sems = heap_alloc(count * sizeof(*set->sems));
	}
	if (!set || !set->sems) {
		heap_free(set);
		return -ENOMEM;
	}
	list_init(&set->waiters);
	list_init(&set->undos);
	set->count = count;
	set->change_time = clock_wall();
	id = ipc_add(&sem_table, &set->ipc, key, flags);
	if (id < 0) {
		heap_free(set->sems);
		heap_free(set);
	}
	return id;
}

long sys_semget(sys_int key, sys_int count, sys_flags flags)
{
	unsigned place;
	long result;

	if (count < 0 || (unsigned)count > SEM_COUNT_MAX) {
		return -EINVAL;
	}
	mutex_lock(&sem_table.lock);
	result = ipc_look(&sem_table, key, flags, &place);
	if (result == IPC_MAKE) {
		result = set_make(key, (unsigned)count, flags);
	} else if (result == IPC_FOUND && (unsigned)count > sem_set_at(place)->count) {
		result = -EINVAL;
	} else if (result == IPC_FOUND) {
		result = ipc_open(&sem_table, place, flags);
	}
	mutex_unlock(&sem_table.lock);
	return result;
}

/* ---- operations: the lock held ------------------------------------------------------------------ */

/* One operation: 0, -ERANGE, or SEM_PENDING when it has to wait. */
static int op_try(struct sem_set *set, const struct linux_sembuf *op, struct sem_undo *undo)
{
	struct sem *sem = &set->sems[op->number];

	if (op->op ? sem->value + op->op < 0 : sem->value != 0) {
		return SEM_PENDING;
	}
	if (sem->value + op->op > SEM_VALUE_MAX) {
		return -ERANGE;
	}
	if (op->flags & SEM_UNDO) {
		int adjust = undo->adjust[op->number] - op->op;

		if (adjust < -SEM_ADJUST_MAX - 1 || adjust > SEM_ADJUST_MAX) {
			return -ERANGE;
		}
		undo->adjust[op->number] = (int16_t)adjust;
	}
	sem->value += op->op;
	return 0;
}

static void op_take_back(struct sem_set *set, const struct linux_sembuf *op, struct sem_undo *undo)
{
	set->sems[op->number].value -= op->op;
	if (op->flags & SEM_UNDO) {
		undo->adjust[op->number] = (int16_t)(undo->adjust[op->number] + op->op);
	}
}

/* All operations or none: 0, -ERANGE, -EAGAIN, SEM_PENDING. */
static int ops_try(struct sem_set *set, struct sem_waiter *w)
{
	unsigned done = 0;
	int result = 0;

	while (done < w->count && !(result = op_try(set, &w->ops[done], w->undo))) {
		done++;
	}
	if (!result) {
		for (unsigned i = 0; i < w->count; i++) {
			set->sems[w->ops[i].number].last_pid = w->pid;
		}
		set->op_time = clock_wall();
		return 0;
	}
	w->blocker = done;
	if (result == SEM_PENDING && w->ops[done].flags & IPC_NOWAIT) {
		result = -EAGAIN;
	}
	while (done-- > 0) {
		op_take_back(set, &w->ops[done], w->undo);
	}
	return result;
}

/* E2 */
static void waiter_tell(struct sem_waiter *w, int result)
{
	list_remove(&w->link);
	WRITE_ONCE(w->result, result);
	wait_wake_all(&w->queue);
}

static bool settle_one(struct sem_set *set)
{
	list_for_each(node, &set->waiters) {
		struct sem_waiter *w = list_entry(node, struct sem_waiter, link);
		int result = ops_try(set, w);

		if (result != SEM_PENDING) {
			waiter_tell(w, result);
			return true;
		}
	}
	return false;
}

void sem_set_settle(struct sem_set *set)
{
	while (settle_one(set)) {
	}
}

void sem_set_end(struct sem_set *set)
{
	list_for_each_safe(node, &set->waiters) {
		waiter_tell(list_entry(node, struct sem_waiter, link), -EIDRM);
	}
	list_for_each_safe(node, &set->undos) {
		heap_free(list_entry(node, struct sem_undo, link));
	}
	heap_free(set->sems);
	heap_free(set);
}

/* ---- taking back ---------------------------------------------------------------------------------- */

static struct sem_undo *undo_find(const struct sem_set *set, const struct process *process)
{
	list_for_each(node, &set->undos) {
		struct sem_undo *undo = list_entry(node, struct sem_undo, link);

		if (undo->process == process) {
			return undo;
		}
	}
	return NULL;
}

/* E3; NULL when memory is out. */
static struct sem_undo *undo_get(struct sem_set *set, struct process *process)
{
	struct sem_undo *undo = undo_find(set, process);

	if (!undo) {
		undo = heap_alloc(sizeof(*undo) + set->count * sizeof(undo->adjust[0]));
		if (undo) {
			undo->process = process;
			list_push_back(&set->undos, &undo->link);
			process->has_sem_undo = true;
		}
	}
	return undo;
}

static void undo_perform(struct sem_set *set, const struct sem_undo *undo)
{
	for (unsigned i = 0; i < set->count; i++) {
		struct sem *sem = &set->sems[i];

		if (undo->adjust[i]) {
			sem->value = MIN(MAX(sem->value + undo->adjust[i], 0), SEM_VALUE_MAX);
			sem->last_pid = undo->process->pid;
		}
	}
	set->op_time = clock_wall();
}

void semaphores_process_end(struct process *process)
{
	if (!process->has_sem_undo) {
		return;
	}
	mutex_lock(&sem_table.lock);
	for (unsigned i = 0; i < sem_table.place_count; i++) {
		struct sem_set *set = sem_table.objects[i] ? sem_set_at(i) : NULL;
		struct sem_undo *undo = set ? undo_find(set, process) : NULL;

		if (undo) {
			undo_perform(set, undo);
			list_remove(&undo->link);
			heap_free(undo);
			sem_set_settle(set);
		}
	}
	mutex_unlock(&sem_table.lock);
}

/* ---- semop() ----------------------------------------------------------------------------------------- */

static int ops_check(
	struct sem_set *set, const struct linux_sembuf *ops, unsigned count, bool *has_undo)
{
	bool is_changing = false;

	for (unsigned i = 0; i < count; i++) {
		if (ops[i].number >= set->count) {
			return -EFBIG;
		}
		is_changing |= ops[i].op != 0;
		*has_undo |= ops[i].flags & SEM_UNDO;
	}
	return ipc_rights_check(&set->ipc, is_changing ? IPC_WRITE : IPC_READ);
}

/* Perform, or stand in the list: the waiter's result so far. */
static int begin(int id, struct sem_waiter *w)
{
	bool has_undo = false;
	struct sem_set *set;
	unsigned place;
	int err = ipc_find(&sem_table, id, &place);

	if (err) {
		return err;
	}
	set = sem_set_at(place);
	err = ops_check(set, w->ops, w->count, &has_undo);
	if (err) {
		return err;
	}
	if (has_undo) {
		w->undo = undo_get(set, process_current());
		if (!w->undo) {
			return -ENOMEM;
		}
	}
	w->result = ops_try(set, w);
	if (w->result == SEM_PENDING) {
		list_push_back(&set->waiters, &w->link);
	} else if (!w->result) {
		sem_set_settle(set);
	}
	return w->result;
}

/* What is performed while it leaves is performed. */
static int leave(struct sem_waiter *w, int result)
{
	mutex_lock(&sem_table.lock);
	if (w->result == SEM_PENDING) {
		list_remove(&w->link);
	} else {
		result = w->result;
	}
	mutex_unlock(&sem_table.lock);
	return result;
}

/* A signal ends the wait for good, whatever its handler's flags. */
static int perform(int id, const struct linux_sembuf *ops, unsigned count, nsec_t deadline)
{
	struct sem_waiter w = { .ops = ops, .count = count, .pid = process_current()->pid };
	bool in_time;
	int result;

	wait_queue_init(&w.queue);
	mutex_lock(&sem_table.lock);
	result = begin(id, &w);
	mutex_unlock(&sem_table.lock);
	if (result != SEM_PENDING) {
		return result;
	}
	in_time = wait_until(
		&w.queue, READ_ONCE(w.result) != SEM_PENDING || signal_is_pending(), deadline);
	return leave(&w, in_time ? -EINTR : -EAGAIN);
}

long sem_operate(
	sys_int id, sys_ptr user_ops, sys_uint count, sys_ptr timeout, enum time_width width)
{
	struct linux_sembuf *ops;
	nsec_t deadline;
	int err;

	err = deadline_in(&deadline, timeout, width);
	if (err == -EFAULT) {
		return err;
	}
	if (!count || id < 0) {
		return -EINVAL;
	}
	if (count > SEM_OPS_MAX) {
		return -E2BIG;
	}
	if (err) {
		return err;
	}
	ops = heap_alloc(count * sizeof(*ops));
	if (!ops) {
		return -ENOMEM;
	}
	err = user_copy_in(ops, user_ops, count * sizeof(*ops));
	if (!err) {
		err = perform(id, ops, count, deadline);
	}
	heap_free(ops);
	return err;
}
