/*
 * x86/frame.h (64-bit) - the trap frame, as the entry code of every 64-bit port leaves it.
 *
 * Entry code pushes the vector and registers below what the CPU (or Xen)
 * pushed; x86_trap() takes the whole. Fields that both widths have are called alike.
 * Offsets for assembly are at the end and checked in registers.c.
 */
#ifndef X86_FRAME_H
#define X86_FRAME_H

#ifndef __ASSEMBLER__
#include <kernel/types.h>

struct trap_frame {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long vector;
	unsigned long error_code; /* 0 for vectors without one */
	unsigned long ip, cs, flags, sp, ss;
};
#endif

#define FRAME_R15	 0
#define FRAME_RBP	 32
#define FRAME_RBX	 40
#define FRAME_R11	 48
#define FRAME_RAX	 80
#define FRAME_RCX	 88
#define FRAME_RDI	 112
#define FRAME_VECTOR	 120
#define FRAME_ERROR_CODE 128
#define FRAME_RIP	 136
#define FRAME_CS	 144
#define FRAME_RFLAGS	 152
#define FRAME_RSP	 160
#define FRAME_SS	 168
#define FRAME_SIZE	 176

#ifdef __ASSEMBLER__
/* clang-format off */
/* Save what the interrupted code had; the vector and error code are on the stack. */
.macro SAVE_REGISTERS
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
.endm

.macro RESTORE_REGISTERS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm
/* clang-format on */
#endif

#endif
