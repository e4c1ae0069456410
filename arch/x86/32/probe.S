/*
 * probe.S (32-bit) - the one copy loop whose accesses may fault.
 *
 * `rep movsb` faults with EIP at itself, so one fixup covers every byte.
 */
#include <x86/fixup.h>

	.text

/* int probe_copy(void *dst, const void *src, size_t len): 0, or 1 after a fault. */
	.globl	probe_copy
	.type	probe_copy, @function
probe_copy:
	pushl	%esi
	pushl	%edi
	movl	12(%esp), %edi
	movl	16(%esp), %esi
	movl	20(%esp), %ecx
	xorl	%eax, %eax
probe_copy_access:
	rep movsb
probe_copy_end:
	popl	%edi
	popl	%esi
	ret
probe_copy_fault:
	movl	$1, %eax
	jmp	probe_copy_end
	FIXUP	probe_copy_access, probe_copy_fault
	.size	probe_copy, . - probe_copy

	.section .note.GNU-stack, "", @progbits
