/* cpu.c (pv-x86) - idling, and the checks of port/cpu.h's offsets. */
#include "port.h"

#include <arch/cpu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <kernel/cpu.h>
#include <xen/sched.h>
#include <xen/xen.h>

_Static_assert(offsetof(struct port_cpu, self) == PORT_CPU_SELF,
	"the segment's first word is the base itself");
_Static_assert(offsetof(struct port_cpu, stack_limit) == PORT_STACK_LIMIT, "stack_check.S");
_Static_assert(offsetof(struct port_cpu, vcpu_info) == PORT_CPU_VCPU_INFO, "vcpu_info's place");
_Static_assert(sizeof(struct vcpu_info) == 64, "xen.h: struct vcpu_info");
_Static_assert(PORT_CPU_VCPU_INFO + offsetof(struct vcpu_info, evtchn_upcall_pending) ==
		PORT_UPCALL_PENDING,
	"xen.h: evtchn_upcall_pending");
_Static_assert(
	PORT_CPU_VCPU_INFO + offsetof(struct vcpu_info, evtchn_upcall_mask) == PORT_UPCALL_MASK,
	"xen.h: evtchn_upcall_mask");
_Static_assert(PORT_CPU_VCPU_INFO + offsetof(struct vcpu_info, arch.cr2) == PORT_CR2,
	"arch-x86/xen.h: cr2");

/* SCHEDOP_block unmasks and waits in one step (sched.h); it returns unmasked, the upcall done. */
void cpu_idle(void)
{
	batch_flush(BATCH_SLEEP);
	xen_sched_op(SCHEDOP_block, NULL);
	irq_disable();
}
