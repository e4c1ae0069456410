/*
 * probe.S - the one copy loop whose accesses may fault.
 *
 * `rep movsb` faults with rip at itself, so one fixup covers every byte. Where
 * SMAP is on, RFLAGS.AC suspends it for the length of the copy: a probe may
 * look at user memory too. An interrupt in between does not take AC along
 * (vectors.S of the hw port).
 */
#include <x86/fixup.h>

	.text

/* int probe_copy(void *dst, const void *src, size_t len): 0, or 1 after a fault. */
	.globl	probe_copy
	.type	probe_copy, @function
probe_copy:
	movq	%rdx, %rcx
	xorl	%eax, %eax
	cmpb	$0, smap_enabled(%rip)
	jne	probe_copy_smap
probe_copy_access:
	rep movsb
	ret
probe_copy_fault:
	movl	$1, %eax
	ret

probe_copy_smap:
	stac
probe_copy_user_access:
	rep movsb
	clac
	ret
probe_copy_user_fault:
	clac
	movl	$1, %eax
	ret
	FIXUP	probe_copy_access, probe_copy_fault
	FIXUP	probe_copy_user_access, probe_copy_user_fault
	.size	probe_copy, . - probe_copy

	.section .note.GNU-stack, "", @progbits
