/*
 * stubs.S (x86-64) - a function for each call of abi/linux/syscall.def that the kernel implements.
 *
 * NAME() is the call as C has it: an error is -1 with the reason in errno. Calls whose C function
 * is another thing than the call (listed first) have theirs in calls.c, or in newlib.
 */
	/* not the function of this name */
	.irp name, exit, brk, getcwd, clone, vfork, waitid, ppoll, faccessat, fchmodat, preadv, \
		pwritev, getpriority, clock_nanosleep, reboot, fork, rt_sigreturn, syslog
	.set other_\name, 1
	.endr
	/* and these have another name */
	.macro alias name, call
	.globl \name
	.set \name, \call
	.endm

	.macro stub number, name, argument_count
	.ifndef other_\name
	.section .text.\name, "ax", @progbits
	.globl \name
	.type \name, @function
\name:
	.if \argument_count > 3
	mov %rcx, %r10
	.endif
	mov $\number, %eax
	syscall
	cmp $-4095, %rax
	jae __syscall_failed_at
	ret
	.size \name, . - \name
	.endif
	.endm

#define SC_NONE(nr64, nr32, name)
#define SC0(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 0
#define SC1(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 1
#define SC2(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 2
#define SC3(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 3
#define SC4(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 4
#define SC5(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 5
#define SC6(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name, 6
#include <abi/syscall.def>

	alias pread, pread64
	alias pwrite, pwrite64
	alias fstatat, newfstatat

/* long syscall(number, ...): any call, as syscall(2) has it. */
	.section .text.syscall, "ax", @progbits
	.globl syscall
	.type syscall, @function
syscall:
	mov %rdi, %rax
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %r10
	mov %r9, %r8
	mov 8(%rsp), %r9
	syscall
	cmp $-4095, %rax
	jae __syscall_failed_at
	ret
	.size syscall, . - syscall

	.section .text.__syscall_failed_at, "ax", @progbits
	.globl __syscall_failed_at
__syscall_failed_at:
	mov %rax, %rdi
	jmp __syscall_failed
	.section .note.GNU-stack, "", @progbits
