/*
 * smp.c (pv-x86) - starting further virtual CPUs.
 *
 * A PV CPU is born with whatever state VCPUOP_initialise is given (public vcpu.h,
 * arch-x86/xen.h: struct vcpu_guest_context): in the kernel, on the kernel's page tables,
 * on its idle thread's stack, its per-CPU base set. The trap table and the
 * callbacks are per CPU too; it registers them itself, as the first CPU did.
 */
#include "port.h"
#include "stack_check.h"

#include <arch/mmu.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/vcpu.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/smp.h>
#include <x86/stack.h>
#include <xen/vcpu.h>

static void __noreturn cpu_enter(struct cpu *cpu)
{
	stack_check_set(stack_of(cpu->current).base);
	port_traps_register();
	xen_fpu_taskswitch(0);
	smp_cpu_main();
}

int smp_cpu_start(struct cpu *cpu)
{
	struct vcpu_guest_context *context = heap_alloc(sizeof(*context)); /* zeroed */
	long err;

	if (!context) {
		return -ENOMEM;
	}
	cpu->port.self = cpu;
	cpu->port.vcpu_id = cpu->id;
	err = xen_vcpu_prepare(
		cpu->id, (struct vcpu_info *)cpu->port.vcpu_info, pfn_to_gfn(virt_to_pfn(cpu)));
	if (!err) {
		err = port_context_fill(context, cpu, cpu_enter);
	}
	if (!err) {
		err = xen_vcpu_op(VCPUOP_initialise, cpu->id, context);
	}
	if (!err) {
		err = xen_vcpu_op(VCPUOP_up, cpu->id, NULL);
	}
	heap_free(context);
	return (int)err;
}

void smp_halt(void)
{
	irq_disable();
	for (;;) {
		xen_vcpu_op(VCPUOP_down, cpu_id(), NULL);
	}
}
