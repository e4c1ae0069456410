/*
 * trampoline.S (native64) - the first instructions of a further CPU.
 *
 * It starts in real mode at the beginning of the page that the start-up message
 * named, where smp.c has copied this. Only what must be there is: the way to flat
 * 32-bit code, which runs at its physical address in the image. From there the
 * early tables of entry.S lead to 64 bits, and the final ones to the stack.
 */
#include <port/layout.h>
#include <hw/control.h>

#define PHYSICAL(symbol) ((symbol)-LAYOUT_IMAGE_BASE)

	.section .rodata.trampoline, "a", @progbits
	.code16
	.globl	trampoline
trampoline:
	cli
	cld
	lgdtl	%cs:trampoline_gdt_pointer - trampoline
	movl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$0x10, $PHYSICAL(trampoline_32)

	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad	0x00cf9b000000ffff	/* 0x10: 32-bit code */
	.quad	0x00cf93000000ffff	/* 0x18: data */
trampoline_gdt_pointer:
	.word	. - trampoline_gdt - 1
	.long	PHYSICAL(trampoline_gdt)	/* in the image: it is used on after the jump */
	.globl	trampoline_end
trampoline_end:

	.text
	.code32
trampoline_32:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PHYSICAL(early_level4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	movl	$(CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_PG), %eax
	movl	%eax, %cr0
	ljmpl	$0x08, $PHYSICAL(trampoline_64_low)

	.code64
trampoline_64_low:
	movabsq	$trampoline_64, %rax
	jmp	*%rax

/* The idle thread's stack is mapped by the final tables only. */
trampoline_64:
	movq	trampoline_start(%rip), %rax
	movq	%rax, %cr3
	movq	trampoline_start + 8(%rip), %rsp
	movq	trampoline_start + 16(%rip), %rdi
	xorl	%ebp, %ebp		/* backtraces end here */
	call	hw_cpu_enter
	ud2

	.bss
	.balign	8
	.globl	trampoline_start
trampoline_start:
	.skip	24

	.section .note.GNU-stack, "", @progbits
