/*
 * devices.c - a device can be emulated, paravirtual or the guest's own; the port of the PC's first
 * serial line tells which of them a guest that knows nothing of Xen would meet.
 */
#include <arch/cpu.h>
#include <x86/cpuid.h>
#include "attempt.h"
#include "tour.h"

#define COM1_STATUS 0x3fd

void tour_devices(void)
{
	irq_state_t irq = irq_save();
	unsigned long value = 0, port = COM1_STATUS;
	bool went = ATTEMPT("inb %%dx, %%al", [value] "+a"(value), [port] "+d"(port));

	tour_say(
		"Emulated: the guest's driver talks to registers that somebody plays. Paravirtual: it talks to");
	tour_say("another domain over shared memory. Direct: the device is the guest's.");
	tour_attempt(went, "in 0x3fd (COM1)", "returned", "%#lx%s", value & 0xff,
		(value & 0xff) == 0xff ? ": nobody is there" : "");
	irq_restore(irq);
	tour_show("cpuid: hypervisor", "returned", "%u", cpu_has(CPUID_HYPERVISOR) ? 1 : 0);
	tour_devices_here();
}
