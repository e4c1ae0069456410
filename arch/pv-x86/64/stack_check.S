/*
 * stack_check.S (pv64) - called from the entry of a function for which the stack has no room
 * (stack_check.c), before its prologue.
 */
#include <port/cpu.h>

#define EMERGENCY_SIZE 8192

	.text
	.globl	stack_exhausted
	.type	stack_exhausted, @function
stack_exhausted:
	movb	$1, %gs:PORT_UPCALL_MASK
	movq	$0, %gs:PORT_STACK_LIMIT
	popq	%rdi			/* the function that was entered */
	movq	%rbp, %rsi		/* its caller's frame */
	leaq	emergency_stack + EMERGENCY_SIZE(%rip), %rsp
	call	stack_overflow
	ud2
	.size	stack_exhausted, . - stack_exhausted

	.section .bss
	.balign	16
emergency_stack:
	.skip	EMERGENCY_SIZE

	.section .note.GNU-stack, "", @progbits
