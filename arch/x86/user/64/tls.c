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
		port_tls_load(&thread->user);
		preempt_enable();
	}
}

/* A base that is no address would be refused by the CPU, or by Xen, when it is loaded. */
static bool is_base(vaddr_t base)
{
	return base < LAYOUT_USER_END - PAGE_SIZE;
}

int port_user_tls_set(struct thread *thread, vaddr_t base)
{
	if (!is_base(base)) {
		return -EPERM;
	}
	thread->user.tls.fs_base = base;
	bases_take_effect(thread);
	return 0;
}

long port_user_prctl(int op, unsigned long arg)
{
	struct port_user *user = &thread_current()->user;

	switch (op) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (!is_base(arg)) {
			return -EPERM;
		}
		*(op == ARCH_SET_FS ? &user->tls.fs_base : &user->tls.gs_base) = arg;
		bases_take_effect(thread_current());
		return 0;
	case ARCH_GET_FS:
		return user_copy_out(arg, &user->tls.fs_base, sizeof(user->tls.fs_base));
	case ARCH_GET_GS:
		return user_copy_out(arg, &user->tls.gs_base, sizeof(user->tls.gs_base));
	default:
		return -EINVAL;
	}
}
