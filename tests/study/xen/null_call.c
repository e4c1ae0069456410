/*
 * null_call.c - the cost of one trip into Xen, and of one entry of a multicall.
 *
 * The call asks for Xen's version: it takes no lock, touches no memory of ours, and its result
 * proves that it was made. The way into Xen is the kernel's (CONFIG_HYPERCALL_PAGE); null-call-page goes through
 * Xen's page in any case. Filling in the
 * list is part of a multicall's cost, since whoever batches has to.
 */
#include <drivers/xen/hypercall.h>
#include <xen/version.h>
#include <xen/xen.h>

#include "../study.h"
#include "page.h"

#define CALLS	  2048u
#define STUB_SIZE 32u /* public xen.h: of each call in the page */

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

/* Calls the stub in Xen's page, and counts as the kernel's way does. */
static long version_by_page(void)
{
	unsigned long command = XENVER_version, argument = 0;
	long result;

	hypercall_counts[cpu_id()].calls[__HYPERVISOR_xen_version]++;
	__asm__ volatile("call *%[entry]"
			 : "=a"(result), "+D"(command), "+S"(argument)
			 : [entry] "r"(study_page() + (size_t)__HYPERVISOR_xen_version * STUB_SIZE)
			 : "rcx", "rdx", "r8", "r10", "r11", "memory");
	return result;
}

static bool page_setup(unsigned n)
{
	return study_page() != NULL;
}

static void page_run(unsigned n, unsigned count)
{
	while (count--) {
		answer = version_by_page();
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
STUDY(null_page, .name = "null-call-page", .work = CALLS, .setup = page_setup,
	.run = page_run, .check = null_check);
STUDY(multicall, .name = "multicall", .largest = STUDY_LARGEST, .work = CALLS,
	.run = multicall_run, .check = multicall_check);
/* clang-format on */
