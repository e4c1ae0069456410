/*
 * trap_table.c (pv32) - the virtual trap table, with the programs' system call in it, and the callbacks.
 *
 * Vector 0x80 may be raised from ring 3 and does not mask events. For it Xen only builds
 * the frame on the kernel stack and goes to ring 1: no hypercall is made, nothing is emulated.
 */
#include "../port.h"
#include "../trap_table.h"

#include <drivers/xen/hypercall.h>
#include <kernel/panic.h>
#include <xen/callback.h>

#define VECTOR_SYSCALL 0x80

static long callback_register(unsigned type, unsigned flags, void (*entry)(void))
{
	struct callback_register callback = {
		.type = (uint16_t)type,
		.flags = (uint16_t)flags,
		.address = { .cs = FLAT_KERNEL_CS, .eip = (unsigned long)entry },
	};

	return xen_callback_op(CALLBACKOP_register, &callback);
}

void port_traps_register(void)
{
	static struct trap_info traps[] = { X86_TRAPS(TRAP){ .vector = VECTOR_SYSCALL,
						    .flags = 3,
						    .cs = FLAT_KERNEL_CS,
						    .address = (unsigned long)syscall_entry },
		{ 0 } };
	long err = xen_set_trap_table(traps);

	err = err ? err : callback_register(CALLBACKTYPE_event, 0, event_upcall);
	err = err ? err
		  : callback_register(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, failsafe_entry);
	if (err) {
		panic("boot: Xen refused the trap table or the callbacks: %ld", err);
	}
}
