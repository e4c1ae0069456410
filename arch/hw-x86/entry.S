/*
 * entry.S - the first instructions: PVH entry, early page tables, long mode.
 *
 * The loader (QEMU, Xen's toolstack) finds the address of `entry` in the ELF note and comes
 * in 32-bit protected mode, flat segments, paging off, interrupts masked, EBX the
 * physical address of struct hvm_start_info (Xen public arch-x86/hvm/start_info.h;
 * docs/misc/pvh). Nothing else is known, not even that there is a stack.
 *
 * The early tables map the lowest 4 GiB three times with the same tables: where
 * it is, so that the instruction after turning on paging exists; in the direct
 * map; and its first GiB as the kernel image. paging_init() replaces them.
 */
#include <port/layout.h>
#include <hw/control.h>
#include <x86/stack.h>

#define PHYSICAL(symbol) ((symbol)-LAYOUT_IMAGE_BASE)

#define TABLE_ENTRY    0x03	/* present, writable */
#define LARGE_ENTRY    0x83	/* 2 MiB */
#define SLOT(va, level) ((((va) >> (12 + 9 * ((level)-1))) & 511) * 8)

#define XEN_ELFNOTE_PHYS32_ENTRY 18

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 8, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.quad	PHYSICAL(entry)

	.section .text.entry, "ax", @progbits
	.code32
	.globl	entry
	.type	entry, @function
entry:
	cli
	cld
	rdtsc
	movl	%eax, %esi
	movl	%edx, %ebp

	movl	$PHYSICAL(bss_start), %edi
	movl	$PHYSICAL(bss_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl
	movl	%esi, PHYSICAL(boot_tsc)
	movl	%ebp, PHYSICAL(boot_tsc) + 4
	movl	%ebx, %ebp		/* cpuid takes ebx */

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	not_64_bit
	movl	$0x80000001, %eax
	cpuid
	andl	$(1 << 29 | 1 << 20), %edx	/* long mode, NX */
	cmpl	$(1 << 29 | 1 << 20), %edx
	jne	not_64_bit

	/* Level 2: 2048 entries of 2 MiB, consecutive over four tables. */
	movl	$PHYSICAL(early_level2), %edi
	movl	$LARGE_ENTRY, %eax
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	jnc	1b

	/* Level 3, for the low 4 GiB and for the image. */
	movl	$PHYSICAL(early_level3), %edi
	movl	$PHYSICAL(early_level2) + TABLE_ENTRY, %eax
	movl	%eax, PHYSICAL(early_level3_image) + SLOT(LAYOUT_IMAGE_BASE, 3)
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x1000, %eax
	loop	1b

	movl	$PHYSICAL(early_level4), %edi
	movl	$PHYSICAL(early_level3) + TABLE_ENTRY, %eax
	movl	%eax, (%edi)
	movl	%eax, SLOT(LAYOUT_DIRECT_BASE, 4)(%edi)
	movl	$PHYSICAL(early_level3_image) + TABLE_ENTRY, %eax
	movl	%eax, SLOT(LAYOUT_IMAGE_BASE, 4)(%edi)

	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	%edi, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	movl	$(CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_PG), %eax
	movl	%eax, %cr0
	lgdtl	PHYSICAL(early_gdt_pointer)
	ljmpl	$0x08, $PHYSICAL(entry_64_low)

/* To COM1, byte by byte as it takes them; then the chipset's reset, or stop. */
not_64_bit:
	movl	$PHYSICAL(not_64_bit_text), %esi
	movl	$not_64_bit_text_end - not_64_bit_text, %ecx
1:	movl	$0x3fd, %edx
	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movl	$0x3f8, %edx
	outsb
	loop	1b
	movl	$0xcf9, %edx
	movb	$0x0e, %al
	outb	%al, %dx
1:	hlt
	jmp	1b
not_64_bit_text:
	.ascii	"boot: this kernel needs a 64-bit CPU with NX\r\nverdict: 2\r\n"
not_64_bit_text_end:

	.code64
entry_64_low:
	movabsq	$entry_64, %rax
	jmp	*%rax
	.size	entry, . - entry

	.type	entry_64, @function
entry_64:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movq	$boot_stack + BOOT_STACK_GUARD + BOOT_STACK_SIZE, %rsp
	movl	%ebp, %edi		/* zero-extends */
	xorl	%ebp, %ebp		/* backtraces end here */
	call	hw_start
	ud2
	.size	entry_64, . - entry_64

	.section .rodata.entry, "a", @progbits
	.balign	8
early_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 64-bit code */
early_gdt_end:
early_gdt_pointer:
	.word	early_gdt_end - early_gdt - 1
	.long	PHYSICAL(early_gdt)

	.section .bss.early_tables, "aw", @nobits
	.balign	4096
	.globl	early_level4		/* further CPUs begin with it too */
early_level4:
	.skip	4096
early_level3:
	.skip	4096
early_level3_image:
	.skip	4096
early_level2:
	.skip	4 * 4096

	.globl	boot_tsc
	.balign	8
boot_tsc:
	.skip	8

	.section .note.GNU-stack, "", @progbits
