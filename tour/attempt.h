/*
 * attempt.h - executing instructions that may trap.
 *
 *     bool went = ATTEMPT("smsw %[value]", [value] "+r"(value));
 *
 * `operands` are outputs; what is only read is one too ("+"). After a trap the stack pointer is
 * what it was and the trap's frame is in fixup_taken (x86/trap.h): interrupts stay masked until
 * it has been looked at. ATTEMPT_AFTER() has a first part that cannot trap.
 */
#ifndef TOUR_ATTEMPT_H
#define TOUR_ATTEMPT_H

#include <x86/fixup.h>
#include <x86/trap.h>

#define ATTEMPT_AFTER(before, instruction, operands...)                                            \
	({                                                                                         \
		unsigned went_;                                                                    \
		unsigned long sp_;                                                                 \
		__asm__ volatile("mov " X86_SP ", %[sp_]\n\t"                                      \
				 "xorl %[went_], %[went_]\n\t" before "\n"                         \
				 "1:\t" instruction "\n\t"                                         \
				 "movl $1, %[went_]\n"                                             \
				 "2:\tmov %[sp_], " X86_SP "\n\t" FIXUP("1b", "2b")                \
				 : [went_] "=&r"(went_), [sp_] "=&r"(sp_), operands                \
				 :                                                                 \
				 : "memory", "cc");                                                \
		went_ != 0;                                                                        \
	})

#define ATTEMPT(instruction, operands...) ATTEMPT_AFTER("", instruction, operands)

#endif
