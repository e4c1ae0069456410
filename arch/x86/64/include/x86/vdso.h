/* x86/vdso.h (64-bit) - where programs have their vDSO, and what the kernel uses of it. */
#ifndef X86_VDSO_H
#define X86_VDSO_H

/* Wherever there is room; programs bring the code that handlers return to. */
#define VDSO_PLACE 0

#endif
