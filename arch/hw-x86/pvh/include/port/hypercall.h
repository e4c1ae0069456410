/*
 * port/hypercall.h (pvh64) - the way into Xen from ring 0 of a hardware-assisted domain.
 *
 * vmcall or vmmcall, by the CPU's maker (hw/vmcall.h), or the page of stubs that
 * Xen filled for this CPU, 32 bytes for each call.
 */
#ifndef PORT_HYPERCALL_H
#define PORT_HYPERCALL_H

#include <hw/vmcall.h>

extern char hypercall_page[];
extern bool hypercall_is_amd;

static inline long hypercall_enter(unsigned nr, unsigned long a1, unsigned long a2,
	unsigned long a3, unsigned long a4, unsigned long a5)
{
	register unsigned long r10 __asm__("r10") = a4;
	register unsigned long r8 __asm__("r8") = a5;
	long result;

	if (!IS_ENABLED(CONFIG_HYPERCALL_PAGE)) {
		return vmcall(hypercall_is_amd, nr, a1, a2, a3, a4, a5);
	}
	__asm__ volatile("call *%[entry]"
			 : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
			 : [entry] "r"(hypercall_page + nr * 32)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
