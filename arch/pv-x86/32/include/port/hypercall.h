/*
 * port/hypercall.h (pv32) - the way into Xen from a 32-bit PV kernel: `int $0x82`.
 *
 * EAX number, EBX ECX EDX ESI EDI arguments, result in EAX; the argument registers are
 * clobbered (Xen public arch-x86/xen-x86_32.h). The gate's privilege level is 1, so programs
 * cannot pass it. The hypercall page holds the same instruction, 32 bytes for each call.
 */
#ifndef PORT_HYPERCALL_H
#define PORT_HYPERCALL_H

#include <kernel/types.h>

#define PORT_NAME	      "pv32"
#define HYPERCALL_INSTRUCTION "int 0x82"

extern char hypercall_page[];

static inline long hypercall_enter(unsigned nr, unsigned long a1, unsigned long a2,
	unsigned long a3, unsigned long a4, unsigned long a5)
{
	long result;

	/* No register is left for the page's address but the one that gets the result. */
	if (IS_ENABLED(CONFIG_HYPERCALL_PAGE)) {
		__asm__ volatile("call *%%eax"
				 : "=a"(result), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4), "+D"(a5)
				 : "0"(hypercall_page + nr * 32)
				 : "memory");
	} else {
		__asm__ volatile("int $0x82"
				 : "=a"(result), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4), "+D"(a5)
				 : "0"(nr)
				 : "memory");
	}
	return result;
}

#endif
