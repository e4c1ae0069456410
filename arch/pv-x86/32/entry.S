/*
 * entry.S (pv32) - every way into the kernel: boot, traps, system calls, the event upcall; and out.
 *
 * The kernel runs in ring 1, programs in ring 3. Xen enters with a frame like the CPU's
 * (public arch-x86/xen-x86_32.h):
 *
 *     esp ->  [error code]  eip  cs  eflags  [esp  ss]        the latter two from ring 3 only
 *
 * The upper half of the word with CS holds the event mask, EFLAGS.IF is its inverse. Traps mask
 * events (the trap table asks for it); the system call does not. Segment registers
 * are as they were: the program's, so they are saved, and FS loaded with the per-CPU segment.
 *
 * The way back is the CPU's own `iret`, also to ring 3: from ring 1 it needs nobody's leave. Only the
 * event mask is not the CPU's: unmask, look whether something came in, `iret`. Between the unmasking
 * and the iret an upcall would nest, once for each that comes in time, without bound. It is unwound
 * instead: upcall entry sees that the kernel's EIP lies in the window, where every register but
 * perhaps FS holds the interrupted context's value, drops the new frame and carries on with the old one.
 *
 * What a program left in its segment registers may be gone or never have been: every instruction that
 * loads one, and iret itself, has a fixup. A selector that cannot be loaded becomes 0, as Linux
 * does it; a frame with which iret faults is handed to the program's signals (x86_user_trap).
 */
#include "../note.h"

#include <port/cpu.h>
#include <port/layout.h>
#include <x86/fixup.h>
#include <x86/frame.h>
#include <x86/stack.h>
#include <x86/traps.h>
#include <x86/user.h>
#include <xen/elfnote.h>
#include <xen/arch-x86/xen-x86_32.h>

#define EFLAGS_IF    0x200
#define RING_3_NOT_1 2	/* a bit of CS: set in ring 3, clear in ring 1 */
#define TRAP_GP	     13

	.section .text.entry, "ax"

/* Boot: ESI holds the start_info; Xen's boot stack is left at once. The time is taken first. */
	.globl entry
entry:
	rdtsc
	cld
	movl	$boot_stack + BOOT_STACK_GUARD + BOOT_STACK_SIZE, %esp
	xorl	%ebp, %ebp
	subl	$4, %esp
	pushl	%edx
	pushl	%eax
	pushl	%esi
	call	pv_start
	ud2

	.section .text.hypercall_page, "ax"
	.globl hypercall_page
	.balign 4096
hypercall_page:
	.skip 4096

	.text

/* What the interrupted code had, below FS; then the kernel's data segments. */
.macro SAVE_BELOW_FS
	pushl	%ds
	pushl	%es
	pushl	%gs
	pushl	%eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	movl	$FLAT_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	cld
.endm

/* All of it; the vector and error code are on the stack. */
.macro SAVE_REGISTERS
	pushl	%fs
	SAVE_BELOW_FS
	movl	$PORT_PERCPU_SELECTOR, %eax
	movl	%eax, %fs
	andl	$0xffff, FRAME_CS(%esp)
.endm

/* CALL function: with the frame, which is on top of the stack and there again afterwards. */
.macro CALL_WITH_FRAME function
	movl	%esp, %ebx
	andl	$-16, %esp
	subl	$12, %esp
	pushl	%ebx
	call	\function
	movl	%ebx, %esp
.endm

/* Load a segment register from the stack's top, with 0 if it cannot have what is there. */
.macro LOAD_SEGMENT segment
771:	mov	(%esp), %\segment
	.subsection 1
772:	movl	$0, (%esp)
	jmp	771b
	.previous
	FIXUP	771b, 772b
.endm

.macro POP_SEGMENT segment
	LOAD_SEGMENT \segment
	addl	$4, %esp
.endm

/* All but FS, which is then on top of the stack. */
.macro RESTORE_BELOW_FS
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%eax
	POP_SEGMENT gs
	POP_SEGMENT es
	POP_SEGMENT ds
.endm

/* trap_NAME: one for each entry of X86_TRAPS. */
.macro TRAP_ENTRY name, vector, has_error
	.globl	trap_\name
	.type	trap_\name, @function
trap_\name:
	.if !\has_error
	pushl	$0
	.endif
	pushl	$\vector
	jmp	trap_common
.endm

#define ENTRY(vector, name, has_error, is_users) TRAP_ENTRY name, vector, has_error;
	X86_TRAPS(ENTRY)

	.type	trap_common, @function
trap_common:
	SAVE_REGISTERS
trap_handle:
	movl	%esp, %ebx
	xorl	%edx, %edx
	cmpl	$14, FRAME_VECTOR(%esp)
	jne	1f
	movl	%fs:PORT_CR2, %edx
