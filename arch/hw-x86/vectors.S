/*
 * vectors.S - the 256 interrupt and trap entries, and the way back.
 *
 * Every stub leaves the picture of struct trap_frame and comes to one of three
 * common paths:
 *   usual      GS was user mode's exactly if the saved CS says ring 3.
 *   anywhere   for vectors that can hit between a kernel entry and its swapgs
 *              (debug, NMI, double fault, machine check; they run on stacks of
 *              their own): only GS base itself tells. Kernel addresses have the top
 *              bit set, and user mode cannot set such a base (CR4.FSGSBASE is off).
 *   interrupt  as usual, unless the frame says that interrupts were masked, when none can
 *              have come. Emulated SVM does it: VMRUN in QEMU 7.2 leaves the vector that it
 *              injected where the processor's loop looks for exceptions, and whatever asks
 *              the processor out of that loop has it delivered again, mostly on the
 *              first instruction of its own stub: CS is the kernel's, GS still the program's.
 *              The second is dropped before it looks at either. PAUSE leaves the
 *              loop and so clears the vector: later, after a SYSCALL, the
 *              second would be pushed on the program's stack.
 * Where SMAP is on, RFLAGS.AC is cleared: it suspends the protection, and user
 * mode, or a copy from user memory that was interrupted, may have set it.
 *
 * Before calling C a frame record {rbp, rip} of the interrupted code is pushed,
 * so a backtrace walks through the trap; records of user mode are not linked.
 */
#include <hw/control.h>
#include <hw/descriptors.h>
#include <hw/interrupt.h>
#include <port/cpu.h>
#include <x86/frame.h>
#include <x86/user.h>

#define HAS_ERROR_CODE(v)                                                                          \
	((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)
#define HITS_ANYWHERE(v)  ((v) == 1 || (v) == 2 || (v) == 8 || (v) == 18)

	.text

/* 16 bytes each: the table of addresses is arithmetic (descriptors.c). */
	.globl	vector_stubs
	.type	vector_stubs, @function
	.balign	16
vector_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if !HAS_ERROR_CODE(vector)
	pushq	$0
	.endif
	pushq	$vector
	.if HITS_ANYWHERE(vector)
	jmp	vector_anywhere
	.elseif vector >= VECTOR_FIRST
	jmp	vector_interrupt
	.else
	jmp	vector_usual
	.endif
	.set	vector, vector + 1
	.endr
	.size	vector_stubs, . - vector_stubs

	.macro	CALL_C
	movq	%rsp, %rdi
	pushq	FRAME_RIP(%rdi)
	pushq	%rbp
	movq	%rsp, %rbp
	call	hw_interrupt
	addq	$16, %rsp
	.endm

	.macro	RETURN
	RESTORE_REGISTERS
	addq	$16, %rsp	/* vector, error code */
	iretq
	.endm

	.macro	CLEAR_AC
	cmpb	$0, smap_enabled(%rip)
	je	.Lno_smap\@
	clac
.Lno_smap\@:
	.endm

	.type	vector_interrupt, @function
vector_interrupt:
	pause
	testl	$RFLAGS_IF, FRAME_RFLAGS - FRAME_VECTOR(%rsp)
	jnz	vector_usual
	addq	$16, %rsp	/* vector, error code */
	iretq
	.size	vector_interrupt, . - vector_interrupt

	.type	vector_usual, @function
vector_usual:
	SAVE_REGISTERS
	CLEAR_AC
	testb	$3, FRAME_CS(%rsp)
	jnz	1f
	CALL_C
	RETURN
1:	swapgs
from_user:
	xorl	%ebp, %ebp
	CALL_C
	jmp	user_return
	.size	vector_usual, . - vector_usual

	.type	vector_anywhere, @function
vector_anywhere:
	SAVE_REGISTERS
	CLEAR_AC
	testb	$3, FRAME_CS(%rsp)
	jnz	anywhere_from_user
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	xorl	%ebx, %ebx
	testl	%edx, %edx
	js	2f
	swapgs
	incl	%ebx		/* callee-saved: still known after the call */
2:	CALL_C
	testl	%ebx, %ebx
	jz	3f
	swapgs
3:	RETURN

/* From a program there is no doubt, and what follows may sleep: on the thread's own stack. */
anywhere_from_user:
	swapgs
	movq	%rsp, %rsi
	movq	%gs:PORT_CPU_KERNEL_RSP, %rdi
	subq	$FRAME_SIZE, %rdi
	movq	%rdi, %rdx
	movl	$FRAME_SIZE / 8, %ecx
	rep movsq
	movq	%rdx, %rsp
	jmp	from_user
	.size	vector_anywhere, . - vector_anywhere

/*
 * SYSCALL: RCX holds the program's rip, R11 its flags; RSP is still the program's.
 * Interrupts are masked (MSR_SFMASK). The frame is built as a trap would have;
 * the call's number goes where a trap has its error code.
 */
	.globl	syscall_entry
	.type	syscall_entry, @function
syscall_entry:
	swapgs
	movq	%rsp, %gs:PORT_CPU_USER_RSP
	movq	%gs:PORT_CPU_KERNEL_RSP, %rsp
	pushq	$SELECTOR_USER_DATA
	pushq	%gs:PORT_CPU_USER_RSP
	pushq	%r11
	pushq	$SELECTOR_USER_CODE
	pushq	%rcx
	pushq	%rax
	pushq	$X86_VECTOR_SYSCALL
	SAVE_REGISTERS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	x86_syscall
	jmp	user_return
	.size	syscall_entry, . - syscall_entry

/*
 * SYSCALL by a program that jumped into 32-bit code, on processors that have it there
 * (AMD's): there are no such calls. The stack and GS are still the program's, so
 * straight back; ECX, being 32 bits, is an address that SYSRET takes.
 */
	.globl	syscall_entry_32
	.type	syscall_entry_32, @function
syscall_entry_32:
	movq	$-38, %rax	/* ENOSYS */
	sysretl
	.size	syscall_entry_32, . - syscall_entry_32

/*
 * Unmask and wait. sti takes effect after the next instruction, so nothing fits between it and hlt
 * (SDM 2B, STI). Emulated SVM forgets that, when the host takes the CPU just there: VMRUN in QEMU 7.2
 * does not load the interrupt shadow, and an interrupt comes before the hlt, which would then
 * wait for the next. So one that would return to the hlt returns behind it (interrupt.c).
 */
	.globl	idle_wait
	.type	idle_wait, @function
idle_wait:
	sti
	.globl	idle_halt, idle_halted
	.set	idle_halt, .
	hlt
	.set	idle_halted, .
	cli
	ret
	.size	idle_wait, . - idle_wait

/* Leave through a frame at the top of the stack, from C (x86/user.h). */
	.globl	port_frame_leave
	.type	port_frame_leave, @function
port_frame_leave:
	movq	%rdi, %rsp
	xorl	%ebp, %ebp

/*
 * To the program, by iretq: it restores everything. It cannot fault, which it
 * would do in ring 0 with the program's GS: selectors are the port's or came
 * from the CPU, and x86_user_leave() lets no address pass that is none.
 */
user_return:
	movq	%rsp, %rdi
	call	x86_user_leave
	swapgs
	RETURN
	.size	port_frame_leave, . - port_frame_leave

	.section .note.GNU-stack, "", @progbits
