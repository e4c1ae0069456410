/*
 * x86/vdso.h (32-bit) - where programs have their vDSO, and what the kernel uses of it.
 *
 * It is above the stack in every program, so that the address that a signal's handler
 * returns to needs no account. A program that mapped itself there has none, and one that maps
 * something else there later finds that.
 */
#ifndef X86_VDSO_H
#define X86_VDSO_H

#include <port/layout.h>

/* Its first page, the clock's; the object follows. The stack ends 16 pages below the end. */
#define VDSO_PLACE (LAYOUT_USER_END - LAYOUT_ADDRESS(0x8000))

/* Its entry point is the first of these, in slots of so many bytes (arch/x86/vdso/32/entry.S). */
#define VDSO_SLOT_SIZE	  16
#define VDSO_SIGRETURN	  1
#define VDSO_RT_SIGRETURN 2

#endif
