/* thread.c - switching contexts and idling on a CPU that is our own. */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/thread.h>
#include <kernel/smp.h>
#include <hw/descriptors.h>
#include <hw/interrupt.h>
#include <x86/pt.h>
#include <x86/stack.h>
#include <x86/switch.h>
#include <x86/user.h>

void port_thread_switch(struct thread *from, struct thread *to, struct mmu_aspace *aspace)
{
	fpu_save(&from->user);
	if (aspace) {
		pt_load(aspace, __builtin_return_address(0));
		port_tls_load(&to->user);
	}
	fpu_load(&to->user);
	descriptors_kernel_stack_set(stack_of(to).end);
	x86_context_switch(&from->port, &to->port);
}

/*
 * Among others an idle CPU lets go of the space it has loaded: who edits or ends
 * that would have to wake it for its TLB.
 */
void cpu_idle(void)
{
	if (smp_running() != cpu_bit(cpu_id())) {
		pt_load(&mmu_kernel, __builtin_return_address(0));
	}
	idle_wait();
}
