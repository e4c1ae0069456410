/*
 * start.S (i386) - where a program begins, and what cannot be said in C.
 *
 * The kernel leaves argc, argv, the environment and the auxiliary vector on the stack (System V
 * ABI for i386, 2.3.1); the frame pointer is 0, the end of the chain.
 */
	.section .text._start, "ax", @progbits
	.globl _start
	.type _start, @function
_start:
	xor %ebp, %ebp
	mov %esp, %eax
	and $-16, %esp
	sub $12, %esp
	push %eax
	call __start
	ud2
	.size _start, . - _start

/* long __clone(flags, stack, parent_tid, child_tid, tls): the child goes to __thread_start() on
 * its own stack. Its thread pointer is described to the kernel, in the parent's own entry of the
 * descriptor table: the child begins with the parent's GS. */
	.section .text.__clone, "ax", @progbits
	.globl __clone
	.type __clone, @function
__clone:
	push %ebx
	push %esi
	push %edi
	sub $16, %esp			/* a struct linux_user_desc */
	mov %gs, %eax
	shr $3, %eax
	mov %eax, (%esp)
	mov 48(%esp), %eax
	mov %eax, 4(%esp)
	movl $0xfffff, 8(%esp)
	movl $0x51, 12(%esp)		/* 32-bit, limit in pages, usable */
	mov 32(%esp), %ebx
	mov 36(%esp), %ecx
	mov 40(%esp), %edx
	mov %esp, %esi
	mov 44(%esp), %edi
	mov $120, %eax
	int $0x80
	test %eax, %eax
	jz 1f
	add $16, %esp
	pop %edi
	pop %esi
	pop %ebx
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
	mov 4(%esp), %ebx
	mov 8(%esp), %ecx
	mov $91, %eax
	int $0x80
	xor %ebx, %ebx
	mov $1, %eax
	int $0x80
	ud2
	.size __unmap_and_exit, . - __unmap_and_exit

/* Parent and child share the stack: the return address is kept in a register, because the child
 * overwrites it in memory before the parent returns. */
	.section .text.vfork, "ax", @progbits
	.globl vfork
	.type vfork, @function
vfork:
	pop %edx
	mov $190, %eax
	int $0x80
	push %edx
	cmp $-4095, %eax
	jae __syscall_failed_at
	ret
	.size vfork, . - vfork

/* What a signal handler returns to: one that got details, and one that did not, whose argument
 * is still on the stack. */
	.section .text.__signal_return, "ax", @progbits
	.globl __signal_return
	.type __signal_return, @function
__signal_return:
	mov $173, %eax
	int $0x80
	ud2
	.size __signal_return, . - __signal_return

	.section .text.__signal_return_plain, "ax", @progbits
	.globl __signal_return_plain
	.type __signal_return_plain, @function
__signal_return_plain:
	pop %eax
	mov $119, %eax
	int $0x80
	ud2
	.size __signal_return_plain, . - __signal_return_plain

	.section .note.GNU-stack, "", @progbits
