/* context.c (pv32) - the registers and the descriptor table with which a CPU starts. */
#include "../port.h"
#include "gdt.h"

#include <arch/mmu.h>
#include <kernel/cpu.h>
#include <x86/pt.h>
#include <x86/stack.h>
#include <xen/xen.h>

/* At the end of the stack stand the argument and below it a return address, 0. */
int port_context_fill(
	struct vcpu_guest_context *context, struct cpu *cpu, void (*enter)(struct cpu *cpu))
{
	vaddr_t stack = stack_of(cpu->current).end;
	struct {
		uint32_t back;
		struct cpu *cpu;
	} *call = (void *)(stack - sizeof(*call));
	int err = gdt_make(cpu);

	if (err) {
		return err;
	}
	call->back = 0;
	call->cpu = cpu;
	context->flags = VGCF_in_kernel;
	context->user_regs.eip = (uint32_t)enter;
	context->user_regs.esp = (uint32_t)call;
	context->user_regs.cs = FLAT_KERNEL_CS;
	context->user_regs.ss = FLAT_KERNEL_SS;
	context->user_regs.ds = context->user_regs.es = FLAT_KERNEL_DS;
	context->user_regs.fs = PORT_PERCPU_SELECTOR;
	context->gdt_frames[0] = pfn_to_mfn(virt_to_pfn(cpu->port.width.gdt)).n;
	context->gdt_ents = PT_ENTRIES;
	context->kernel_ss = FLAT_KERNEL_SS;
	context->kernel_sp = stack;
	context->ctrlreg[3] = xen_pfn_to_cr3(pfn_to_mfn(mmu_kernel.root).n);
	return 0;
}
