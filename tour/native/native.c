/* native.c - what the tour finds on the bare machine (native64). */
#include "../tour.h"

#include <arch/cpu.h>
#include <hw/control.h>
#include <hw/interrupt.h>
#include <hw/paging.h>

#define LAPIC_REQUESTED 0x200 /* 256 bits, 32 in each 16 bytes (SDM 3A, 11.8.4) */
#define APIC_BASE_MASK	UINT64_C(0xffffff000)

/* The timer's vector in the local APIC's request register. */
bool tour_is_pending(void)
{
	const char *apic = phys_to_virt(msr_read(MSR_APIC_BASE) & APIC_BASE_MASK);
	uint32_t word =
		*(const volatile uint32_t *)(apic + LAPIC_REQUESTED + VECTOR_TIMER / 32 * 16);

	return word >> VECTOR_TIMER % 32 & 1;
}

static void control_read(void)
{
	cr0_read();
}

void tour_frequent_here(void)
{
	tour_cost("mov from %cr0", control_read);
	tour_say("Nothing traps: there is nobody to trap into.");
}

void tour_devices_here(void)
{
	tour_show("console", "returned", "emulated or direct: a 16550 (drivers/hw/uart.c)");
	tour_show("disks, network", "returned",
		"paravirtual where there are any: virtio (drivers/hw/virtio.c)");
	tour_say(
		"Of a bare machine all devices are direct. In an emulator the same driver meets an emulated");
	tour_say(
		"one, and cannot tell; virtio is paravirtual, but with the emulator, not with a domain.");
}
