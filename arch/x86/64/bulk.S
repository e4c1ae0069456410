/* bulk.S - arch/bulk.h by the string instructions (Intel SDM 1, 7.3.9.3; AMD APM 1, 3.3.5). */

	.text
	.globl	bulk_copy
	.type	bulk_copy, @function
bulk_copy:
	movq	%rdx, %rcx
	rep movsq
	ret
	.size	bulk_copy, . - bulk_copy

	.globl	bulk_fill
	.type	bulk_fill, @function
bulk_fill:
	movq	%rsi, %rax
	movq	%rdx, %rcx
	rep stosq
	ret
	.size	bulk_fill, . - bulk_fill

	.section .note.GNU-stack, "", @progbits
