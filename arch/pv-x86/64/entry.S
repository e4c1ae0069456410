/*
 * entry.S (pv64) - every way into the kernel: boot, traps, the event upcall.
 *
 * Xen enters in ring 3 with a frame like the CPU's, below which it pushed RCX
 * and R11 (public arch-x86/xen-x86_64.h):
 *
 *     rsp ->  rcx  r11  [error code]  rip  cs  rflags  rsp  ss
 *
 * CS carries RPL 0 if kernel mode was interrupted, 3 for user mode; RFLAGS.IF
 * is the inverse of the event mask. Entry masks events (the trap table asks for it).
 *
 * The way back to kernel mode costs no hypercall: unmask, look whether
 * something came in, `iretq`. Between the unmasking and the iretq an upcall
 * would nest, once for each that comes in time, without bound. It is unwound instead:
 * upcall entry sees that the kernel's RIP lies in the window, where every register already
 * holds the interrupted context's value, drops the new frame and carries on
 * with the old one.
 */
#include "../note.h"

#include <port/cpu.h>
#include <port/layout.h>
#include <x86/frame.h>
#include <x86/stack.h>
#include <x86/traps.h>
#include <x86/user.h>
#include <xen/elfnote.h>

#define RFLAGS_IF       0x200
#define VGCF_in_syscall 0x100		/* arch-x86/xen-x86_64.h */

	.section .text.entry, "ax"

/* Boot: RSI holds the start_info; Xen's boot stack is left at once. The time is taken first. */
	.globl entry
entry:
	rdtsc
	cld
	leaq	boot_stack + BOOT_STACK_GUARD + BOOT_STACK_SIZE(%rip), %rsp
	xorl	%ebp, %ebp
	movq	%rsi, %rdi
	shlq	$32, %rdx
	leaq	(%rdx, %rax), %rsi
	call	pv_start
	ud2

	.section .text.hypercall_page, "ax"
	.globl hypercall_page
	.balign 4096
hypercall_page:
	.skip 4096

	.text

/* trap_NAME: one for each entry of X86_TRAPS. */
.macro TRAP_ENTRY name, vector, has_error
	.globl	trap_\name
	.type	trap_\name, @function
trap_\name:
	popq	%rcx
	popq	%r11
	.if !\has_error
	pushq	$0
	.endif
	pushq	$\vector
	jmp	trap_common
.endm

#define ENTRY(vector, name, has_error, is_users) TRAP_ENTRY name, vector, has_error;
	X86_TRAPS(ENTRY)

	.type	trap_common, @function
trap_common:
	SAVE_REGISTERS
	movq	%rsp, %rdi
	xorl	%esi, %esi
	cmpq	$14, FRAME_VECTOR(%rsp)
	jne	1f
	movq	%gs:PORT_CR2, %rsi
1:	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	x86_trap
	movq	%rbp, %rsp
	jmp	frame_return

/* Xen calls this when an event became pending while events were unmasked. */
	.globl	event_upcall
	.type	event_upcall, @function
event_upcall:
	testb	$3, 24(%rsp)		/* a program may jump to any address, so also to the window's */
	jnz	1f
	leaq	return_window(%rip), %rcx
	cmpq	%rcx, 16(%rsp)
	jb	1f
	leaq	return_window_end(%rip), %rcx
	cmpq	%rcx, 16(%rsp)
	jae	1f
	popq	%rcx
	popq	%r11
	movq	24(%rsp), %rsp		/* rip cs rflags RSP ss: the frame that was being left */
	andb	$0xfc, 8(%rsp)		/* as Xen would have shown it */
	jmp	2f
1:	popq	%rcx
	popq	%r11
2:	pushq	$0
	pushq	$X86_VECTOR_UPCALL
	SAVE_REGISTERS
upcall_again:
	movq	%rsp, %rbp
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	pv_upcall
	movq	%rbp, %rsp

