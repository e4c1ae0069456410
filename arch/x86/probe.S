/*
 * probe.S - the one copy loop whose accesses may fault.
 *
 * `rep movsb` faults with rip at itself, so one fixup covers every byte.
 */
#include <x86/fixup.h>

	.text

/* int probe_copy(void *dst, const void *src, size_t len): 0, or 1 after a fault. */
	.globl	probe_copy
	.type	probe_copy, @function
probe_copy:
	movq	%rdx, %rcx
probe_copy_access:
	rep movsb
	xorl	%eax, %eax
	ret
probe_copy_fault:
	movl	$1, %eax
	ret
	FIXUP	probe_copy_access, probe_copy_fault
	.size	probe_copy, . - probe_copy

	.section .note.GNU-stack, "", @progbits
