/*
 * signal.c (i386) - signals as they were when there were 31 of them: a set is a word. What lies above
 * stays as it is.
 */
#include "../signal.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>

#define SET_OLD UINT64_C(0xffffffff)

struct sigaction_old {
	unsigned long handler, mask, flags, restorer;
};

static bool is_changeable(int signo)
{
	return signo > 0 && signo <= SIGNAL_COUNT && signo != SIGKILL && signo != SIGSTOP;
}

long sys_sigaction(sys_int signal, sys_ptr user_new, sys_ptr user_old)
{
	struct linux_sigaction new, old;
	struct sigaction_old a;

	if (user_new) {
		if (user_copy_in(&a, user_new, sizeof(a))) {
			return -EFAULT;
		}
		new = (struct linux_sigaction){ a.handler, a.flags, a.restorer, a.mask };
	}
	if (signal <= 0 || signal > SIGNAL_COUNT || (user_new && !is_changeable(signal))) {
		return -EINVAL;
	}
	signal_action_set(signal, user_new ? &new : NULL, &old);
	a = (struct sigaction_old){ old.handler, (unsigned long)old.mask, old.flags, old.restorer };
	return user_old ? user_copy_out(user_old, &a, sizeof(a)) : 0;
}

long sys_signal(sys_int signal, sys_ptr handler)
{
	struct linux_sigaction new = { handler, SA_RESETHAND | SA_NODEFER, 0, 0 }, old;

	if (!is_changeable(signal)) {
		return -EINVAL;
	}
	signal_action_set(signal, &new, &old);
	return (long)old.handler;
}

static sigset_kernel_t blocked(void)
{
	return task_current()->blocked;
}

long sys_sgetmask(void)
{
	return (long)(uint32_t)blocked();
}

long sys_ssetmask(sys_ulong mask)
{
	long old = sys_sgetmask();

	signal_mask_set(mask); /* the whole of it, as on Linux */
	return old;
}

long sys_sigprocmask(sys_int how, sys_ptr user_new, sys_ptr user_old)
{
	unsigned long set, old = (unsigned long)blocked();
	int err;

	if (user_new) {
		if (user_copy_in(&set, user_new, sizeof(set))) {
			return -EFAULT;
		}
		err = signal_mask_change(how, set, SET_OLD);
		if (err) {
			return err;
		}
	}
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

long sys_sigpending(sys_ptr user)
{
	return sys_rt_sigpending(user, sizeof(unsigned long));
}

long sys_sigsuspend(sys_int unused1, sys_int unused2, sys_ulong mask)
{
	return signal_suspend(mask);
}

long sys_sigreturn(void)
{
	return signal_return(false);
}
