/* x86/traps.h - the traps that the architecture has, once for C and for assembly. */
#ifndef X86_TRAPS_H
#define X86_TRAPS_H

/* vector, name, has an error code, user mode may raise it with `int n` */
#define X86_TRAPS(TRAP)                                                                            \
	TRAP(0, divide_error, 0, 0)                                                                \
	TRAP(1, debug, 0, 0)                                                                       \
	TRAP(2, nmi, 0, 0)                                                                         \
	TRAP(3, breakpoint, 0, 1)                                                                  \
	TRAP(4, overflow, 0, 1)                                                                    \
	TRAP(5, bound_range, 0, 0)                                                                 \
	TRAP(6, invalid_opcode, 0, 0)                                                              \
	TRAP(7, no_fpu, 0, 0)                                                                      \
	TRAP(8, double_fault, 1, 0)                                                                \
	TRAP(10, invalid_tss, 1, 0)                                                                \
	TRAP(11, segment_not_present, 1, 0)                                                        \
	TRAP(12, stack_fault, 1, 0)                                                                \
	TRAP(13, general_protection, 1, 0)                                                         \
	TRAP(14, page_fault, 1, 0)                                                                 \
	TRAP(16, fpu_error, 0, 0)                                                                  \
	TRAP(17, alignment_check, 1, 0)                                                            \
	TRAP(18, machine_check, 0, 0)                                                              \
	TRAP(19, simd_error, 0, 0)

#endif
