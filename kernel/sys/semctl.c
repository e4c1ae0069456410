/* semctl.c - looking at System V semaphores and setting them (sem.c). */
#include "sem.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/syscall.h>

/* ---- values: the lock held -------------------------------------------------------------------- */

/* How many wait for it to grow, or to become nothing. */
static long waiters_count(const struct sem_set *set, unsigned number, bool for_zero)
{
	long count = 0;

	list_for_each(node, &set->waiters) {
		const struct sem_waiter *w = list_entry(node, struct sem_waiter, link);
		const struct linux_sembuf *op = &w->ops[w->blocker];

		count += op->number == number && !op->op == for_zero;
	}
	return count;
}

static long value_get(const struct sem_set *set, unsigned number, int cmd)
{
	switch (cmd) {
	case SEM_GETVAL:
		return set->sems[number].value;
	case SEM_GETPID:
		return set->sems[number].last_pid;
	default:
		return waiters_count(set, number, cmd == SEM_GETZCNT);
	}
}

/* What was to be taken back of it is forgotten. */
static void value_set(struct sem_set *set, unsigned number, int value)
{
	list_for_each(node, &set->undos) {
		list_entry(node, struct sem_undo, link)->adjust[number] = 0;
	}
	set->sems[number].value = value;
	set->sems[number].last_pid = process_current()->pid;
}

static void values_were_set(struct sem_set *set)
{
	set->change_time = clock_wall();
	sem_set_settle(set);
}

static long all_get(const struct sem_set *set, uint16_t *values, vaddr_t user)
{
	for (unsigned i = 0; i < set->count; i++) {
		values[i] = (uint16_t)set->sems[i].value;
	}
	return user_copy_out(user, values, set->count * sizeof(*values));
}

static long all_set(struct sem_set *set, uint16_t *values, vaddr_t user)
{
	if (user_copy_in(values, user, set->count * sizeof(*values))) {
		return -EFAULT;
	}
	for (unsigned i = 0; i < set->count; i++) {
		if (values[i] > SEM_VALUE_MAX) {
			return -ERANGE;
		}
	}
	for (unsigned i = 0; i < set->count; i++) {
		value_set(set, i, values[i]);
	}
	values_were_set(set);
	return 0;
}

static long all(struct sem_set *set, int cmd, vaddr_t user)
{
	uint16_t *values = heap_alloc(set->count * sizeof(*values));
	long err = !values	    ? -ENOMEM
		: cmd == SEM_GETALL ? all_get(set, values, user)
				    : all_set(set, values, user);

	heap_free(values);
	return err;
}

static long values(struct sem_set *set, int number, int cmd, unsigned long arg)
{
	bool is_setting = cmd == SEM_SETVAL || cmd == SEM_SETALL;
	bool is_one = cmd != SEM_GETALL && cmd != SEM_SETALL;
	int err = ipc_rights_check(&set->ipc, is_setting ? IPC_WRITE : IPC_READ);

	/* One value is looked at before the rights, if it is to be set. */
	if (cmd == SEM_SETVAL && ((int)arg < 0 || (int)arg > SEM_VALUE_MAX)) {
		return -ERANGE;
	}
	if (cmd != SEM_SETVAL && err) {
		return err;
	}
	if (is_one && (number < 0 || (unsigned)number >= set->count)) {
		return -EINVAL;
	}
	if (err || !is_one) {
		return err ? err : all(set, cmd, arg);
	}
	if (cmd == SEM_SETVAL) {
		value_set(set, (unsigned)number, (int)arg);
		values_were_set(set);
		return 0;
	}
	return value_get(set, (unsigned)number, cmd);
}

/* ---- sets: the lock held ------------------------------------------------------------------------- */

struct linux_semid_ds sem_state(unsigned place)
{
	const struct sem_set *set = sem_set_at(place);

	return (struct linux_semid_ds){ .perm = ipc_perm_of(&sem_table, place),
		.op_time = (long)ipc_seconds(set->op_time),
		.change_time = (long)ipc_seconds(set->change_time),
		.count = set->count };
}

static long tell(unsigned place, vaddr_t user, bool needs_rights)
{
	struct linux_semid_ds ds = sem_state(place);
	int err = needs_rights ? ipc_rights_check(&sem_set_at(place)->ipc, IPC_READ) : 0;

	return err ? err : user_copy_out(user, &ds, sizeof(ds));
}

static long set_remove(unsigned place)
{
	struct sem_set *set = sem_set_at(place);

	if (!ipc_is_owner(&set->ipc)) {
		return -EPERM;
	}
	(void)ipc_take(&sem_table, place);
	sem_set_end(set);
	return 0;
}

static long perm_set(struct sem_set *set, const struct linux_ipc_perm *perm)
{
	int err = ipc_perm_set(&set->ipc, perm);

	if (!err) {
		set->change_time = clock_wall();
	}
	return err;
}

/* SEM_INFO tells what there is in two of the fields. */
static long limits_tell(int cmd, vaddr_t user)
{
	struct linux_sem_limits limits = { .sets = SEM_SETS_MAX,
		.all = SEM_SETS_MAX * SEM_COUNT_MAX,
		.undos = SEM_SETS_MAX * SEM_COUNT_MAX,
		.of_set = SEM_COUNT_MAX,
		.ops = SEM_OPS_MAX,
		.undos_of_process = SEM_OPS_MAX,
		.value = SEM_VALUE_MAX,
		.adjust = SEM_ADJUST_MAX };

	if (cmd == SEM_INFO) {
		limits.undo_size = limits.adjust = 0;
		for (unsigned i = 0; i < sem_table.place_count; i++) {
			limits.undo_size += sem_table.objects[i] != NULL;
			limits.adjust += sem_table.objects[i] ? (int)sem_set_at(i)->count : 0;
		}
	}
	return user_copy_out(user, &limits, sizeof(limits)) ? -EFAULT : ipc_place_last(&sem_table);
}

static long control(
	int id, int number, int cmd, unsigned long arg, const struct linux_semid_ds *new)
{
	unsigned place = (unsigned)id;
	long err;

	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return limits_tell(cmd, arg);
	case SEM_STAT:
	case SEM_STAT_ANY:
		err = ipc_find_place(&sem_table, id);
		err = err ? err : tell(place, arg, cmd == SEM_STAT);
		return err ? err : ipc_id(&sem_table, place);
	default:
		err = ipc_find(&sem_table, id, &place);
	}
	if (err) {
		return err;
	}
	switch (cmd) {
	case IPC_STAT:
		return tell(place, arg, true);
	case IPC_SET:
		return perm_set(sem_set_at(place), &new->perm);
	case IPC_RMID:
		return set_remove(place);
	default:
		return values(sem_set_at(place), number, cmd, arg);
	}
}

static bool is_command(int cmd)
{
	return (cmd >= IPC_RMID && cmd <= IPC_INFO) || (cmd >= SEM_GETPID && cmd <= SEM_STAT_ANY);
}

long sys_semctl(sys_int id, sys_int number, sys_int cmd, sys_ulong arg)
{
	struct linux_semid_ds new;
	long result;

	if (id < 0 || !is_command(cmd)) {
		return -EINVAL;
	}
	if (cmd == IPC_SET && user_copy_in(&new, arg, sizeof(new))) {
		return -EFAULT;
	}
	mutex_lock(&sem_table.lock);
	result = control(id, number, cmd, arg, &new);
	mutex_unlock(&sem_table.lock);
	return result;
}
