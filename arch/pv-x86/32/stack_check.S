/*
 * stack_check.S (pv32) - called from the entry of a function for which the stack has no room
 * (stack_check.c), before its prologue.
 */
#include <port/cpu.h>

#define EMERGENCY_SIZE 8192

	.text
	.globl	stack_exhausted
	.type	stack_exhausted, @function
stack_exhausted:
	movb	$1, %fs:PORT_UPCALL_MASK
	movl	$0, %fs:PORT_STACK_LIMIT
	popl	%eax			/* the function that was entered */
	leal	emergency_stack + EMERGENCY_SIZE, %esp
	subl	$8, %esp
	pushl	%ebp			/* its caller's frame */
	pushl	%eax
	call	stack_overflow
	ud2
	.size	stack_exhausted, . - stack_exhausted

	.section .bss
	.balign	16
emergency_stack:
	.skip	EMERGENCY_SIZE

	.section .note.GNU-stack, "", @progbits