1:	andl	$-16, %esp
	subl	$8, %esp
	pushl	%edx
	pushl	%ebx
	call	x86_trap
	movl	%ebx, %esp
	jmp	frame_return

/* Xen calls this when an event became pending while events were unmasked. */
	.globl	event_upcall
	.type	event_upcall, @function
event_upcall:
	testb	$RING_3_NOT_1, 4(%esp)	/* a program may jump to any address, so also to the window's */
	jnz	upcall_fresh
	cmpl	$return_window, (%esp)
	jb	upcall_fresh
	cmpl	$return_window_end, (%esp)
	jae	upcall_fresh
	cmpl	$return_window_iret, (%esp)
	leal	12(%esp), %esp		/* drop the new frame; flags are still the comparison's */
	jae	upcall_fresh
	POP_SEGMENT fs
	addl	$8, %esp		/* the old vector and error code */
upcall_fresh:
	pushl	$0
	pushl	$X86_VECTOR_UPCALL
	SAVE_REGISTERS
upcall_again:
	CALL_WITH_FRAME pv_upcall

/* Leave through the frame at ESP; events are masked. */
	.type	frame_return, @function
frame_return:
	testb	$RING_3_NOT_1, FRAME_CS(%esp)
	jnz	return_to_user
	testl	$EFLAGS_IF, FRAME_FLAGS(%esp)
	jz	return_masked
return_unmasked:
	RESTORE_BELOW_FS
	movb	$0, %fs:PORT_UPCALL_MASK
return_window:
	testb	$0xff, %fs:PORT_UPCALL_PENDING
	jz	1f
	movb	$1, %fs:PORT_UPCALL_MASK
	jmp	return_pending
1:	LOAD_SEGMENT fs			/* and may be loaded once more: it stays on the stack */
	addl	$12, %esp
return_window_iret:
	iret
return_window_end:
	FIXUP	return_window_iret, return_refused

return_pending:
	movl	$X86_VECTOR_UPCALL, 4(%esp)
	movl	$0, 8(%esp)
	SAVE_BELOW_FS
	jmp	upcall_again

return_masked:
	RESTORE_BELOW_FS
	POP_SEGMENT fs
	addl	$8, %esp
	iret

/* The CPU does not go where a program wants to go on: as if the program had been refused it. */
return_refused:
	pushl	$0
	pushl	$TRAP_GP
	SAVE_REGISTERS
	movb	$1, %fs:PORT_UPCALL_MASK
	movl	$FLAT_USER_CS, FRAME_CS(%esp)
	movl	$FLAT_USER_SS, FRAME_SS(%esp)
	jmp	trap_handle

/* To user mode: signals and preemption first. */
return_to_user:
	CALL_WITH_FRAME x86_user_leave
	jmp	return_unmasked

/* Leave through a frame at the top of the stack, from C (x86/user.h). */
	.globl	port_frame_leave
	.type	port_frame_leave, @function
port_frame_leave:
	movl	4(%esp), %esp
	xorl	%ebp, %ebp
	jmp	return_to_user

/* User mode's `int $0x80`. Events are as they were; EAX is kept where a trap has its error code. */
	.globl	syscall_entry
	.type	syscall_entry, @function
syscall_entry:
	pushl	%eax
	pushl	$X86_VECTOR_SYSCALL
	SAVE_REGISTERS
	xorl	%ebp, %ebp
	CALL_WITH_FRAME x86_syscall
	jmp	return_to_user

/*
 * Xen could not reload a segment register: ds es fs gs, then a frame. It is empty now. Of the kernel
 * that is only GS, what a program left there, and the kernel does not use it.
 */
	.globl	failsafe_entry
	.type	failsafe_entry, @function
failsafe_entry:
	addl	$16, %esp
	pushl	$0
	pushl	$X86_VECTOR_FAILSAFE
	SAVE_REGISTERS
	testb	$RING_3_NOT_1, FRAME_CS(%esp)
	jz	frame_return
	jmp	trap_handle

	NOTE XEN_ELFNOTE_GUEST_OS, .asciz, "Paravane"
	NOTE XEN_ELFNOTE_GUEST_VERSION, .asciz, "pv32"
	NOTE XEN_ELFNOTE_LOADER, .asciz, "generic"
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	NOTE XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	NOTE XEN_ELFNOTE_VIRT_BASE, .long, LAYOUT_IMAGE_BASE
	NOTE XEN_ELFNOTE_PADDR_OFFSET, .long, 0
	NOTE XEN_ELFNOTE_ENTRY, .long, entry
	NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .long, hypercall_page
	NOTE XEN_ELFNOTE_HV_START_LOW, .long, LAYOUT_XEN_BASE
	NOTE XEN_ELFNOTE_FEATURES, .asciz, "!writable_page_tables|pae_pgdir_above_4gb"

	.section .note.GNU-stack, "", @progbits
