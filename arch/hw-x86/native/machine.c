/*
 * machine.c - the ends of a bare machine.
 *
 * Under QEMU with an isa-debug-exit device the way it ended reaches the host as
 * the exit status; elsewhere nothing answers at that port and the PC's own
 * ways follow: ACPI's S5 state, the chipset's reset register, the keyboard controller.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <hw/control.h>
#include <hw/io.h>
#include "native.h"

#define DEBUG_EXIT_PORT	  0xf4
#define RESET_PORT	  0xcf9
#define RESET_HARD	  0x0e
#define KEYBOARD_COMMAND  0x64
#define KEYBOARD_RESET	  0xfe
#define PM1_SLEEP_TYPE(t) ((uint16_t)((t) << 10))
#define PM1_SLEEP_ENABLE  (1 << 13)

static void power_off(void)
{
	if (acpi.has_s5) {
		outw(acpi.pm1a_control, PM1_SLEEP_TYPE(acpi.s5_type) | PM1_SLEEP_ENABLE);
	}
}

static void reset(void)
{
	outb(RESET_PORT, RESET_HARD);
	outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
}

void port_machine_end(enum machine_end how)
{
	irq_disable();
	foreign_xen_shutdown();
	outl(DEBUG_EXIT_PORT, how);
	switch (how) {
	case MACHINE_POWEROFF:
	case MACHINE_CRASH:
		power_off();
		reset();
		break;
	case MACHINE_REBOOT:
		reset();
		break;
	case MACHINE_HALT:
		break;
	}
	cpu_stop();
}