/* Leave through the frame at RSP; events are masked. */
	.type	frame_return, @function
frame_return:
	testb	$3, FRAME_CS(%rsp)
	jnz	return_to_user
	testl	$RFLAGS_IF, FRAME_RFLAGS(%rsp)
	jz	return_masked
	RESTORE_REGISTERS
	addq	$16, %rsp
	orb	$3, 8(%rsp)		/* the real CS and SS of a 64-bit PV kernel have RPL 3 */
	orb	$3, 32(%rsp)
	movb	$0, %gs:PORT_UPCALL_MASK
return_window:
	testb	$0xff, %gs:PORT_UPCALL_PENDING
	jnz	return_pending
	iretq
return_pending:
	movb	$1, %gs:PORT_UPCALL_MASK
return_window_end:
	andb	$0xfc, 8(%rsp)		/* as Xen would have shown it */
	pushq	$0
	pushq	$X86_VECTOR_UPCALL
	SAVE_REGISTERS
	jmp	upcall_again

return_masked:
	RESTORE_REGISTERS
	addq	$16, %rsp
	orb	$3, 8(%rsp)
	orb	$3, 32(%rsp)
	iretq

/*
 * To user mode: signals and preemption first. Only Xen can change the mode: the
 * iret hypercall takes struct iret_context, which is this frame with rax, r11,
 * rcx and a flags word below. After a system call RCX and R11 are the program's
 * loss, and Xen may use `sysret`.
 */
return_to_user:
	movq	%rsp, %rdi
	call	x86_user_leave
	xorl	%ecx, %ecx
	cmpq	$X86_VECTOR_SYSCALL, FRAME_VECTOR(%rsp)
	movl	$VGCF_in_syscall, %eax
	cmovel	%eax, %ecx
	movq	%rcx, FRAME_ERROR_CODE(%rsp)
	RESTORE_REGISTERS
	addq	$8, %rsp
	pushq	%rcx			/* over the vector; the flags word is above */
	pushq	%r11
	pushq	%rax
	movl	$23, %eax		/* __HYPERVISOR_iret */
	syscall
	ud2

/* Leave through a frame at the top of the stack, from C (x86/user.h). */
	.globl	port_frame_leave
	.type	port_frame_leave, @function
port_frame_leave:
	movq	%rdi, %rsp
	xorl	%ebp, %ebp
	jmp	return_to_user

/* User mode's `syscall`. Events are as they were; RAX is kept where a trap has its error code. */
	.globl	syscall_entry
	.type	syscall_entry, @function
syscall_entry:
	popq	%rcx
	popq	%r11
	pushq	%rax
	pushq	$X86_VECTOR_SYSCALL
	SAVE_REGISTERS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	x86_syscall
	jmp	return_to_user

/* A segment register could not be reloaded on the way to the guest: rcx r11 ds es fs gs, then a frame. */
	.globl	failsafe_entry
	.type	failsafe_entry, @function
failsafe_entry:
	popq	%rcx
	popq	%r11
	addq	$32, %rsp
	pushq	$0
	pushq	$X86_VECTOR_FAILSAFE
	jmp	trap_common

	NOTE XEN_ELFNOTE_GUEST_OS, .asciz, "Paravane"
	NOTE XEN_ELFNOTE_GUEST_VERSION, .asciz, "pv64"
	NOTE XEN_ELFNOTE_LOADER, .asciz, "generic"
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	NOTE XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	NOTE XEN_ELFNOTE_VIRT_BASE, .quad, LAYOUT_IMAGE_BASE
	NOTE XEN_ELFNOTE_PADDR_OFFSET, .quad, 0
	NOTE XEN_ELFNOTE_ENTRY, .quad, entry
	NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .quad, hypercall_page
	NOTE XEN_ELFNOTE_FEATURES, .asciz, "!writable_page_tables|pae_pgdir_above_4gb"

	.section .note.GNU-stack, "", @progbits
