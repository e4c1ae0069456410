/*
 * stubs.S (i386) - a function for each call of the i386 interface that the kernel implements.
 *
 * NAME() is the call as C has it: an error is -1 with the reason in errno. A call's words are the
 * function's arguments as they stand on the stack, a number of 64 bits being two of them. Calls whose
 * C function is another thing than the call (listed first) have theirs in calls.c, or in newlib.
 */
	/* not the function of this name */
	.irp name, exit, brk, getcwd, clone, vfork, waitid, ppoll, faccessat, fchmodat, preadv, \
		pwritev, getpriority, clock_nanosleep, reboot, fork, rt_sigreturn, syslog, \
		lseek, mmap2, getrlimit, setrlimit, signal, sigaction, sigpending, sigprocmask, \
		sigsuspend, sigreturn, nice, readdir, waitpid, open, openat, creat
	.set other_\name, 1
	.endr
	/* and these have another name */
	.macro alias name, call
	.globl \name
	.set \name, \call
	.endm

	.macro stub number, name
	.ifndef other_\name
	.section .text.\name, "ax", @progbits
	.globl \name
	.type \name, @function
\name:
	mov $\number, %eax
	jmp __call_of_arguments
	.size \name, . - \name
	.endif
	.endm

#define SC_NONE(nr64, nr32, name)
#define SC0(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#define SC1(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#define SC2(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#define SC3(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#define SC4(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#define SC5(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#define SC6(nr64, nr32, name, ...) stub SC_NUMBER(nr64, nr32), name
#include <abi/syscall.def>

	alias pread, pread64
	alias pwrite, pwrite64
	alias fstatat, newfstatat

/* The call %eax with six words of the caller's arguments, from the one at \first(%esp) here on. */
	.macro call_with first
	push %ebp
	push %edi
	push %esi
	push %ebx
	mov 16+\first(%esp), %ebx
	mov 20+\first(%esp), %ecx
	mov 24+\first(%esp), %edx
	mov 28+\first(%esp), %esi
	mov 32+\first(%esp), %edi
	mov 36+\first(%esp), %ebp
	int $0x80
	pop %ebx
	pop %esi
	pop %edi
	pop %ebp
	cmp $-4095, %eax
	jae __syscall_failed_at
	ret
	.endm

	.section .text.__call_of_arguments, "ax", @progbits
	.globl __call_of_arguments
	.type __call_of_arguments, @function
__call_of_arguments:
	call_with 4
	.size __call_of_arguments, . - __call_of_arguments

/* long syscall(number, ...): any call, as syscall(2) has it. */
	.section .text.syscall, "ax", @progbits
	.globl syscall
	.type syscall, @function
syscall:
	mov 4(%esp), %eax
	call_with 8
	.size syscall, . - syscall

	.section .text.__syscall_failed_at, "ax", @progbits
	.globl __syscall_failed_at
__syscall_failed_at:
	sub $8, %esp
	push %eax
	call __syscall_failed
	add $12, %esp
	ret
	.section .note.GNU-stack, "", @progbits
