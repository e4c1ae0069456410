/*
 * switch.S - the context switch proper.
 *
 * A thread that is not running has its callee-saved registers on top of its
 * stack and the stack pointer in port_thread.rsp (offset 0); the System V ABI
 * lets everything else go. thread.c builds the same picture for a new thread.
 */
	.text

	.globl	x86_context_switch
	.type	x86_context_switch, @function
x86_context_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	(%rsi), %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	x86_context_switch, . - x86_context_switch

	.globl	x86_thread_trampoline
	.type	x86_thread_trampoline, @function
x86_thread_trampoline:
	movq	%rbx, %rdi
	call	thread_start
	ud2
	.size	x86_thread_trampoline, . - x86_thread_trampoline

	.section .note.GNU-stack, "", @progbits
