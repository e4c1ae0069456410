/*
 * start.S (x86-64) - where a program begins, and what cannot be said in C.
 *
 * The kernel leaves argc, argv, the environment and the auxiliary vector on the stack (System V
 * ABI for x86-64, 3.4.1); the frame pointer is 0, the end of the chain.
 */
	.section .text._start, "ax", @progbits
	.globl _start
	.type _start, @function
_start:
	xor %ebp, %ebp
	mov %rsp, %rdi
	and $-16, %rsp
	call __start
	ud2
	.size _start, . - _start

/* long __clone(flags, stack, parent_tid, child_tid, tls): the child goes to __thread_start() on
 * its own stack. The kernel takes the arguments in this order but for the fourth register. */
	.section .text.__clone, "ax", @progbits
	.globl __clone
	.type __clone, @function
__clone:
	mov $56, %eax
	mov %rcx, %r10
	syscall
	test %rax, %rax
	jz 1f
	ret
1:	xor %ebp, %ebp
	call __thread_start
	ud2
	.size __clone, . - __clone

/* __unmap_and_exit(base, len): the end of a thread that frees the stack it stands on. */
	.section .text.__unmap_and_exit, "ax", @progbits
	.globl __unmap_and_exit
	.type __unmap_and_exit, @function
__unmap_and_exit:
	mov $11, %eax
	syscall
	xor %edi, %edi
	mov $60, %eax
	syscall
	ud2
	.size __unmap_and_exit, . - __unmap_and_exit

/* Parent and child share the stack: the return address is kept in a register, because the child
 * overwrites it in memory before the parent returns. */
	.section .text.vfork, "ax", @progbits
	.globl vfork
	.type vfork, @function
vfork:
	pop %rdx
	mov $58, %eax
	syscall
	push %rdx
	cmp $-4095, %rax
	jae __syscall_failed_at
	ret
	.size vfork, . - vfork

/* What a signal handler returns to. */
	.section .text.__signal_return, "ax", @progbits
	.globl __signal_return
	.type __signal_return, @function
__signal_return:
	mov $15, %eax
	syscall
	ud2
	.size __signal_return, . - __signal_return

	.section .note.GNU-stack, "", @progbits
