/*
 * null_call.c - the cost of one trip into Xen, and of one entry of a multicall.
 *
 * The call asks for Xen's version: it takes no lock, touches no memory of ours, and its result
 * proves that it was made. The way into Xen is the kernel's (CONFIG_HYPERCALL_PAGE). Filling in the
 * list is part of a multicall's cost, since whoever batches has to.
 */
#include <drivers/xen/hypercall.h>
#include <xen/version.h>
#include <xen/xen.h>

#include "../study.h"

#define CALLS 2048u

static struct multicall_entry calls[STUDY_LARGEST];
static long answer;

static long version(void)
{
	return xen_xen_version(XENVER_version, NULL);
}

static void null_run(unsigned n, unsigned count)
{
	while (count--) {
		answer = version();
	}
}

static bool null_check(unsigned n, unsigned count)
{
	return answer > 0 && answer == version();
}

static void multicall_run(unsigned n, unsigned count)
{
	while (count--) {
		for (unsigned i = 0; i < n; i++) {
			calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version,
				.args = { XENVER_version } };
		}
		answer = xen_multicall(calls, n);
		hypercall_counts[cpu_id()].entries[__HYPERVISOR_xen_version] += n;
	}
}

static bool multicall_check(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < n; i++) {
		if ((long)calls[i].result != version()) {
			return false;
		}
	}
	return answer == 0;
}

/* clang-format off */
STUDY(null_call, .name = "null-call", .work = CALLS, .run = null_run, .check = null_check);
STUDY(multicall, .name = "multicall", .largest = STUDY_LARGEST, .work = CALLS,
	.run = multicall_run, .check = multicall_check);
/* clang-format on */
