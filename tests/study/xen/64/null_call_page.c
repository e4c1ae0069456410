/* null_call_page.c (64-bit) - the null call of null_call.c through Xen's page, whatever the kernel's own way. */
#include <drivers/xen/hypercall.h>
#include <xen/version.h>
#include <xen/xen.h>

#include "../../study.h"
#include "../page.h"

#define CALLS	  2048u
#define STUB_SIZE 32u /* public xen.h: of each call in the page */

static long answer;

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

static bool page_check(unsigned n, unsigned count)
{
	return answer > 0 && answer == xen_xen_version(XENVER_version, NULL);
}

/* clang-format off */
STUDY(null_page, .name = "null-call-page", .work = CALLS, .setup = page_setup,
	.run = page_run, .check = page_check);
/* clang-format on */
