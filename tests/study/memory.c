/*
 * memory.c - operations that a kernel on bare hardware does by an instruction that only the supervisor may
 * execute, or by a device, and that a port makes into plain memory accesses if it can.
 *
 *   mask     interrupts are masked, and put back as they were
 *   clock    the time is read
 */
#include <arch/clock.h>
#include <arch/cpu.h>

#include "study.h"

#define OPERATIONS 4096u

static nsec_t first, last;

static void mask_run(unsigned n, unsigned count)
{
	while (count--) {
		irq_restore(irq_save());
	}
}

static bool mask_check(unsigned n, unsigned count)
{
	return !irq_is_enabled();
}

static void clock_run(unsigned n, unsigned count)
{
	first = clock_now();
	while (count--) {
		last = clock_now();
	}
}

static bool clock_check(unsigned n, unsigned count)
{
	return last > first;
}

/* clang-format off */
STUDY(mask, .name = "mask", .work = OPERATIONS, .run = mask_run, .check = mask_check);
STUDY(clock, .name = "clock", .work = OPERATIONS, .run = clock_run, .check = clock_check);
/* clang-format on */
