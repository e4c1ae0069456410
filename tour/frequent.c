/* frequent.c - what is done thousands of times a second must not trap: what it costs if it does. */
#include <arch/cpu.h>
#include <x86/asm.h>
#include "tour.h"

static void mask_unmask(void)
{
	irq_restore(irq_save());
}

static void flags_look(void)
{
	flags_read();
}

static void identify(void)
{
	uint32_t a, b, c, d;

	cpuid(0, 0, &a, &b, &c, &d);
}

void tour_frequent(void)
{
	tour_say(
		"A kernel masks interrupts more often than it does anything else. Times are those of this");
	tour_say("clock; in an emulator they compare, but say nothing of a processor.");
	tour_cost("mask and unmask", mask_unmask);
	tour_cost("pushf", flags_look);
	tour_cost("cpuid", identify);
	tour_frequent_here();
}
