/*
 * stack_check.S (pv64) - called at the entry of every function, before its
 * prologue: changes nothing but the flags, which hold nothing there.
 */
#include <port/cpu.h>

#define EMERGENCY_SIZE 8192

	.text
	.globl	stack_check
	.type	stack_check, @function
stack_check:
	cmpq	%gs:PORT_STACK_LIMIT, %rsp
	jb	1f
	ret
1:	movb	$1, %gs:PORT_UPCALL_MASK
	movq	$0, %gs:PORT_STACK_LIMIT
	popq	%rdi			/* the function that was entered */
	movq	%rbp, %rsi		/* its caller's frame */
	leaq	emergency_stack + EMERGENCY_SIZE(%rip), %rsp
	call	stack_overflow
	ud2
	.size	stack_check, . - stack_check

	.section .bss
	.balign	16
emergency_stack:
	.skip	EMERGENCY_SIZE

	.section .note.GNU-stack, "", @progbits
