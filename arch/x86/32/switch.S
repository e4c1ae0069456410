/*
 * switch.S (32-bit) - the context switch proper.
 *
 * A thread that is not running has its callee-saved registers on top of its
 * stack and the stack pointer in port_thread.sp (offset 0); the System V ABI
 * lets everything else go. thread.c builds the same picture for a new thread.
 */
	.text

	.globl	x86_context_switch
	.type	x86_context_switch, @function
x86_context_switch:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, (%eax)
	movl	(%edx), %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size	x86_context_switch, . - x86_context_switch

	.globl	x86_thread_trampoline
	.type	x86_thread_trampoline, @function
x86_thread_trampoline:
	subl	$12, %esp
	pushl	%ebx
	call	thread_start
	ud2
	.size	x86_thread_trampoline, . - x86_thread_trampoline

	.section .note.GNU-stack, "", @progbits
