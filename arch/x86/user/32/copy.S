/*
 * copy.S (32-bit) - the accesses to user memory; each may fault, and then goes on at its fixup.
 *
 * By words, then by bytes. `rep movs` and `rep stos` fault with EIP at themselves and ECX telling
 * what is left, of words at the first; a word across two pages may have been copied in part.
 */
#include <x86/fixup.h>

	.text

/* size_t user_copy_raw(void *dst, const void *src, size_t len): bytes not copied. */
	.globl	user_copy_raw
	.type	user_copy_raw, @function
user_copy_raw:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %edx
	movl	%edx, %ecx
	shrl	$2, %ecx
	andl	$3, %edx
1:	rep movsl
	movl	%edx, %ecx
2:	rep movsb
3:	movl	%ecx, %eax
	popl	%edi
	popl	%esi
	ret
4:	leal	(%edx, %ecx, 4), %ecx
	jmp	3b
	FIXUP	1b, 4b
	FIXUP	2b, 3b
	.size	user_copy_raw, . - user_copy_raw

/* size_t user_clear_raw(void *dst, size_t len): bytes not cleared. */
	.globl	user_clear_raw
	.type	user_clear_raw, @function
user_clear_raw:
	pushl	%edi
	movl	8(%esp), %edi
	movl	12(%esp), %edx
	movl	%edx, %ecx
	shrl	$2, %ecx
	andl	$3, %edx
	xorl	%eax, %eax
1:	rep stosl
	movl	%edx, %ecx
2:	rep stosb
3:	movl	%ecx, %eax
	popl	%edi
	ret
4:	leal	(%edx, %ecx, 4), %ecx
	jmp	3b
	FIXUP	1b, 4b
	FIXUP	2b, 3b
	.size	user_clear_raw, . - user_clear_raw

/* long user_string_raw(char *dst, const char *src, size_t size): length, -1 after a fault, -2 when there is no NUL. */
	.globl	user_string_raw
	.type	user_string_raw, @function
user_string_raw:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %edx
	xorl	%eax, %eax
1:	cmpl	%edx, %eax
	jae	3f
2:	movb	(%esi, %eax), %cl
	movb	%cl, (%edi, %eax)
	testb	%cl, %cl
	jz	4f
	incl	%eax
	jmp	1b
3:	movl	$-2, %eax
4:	popl	%edi
	popl	%esi
	ret
5:	movl	$-1, %eax
	jmp	4b
	FIXUP	2b, 5b
	.size	user_string_raw, . - user_string_raw

/* int user_cmpxchg_raw(uint32_t *at, uint32_t *old, uint32_t value): 0, or 1 after a fault. */
	.globl	user_cmpxchg_raw
	.type	user_cmpxchg_raw, @function
user_cmpxchg_raw:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %edx
	movl	(%esi), %eax
1:	lock cmpxchgl %edx, (%edi)
	movl	%eax, (%esi)
	xorl	%eax, %eax
2:	popl	%edi
	popl	%esi
	ret
3:	movl	$1, %eax
	jmp	2b
	FIXUP	1b, 3b
	.size	user_cmpxchg_raw, . - user_cmpxchg_raw

	.section .note.GNU-stack, "", @progbits
