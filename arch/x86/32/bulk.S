/* bulk.S (32-bit) - arch/bulk.h by the string instructions (Intel SDM 1, 7.3.9.3; AMD APM 1, 3.3.5). */

	.text
	.globl	bulk_copy
	.type	bulk_copy, @function
bulk_copy:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
	addl	%ecx, %ecx
	rep movsl
	popl	%edi
	popl	%esi
	ret
	.size	bulk_copy, . - bulk_copy

/* The word's halves may differ; rep stosl does for those that do not, which is nearly always. */
	.globl	bulk_fill
	.type	bulk_fill, @function
bulk_fill:
	pushl	%edi
	movl	8(%esp), %edi
	movl	12(%esp), %eax
	movl	16(%esp), %edx
	movl	20(%esp), %ecx
	cmpl	%eax, %edx
	jne	1f
	addl	%ecx, %ecx
	rep stosl
	popl	%edi
	ret
1:	jecxz	2f
	movl	%eax, (%edi)
	movl	%edx, 4(%edi)
	addl	$8, %edi
	decl	%ecx
	jmp	1b
2:	popl	%edi
	ret
	.size	bulk_fill, . - bulk_fill

	.section .note.GNU-stack, "", @progbits
