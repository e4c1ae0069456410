/*
 * stack.S - a call on another stack.
 *
 * The old stack pointer waits in rbp, which the called function keeps, and the
 * frame pointer chain stays whole across the switch.
 */
	.text

	.globl	fake_stack_call
	.type	fake_stack_call, @function
fake_stack_call:
	pushq	%rbp
	movq	%rsp, %rbp
	movq	%rdi, %rsp
	movq	%rdx, %rdi
	call	*%rsi
	movq	%rbp, %rsp
	popq	%rbp
	ret
	.size	fake_stack_call, . - fake_stack_call

	.section .note.GNU-stack, "", @progbits
