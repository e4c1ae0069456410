/* context.c (pv64) - the registers with which a CPU starts. */
#include "../port.h"

#include <arch/mmu.h>
#include <kernel/cpu.h>
#include <x86/pt.h>
#include <x86/stack.h>
#include <xen/xen.h>

/* Below the end of the stack stands a return address, 0. */
int port_context_fill(
	struct vcpu_guest_context *context, struct cpu *cpu, void (*enter)(struct cpu *cpu))
{
	vaddr_t stack = stack_of(cpu->current).end;

	context->flags = VGCF_in_kernel;
	context->user_regs.rip = (uint64_t)enter;
	context->user_regs.rsp = stack - sizeof(uint64_t);
	context->user_regs.rdi = (uint64_t)cpu;
	context->user_regs.cs = FLAT_KERNEL_CS;
	context->user_regs.ss = FLAT_KERNEL_SS;
	context->kernel_ss = FLAT_KERNEL_SS;
	context->kernel_sp = stack;
	context->gs_base_kernel = (uint64_t)cpu;
	context->ctrlreg[3] = xen_pfn_to_cr3(pfn_to_mfn(mmu_kernel.root).n);
	return 0;
}
