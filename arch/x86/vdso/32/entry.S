/*
 * entry.S (vDSO, i386) - how a program makes system calls without knowing how (AT_SYSINFO), and where
 * a handler returns to that was set without SA_RESTORER.
 *
 * The kernel finds the three by their slots (x86/vdso.h); the first is the object's entry point.
 * Debuggers, and the compiler's own unwinder, know a signal's frame by the bytes it returns to: they
 * are Linux's, and none of the unwinder's tables may cover them, nor the byte in front.
 */
#include <x86/vdso.h>

	.section .text.entry, "ax", @progbits
	.balign VDSO_SLOT_SIZE
	.globl __kernel_vsyscall, __kernel_sigreturn, __kernel_rt_sigreturn
	.type __kernel_vsyscall, @function
__kernel_vsyscall:
	.cfi_startproc
	int $0x80
	ret
	.cfi_endproc
	.size __kernel_vsyscall, . - __kernel_vsyscall

	.org VDSO_SIGRETURN * VDSO_SLOT_SIZE, 0x90
	.type __kernel_sigreturn, @function
__kernel_sigreturn:
	pop %eax
	mov $119, %eax
	int $0x80
	.size __kernel_sigreturn, . - __kernel_sigreturn

	.org VDSO_RT_SIGRETURN * VDSO_SLOT_SIZE, 0x90
	.type __kernel_rt_sigreturn, @function
__kernel_rt_sigreturn:
	mov $173, %eax
	int $0x80
	.size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn

	.section .note.GNU-stack, "", @progbits
