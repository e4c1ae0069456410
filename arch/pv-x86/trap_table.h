/*
 * trap_table.h (pv-x86) - the entries of entry.S, as Xen is told them.
 *
 * Every trap masks events on entry (TI_SET_IF): the handler may need what Xen
 * left for it (the fault address) before anything else can overwrite it.
 */
#ifndef PV_TRAP_TABLE_H
#define PV_TRAP_TABLE_H

#include <x86/trap.h>
#include <xen/xen.h>

void event_upcall(void);
void failsafe_entry(void);
void syscall_entry(void);

#define DECLARE(vector, name, has_error, user) void trap_##name(void);
X86_TRAPS(DECLARE)
#undef DECLARE

/* xen.h: bits 0-1 the least privileged ring that may raise it, bit 2 TI_SET_IF. */
#define TRAP(nr, name, has_error, user)                                                            \
	{ .vector = (nr),                                                                          \
		.flags = ((user) ? 3 : 0) | 4,                                                     \
		.cs = FLAT_KERNEL_CS,                                                              \
		.address = (unsigned long)trap_##name },

#endif
