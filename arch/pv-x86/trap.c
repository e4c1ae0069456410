/*
 * trap.c (pv-x86) - the virtual trap table, and the events that interrupt.
 *
 * Every trap masks events on entry (TI_SET_IF): the handler may need what Xen
 * left for it (the fault address) before anything else can overwrite it.
 */
#include "port.h"

#include <arch/boot.h>
#include <arch/cpu.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/panic.h>
#include <kernel/thread.h>
#include <x86/trap.h>
#include <xen/xen.h>

void event_upcall(void);
void failsafe_entry(void);
void syscall_entry(void);
void pv_upcall(struct trap_frame *frame);

#define DECLARE(vector, name, has_error, user) void trap_##name(void);
X86_TRAPS(DECLARE)
#undef DECLARE

#define TRAP(nr, name, has_error, user)                                                            \
	{ .vector = (nr),                                                                          \
		.flags = ((user) ? 3 : 0) | 4,                                                     \
		.cs = FLAT_KERNEL_CS,                                                              \
		.address = (unsigned long)trap_##name },

void port_traps_register(void)
{
	static struct trap_info traps[] = { X86_TRAPS(TRAP){ 0 } };
	long err = xen_set_trap_table(traps);

	if (!err) {
		err = xen_set_callbacks((unsigned long)event_upcall, (unsigned long)failsafe_entry,
			(unsigned long)syscall_entry);
	}
	if (err) {
		panic("boot: Xen refused the trap table or the callbacks: %ld", err);
	}
}

void port_init_traps(void)
{
	/* Done by pv_start(): without traps a fault in early boot would end the domain silently. */
}

void pv_upcall(struct trap_frame *frame)
{
	xen_upcall();
	sched_interrupt_exit();
}

/* What came in while masked needs no trip into Xen: handle it from here. */
void port_upcall_take(void)
{
	bool more;

	do {
		irq_disable();
		xen_upcall();
		sched_interrupt_exit();
		__asm__ volatile("movb $0, %%gs:%c0" : : "i"(PORT_UPCALL_MASK) : "memory");
		__asm__ volatile("movb %%gs:%c1, %0"
				 : "=q"(more)
				 : "i"(PORT_UPCALL_PENDING)
				 : "memory");
	} while (more);
}

bool port_frame_is_user(const struct trap_frame *frame)
{
	return frame->cs & 3;
}
