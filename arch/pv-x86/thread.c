/*
 * thread.c (pv-x86) - the context switch: registers by us, the rest in one batch.
 *
 * Xen needs to know the kernel stack only for entries from user mode, so a
 * switch between kernel threads costs no hypercall at all.
 */
#include "port.h"
#include "stack_check.h"

#include <arch/thread.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <x86/pt.h>
#include <x86/stack.h>
#include <x86/switch.h>
#include <x86/user.h>
#include <xen/xen.h>

/* What a program's entries into the kernel, and its own instructions, need. */
static void program_switch(struct thread *to, struct mmu_aspace *aspace, const void *site)
{
	batch_call(site, __HYPERVISOR_stack_switch, FLAT_KERNEL_SS, stack_of(to).end, 0, 0, 0);
	pt_load(aspace, site);
	port_tls_queue(&to->user, site);
	batch_flush(BATCH_SWITCH);
	pt_loaded();
}

void port_thread_switch(struct thread *from, struct thread *to, struct mmu_aspace *aspace)
{
	fpu_save(&from->user);
	if (aspace) {
		program_switch(to, aspace, __builtin_return_address(0));
	}
	fpu_load(&to->user);
	stack_check_set(stack_of(to).base);
	x86_context_switch(&from->port, &to->port);
}
