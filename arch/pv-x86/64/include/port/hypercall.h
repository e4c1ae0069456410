/*
 * port/hypercall.h (pv64) - the way into Xen from a 64-bit PV kernel: `syscall`.
 *
 * RAX number, RDI RSI RDX R10 R8 arguments, result in RAX; RCX and R11 are
 * clobbered (Xen public arch-x86/xen-x86_64.h). The hypercall page holds the
 * same sequence, 32 bytes for each call.
 */
#ifndef PORT_HYPERCALL_H
#define PORT_HYPERCALL_H

#include <kernel/types.h>

#define PORT_NAME	      "pv64"
#define HYPERCALL_INSTRUCTION "syscall"

extern char hypercall_page[];

static inline long hypercall_enter(unsigned nr, unsigned long a1, unsigned long a2,
	unsigned long a3, unsigned long a4, unsigned long a5)
{
	register unsigned long r10 __asm__("r10") = a4;
	register unsigned long r8 __asm__("r8") = a5;
	long result;

	if (IS_ENABLED(CONFIG_HYPERCALL_PAGE)) {
		__asm__ volatile("call *%[entry]"
				 : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
				 : [entry] "r"(hypercall_page + nr * 32)
				 : "rcx", "r11", "memory");
	} else {
		__asm__ volatile("syscall"
				 : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
				 : "0"((unsigned long)nr)
				 : "rcx", "r11", "memory");
	}
	return result;
}

#endif
