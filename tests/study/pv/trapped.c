/*
 * trapped.c (pv) - instructions of the supervisor that Xen carries out when a PV kernel executes them, beside what
 * this kernel does instead. Each traps, is decoded, and its effect is made.
 *
 *   mask-trapped      cli and sti; Xen accepts them of who has I/O privileges (mask: a store)
 *   cr2-memory, cr2-trapped      where the last fault was: in memory we share, or mov from CR2
 *   task-switched-call, -trapped     the lazy-FPU bit: fpu_taskswitch, or clts
 */
#include <arch/cpu.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <xen/physdev.h>

#include "../study.h"

#define OPERATIONS 2048u

static unsigned long value;
static long failures;

static bool none_failed(unsigned n, unsigned count)
{
	return !failures;
}

/* ---- masking ------------------------------------------------------------------ */

static long iopl_set(unsigned level)
{
	struct physdev_set_iopl op = { .iopl = level };

	return xen_physdev_op(PHYSDEVOP_set_iopl, &op);
}

static bool mask_open(unsigned n)
{
	failures = 0;
	return !iopl_set(1);
}

static void mask_close(unsigned n)
{
	failures |= iopl_set(0);
}

static void mask_run(unsigned n, unsigned count)
{
	while (count--) {
		__asm__ volatile("cli; sti" : : : "memory");
	}
}

/* ---- the address of a fault --------------------------------------------------- */

static void cr2_memory_run(unsigned n, unsigned count)
{
	while (count--) {
		value = READ_ONCE(xen_platform.vcpu[0]->arch.cr2);
	}
}

static void cr2_trapped_run(unsigned n, unsigned count)
{
	while (count--) {
		__asm__ volatile("mov %%cr2, %0" : "=r"(value));
	}
}

static bool cr2_check(unsigned n, unsigned count)
{
	return value == READ_ONCE(xen_platform.vcpu[0]->arch.cr2);
}

/* ---- calls that an instruction could make ------------------------------------- */

static void task_call_run(unsigned n, unsigned count)
{
	while (count--) {
		failures |= xen_fpu_taskswitch(0);
	}
}

static void task_trapped_run(unsigned n, unsigned count)
{
	while (count--) {
		__asm__ volatile("clts");
	}
}

/* clang-format off */
STUDY(mask, .name = "mask-trapped", .work = OPERATIONS,
	.setup = mask_open, .run = mask_run, .check = none_failed, .teardown = mask_close);
STUDY(cr2_memory, .name = "cr2-memory", .work = OPERATIONS,
	.run = cr2_memory_run, .check = cr2_check);
STUDY(cr2_trapped, .name = "cr2-trapped", .work = OPERATIONS,
	.run = cr2_trapped_run, .check = cr2_check);
STUDY(task_call, .name = "task-switched-call", .work = OPERATIONS,
	.run = task_call_run, .check = none_failed);
STUDY(task_trapped, .name = "task-switched-trapped", .work = OPERATIONS,
	.run = task_trapped_run, .check = none_failed);
/* clang-format on */
