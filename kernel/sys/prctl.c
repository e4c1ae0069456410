/* prctl.c - prctl() and arch_prctl(): what a program says of itself, in single words. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/prctl.h>

#define LAST_CAPABILITY 40 /* CAP_CHECKPOINT_RESTORE */

long sys_arch_prctl(sys_int op, sys_ulong address)
{
	return port_user_prctl(op, address);
}

static long name_set(vaddr_t user)
{
	char name[sizeof(process_current()->name)] = "";

	if (user_string_in(name, user, sizeof(name) - 1) == -EFAULT) {
		return -EFAULT;
	}
	memcpy(task_name(task_current()), name, sizeof(name));
	return 0;
}

static long int_out(vaddr_t user, int value)
{
	return user_copy_out(user, &value, sizeof(value));
}

/* Words of 0 and 1. */
static long flag_set(bool *flag, sys_ulong value)
{
	if (value > 1) {
		return -EINVAL;
	}
	*flag = value;
	return 0;
}

static long end_signal_set(sys_ulong signal)
{
	if (signal > SIGNAL_COUNT) {
		return -EINVAL;
	}
	process_current()->parent_end_signal = (int)signal;
	return 0;
}

static long dumpable_set(sys_ulong value)
{
	if (value > 1) {
		return -EINVAL;
	}
	process_current()->is_closed = !value;
	return 0;
}

/* There is no way back. */
static long no_rights_set(sys_ulong value, bool has_more)
{
	if (value != 1 || has_more) {
		return -EINVAL;
	}
	task_current()->gets_no_rights = true;
	return 0;
}

long sys_prctl(sys_int op, sys_ulong a, sys_ulong b, sys_ulong c, sys_ulong d)
{
	struct process *self = process_current();

	switch (op) {
	case PR_SET_NAME:
		return name_set(a);
	case PR_GET_NAME:
		return user_copy_out(a, task_name(task_current()), sizeof(self->name));
	case PR_SET_PDEATHSIG:
		return end_signal_set(a);
	case PR_GET_PDEATHSIG:
		return int_out(a, self->parent_end_signal);
	case PR_SET_DUMPABLE:
		return dumpable_set(a);
	case PR_GET_DUMPABLE:
		return !self->is_closed;
	case PR_SET_KEEPCAPS:
		return flag_set(&self->keeps_caps, a);
	case PR_GET_KEEPCAPS:
		return self->keeps_caps;
	case PR_CAPBSET_READ:
		return a > LAST_CAPABILITY ? -EINVAL : 1;
	case PR_SET_CHILD_SUBREAPER:
		self->is_adopting = a;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return int_out(a, self->is_adopting);
	case PR_SET_NO_NEW_PRIVS:
		return no_rights_set(a, b || c || d);
	case PR_GET_NO_NEW_PRIVS:
		return a || b || c || d ? -EINVAL : task_current()->gets_no_rights;
	default:
		return -EINVAL;
	}
}
