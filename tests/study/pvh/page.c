/*
 * page.c (pvh) - Xen fills the page when it is told its address by a model-specific register, which CPUID names.
 * The kernel has room for it, and uses it if configured so; Xen does not mind that it is text.
 */
#include <hw/control.h>
#include <hw/vmcall.h>
#include <port/hypercall.h>
#include <port/layout.h>
#include <x86/asm.h>

#include "../xen/page.h"

const char *study_page(void)
{
	uint32_t base = xen_cpuid_base(), pages, msr, ecx, edx;

	if (!base) {
		return NULL;
	}
	cpuid(base + 2, 0, &pages, &msr, &ecx, &edx);
	msr_write(msr, (uint64_t)hypercall_page - LAYOUT_IMAGE_BASE);
	return hypercall_page;
}
