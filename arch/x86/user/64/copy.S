/*
 * copy.S - the accesses to user memory; each may fault, and then goes on at its fixup.
 *
 * By words, then by bytes. `rep movs` and `rep stos` fault with RIP at themselves and RCX telling
 * what is left, of words at the first; a word across two pages may have been copied in part.
 */
#include <x86/fixup.h>

	.text

/* size_t user_copy_raw(void *dst, const void *src, size_t len): bytes not copied. */
	.globl	user_copy_raw
	.type	user_copy_raw, @function
user_copy_raw:
	movq	%rdx, %rcx
	shrq	$3, %rcx
	andl	$7, %edx
1:	rep movsq
	movl	%edx, %ecx
2:	rep movsb
3:	movq	%rcx, %rax
	ret
4:	leaq	(%rdx, %rcx, 8), %rax
	ret
	FIXUP	1b, 4b
	FIXUP	2b, 3b
	.size	user_copy_raw, . - user_copy_raw

/* size_t user_clear_raw(void *dst, size_t len): bytes not cleared. */
	.globl	user_clear_raw
	.type	user_clear_raw, @function
user_clear_raw:
	movq	%rsi, %rcx
	shrq	$3, %rcx
	andl	$7, %esi
	xorl	%eax, %eax
1:	rep stosq
	movl	%esi, %ecx
2:	rep stosb
3:	movq	%rcx, %rax
	ret
4:	leaq	(%rsi, %rcx, 8), %rax
	ret
	FIXUP	1b, 4b
	FIXUP	2b, 3b
	.size	user_clear_raw, . - user_clear_raw

/* long user_string_raw(char *dst, const char *src, size_t size): length, -1 after a fault, -2 when there is no NUL. */
	.globl	user_string_raw
	.type	user_string_raw, @function
user_string_raw:
	xorl	%eax, %eax
1:	cmpq	%rdx, %rax
	jae	3f
2:	movb	(%rsi, %rax), %cl
	movb	%cl, (%rdi, %rax)
	testb	%cl, %cl
	jz	4f
	incq	%rax
	jmp	1b
3:	movq	$-2, %rax
4:	ret
5:	movq	$-1, %rax
	ret
	FIXUP	2b, 5b
	.size	user_string_raw, . - user_string_raw

/* int user_cmpxchg_raw(uint32_t *at, uint32_t *old, uint32_t value): 0, or 1 after a fault. */
	.globl	user_cmpxchg_raw
	.type	user_cmpxchg_raw, @function
user_cmpxchg_raw:
	movl	(%rsi), %eax
1:	lock cmpxchgl %edx, (%rdi)
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
2:	movl	$1, %eax
	ret
	FIXUP	1b, 2b
	.size	user_cmpxchg_raw, . - user_cmpxchg_raw

	.section .note.GNU-stack, "", @progbits
