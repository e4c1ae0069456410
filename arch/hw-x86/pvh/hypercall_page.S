/* hypercall_page.S - room for Xen's stubs; filled by xen.c while text is still writable. */
	.section .text.hypercall_page, "ax", @progbits
	.globl	hypercall_page
	.balign	4096
hypercall_page:
	.skip	4096, 0xcc	/* int3 */

	.section .note.GNU-stack, "", @progbits
