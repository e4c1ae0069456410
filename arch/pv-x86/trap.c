/* trap.c (pv-x86) - the events that interrupt. The virtual trap table is 64/trap_table.c, 32/trap_table.c. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <drivers/xen/platform.h>
#include <kernel/thread.h>
#include <x86/trap.h>

void pv_upcall(struct trap_frame *frame);

void port_init_traps(void)
{
	/* Done by pv_start(): without traps a fault in early boot would end the domain silently. */
}

void pv_upcall(struct trap_frame *frame)
{
	xen_upcall();
	sched_interrupt_exit(!port_frame_is_user(frame));
}

/* What came in while masked needs no trip into Xen: handle it from here. */
void port_upcall_take(void)
{
	do {
		irq_disable();
		xen_upcall();
		sched_interrupt_exit(true);
	} while (port_upcall_unmask());
}

bool port_frame_is_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3; /* the kernel's frames show 0 on pv64 and 1 on pv32 */
}
