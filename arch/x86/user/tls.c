/* tls.c - the bases of FS and GS, by clone() and arch_prctl(). */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/thread.h>
#include <linux/prctl.h>
#include <port/layout.h>
#include <x86/user.h>

static void bases_take_effect(struct thread *thread)
{
	if (thread == thread_current()) {
		preempt_disable();
		port_bases_load(&thread->user);
		preempt_enable();
	}
}

void port_user_tls_set(struct thread *thread, vaddr_t base)
{
	thread->user.fs_base = base;
	bases_take_effect(thread);
}

long port_user_prctl(int op, unsigned long arg)
{
	struct port_user *user = &thread_current()->user;

	switch (op) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (arg >= LAYOUT_USER_END) {
			return -EPERM;
		}
		*(op == ARCH_SET_FS ? &user->fs_base : &user->gs_base) = arg;
		bases_take_effect(thread_current());
		return 0;
	case ARCH_GET_FS:
		return user_copy_out(arg, &user->fs_base, sizeof(user->fs_base));
	case ARCH_GET_GS:
		return user_copy_out(arg, &user->gs_base, sizeof(user->gs_base));
	default:
		return -EINVAL;
	}
}
