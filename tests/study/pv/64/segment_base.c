/*
 * segment_base.c (pv, 64-bit) - the base of FS, which has no descriptor: set by a call (segment-base-call), or by an
 * instruction that Xen traps and carries out (segment-base-trapped: wrmsr).
 */
#include <drivers/xen/hypercall.h>
#include <xen/xen.h>

#include "../../study.h"

#define OPERATIONS  2048u
#define MSR_FS_BASE 0xc0000100u

static long failures;

static bool none_failed(unsigned n, unsigned count)
{
	return !failures;
}

static void base_call_run(unsigned n, unsigned count)
{
	while (count--) {
		failures |= xen_set_segment_base(SEGBASE_FS, 0);
	}
}

static void base_trapped_run(unsigned n, unsigned count)
{
	while (count--) {
		__asm__ volatile("wrmsr" : : "c"(MSR_FS_BASE), "a"(0), "d"(0));
	}
}

/* clang-format off */
STUDY(base_call, .name = "segment-base-call", .work = OPERATIONS,
	.run = base_call_run, .check = none_failed);
STUDY(base_trapped, .name = "segment-base-trapped", .work = OPERATIONS,
	.run = base_trapped_run, .check = none_failed);
/* clang-format on */
