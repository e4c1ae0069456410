/*
 * vectors.S - the 256 interrupt and trap entries, and the way back.
 *
 * Every stub leaves the picture of struct trap_frame and comes to one of two
 * common paths:
 *   usual      GS was user mode's exactly if the saved CS says ring 3.
 *   anywhere   for vectors that can hit between a kernel entry and its swapgs
 *              (debug, NMI, double fault, machine check; they run on stacks of
 *              their own): only GS base itself tells. Kernel addresses have the top
 *              bit set, and user mode cannot set such a base (CR4.FSGSBASE is off).
 * Where SMAP is on, RFLAGS.AC is cleared: it suspends the protection, and user
 * mode, or a copy from user memory that was interrupted, may have set it.
 *
 * Before calling C a frame record {rbp, rip} of the interrupted code is pushed,
 * so a backtrace walks through the trap; records of user mode are not linked.
 */
#include <hw/control.h>
#include <x86/frame.h>

#define HAS_ERROR_CODE(v)                                                                          \
	((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)
#define HITS_ANYWHERE(v)  ((v) == 1 || (v) == 2 || (v) == 8 || (v) == 18)

	.text

/* 16 bytes each: the table of addresses is arithmetic (descriptors.c). */
	.globl	vector_stubs
	.type	vector_stubs, @function
	.balign	16
vector_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if !HAS_ERROR_CODE(vector)
	pushq	$0
	.endif
	pushq	$vector
	.if HITS_ANYWHERE(vector)
	jmp	vector_anywhere
	.else
	jmp	vector_usual
	.endif
	.set	vector, vector + 1
	.endr
	.size	vector_stubs, . - vector_stubs

	.macro	CALL_C
	movq	%rsp, %rdi
	pushq	FRAME_RIP(%rdi)
	pushq	%rbp
	movq	%rsp, %rbp
	call	hw_interrupt
	addq	$16, %rsp
	.endm

	.macro	RETURN
	RESTORE_REGISTERS
	addq	$16, %rsp	/* vector, error code */
	iretq
	.endm

	.macro	CLEAR_AC
	cmpb	$0, smap_enabled(%rip)
	je	.Lno_smap\@
	clac
.Lno_smap\@:
	.endm

	.type	vector_usual, @function
vector_usual:
	SAVE_REGISTERS
	CLEAR_AC
	testb	$3, FRAME_CS(%rsp)
	jnz	1f
	CALL_C
	RETURN
1:	swapgs
	xorl	%ebp, %ebp
	CALL_C
	cli
	swapgs
	RETURN
	.size	vector_usual, . - vector_usual

	.type	vector_anywhere, @function
vector_anywhere:
	SAVE_REGISTERS
	CLEAR_AC
	testb	$3, FRAME_CS(%rsp)
	jz	1f
	xorl	%ebp, %ebp
1:	movl	$MSR_GS_BASE, %ecx
	rdmsr
	xorl	%ebx, %ebx
	testl	%edx, %edx
	js	2f
	swapgs
	incl	%ebx		/* callee-saved: still known after the call */
2:	CALL_C
	testl	%ebx, %ebx
	jz	3f
	swapgs
3:	RETURN
	.size	vector_anywhere, . - vector_anywhere

	.section .note.GNU-stack, "", @progbits
