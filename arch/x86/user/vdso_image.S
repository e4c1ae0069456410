/* vdso_image.S - the shared object of arch/x86/vdso, linked by itself, as bytes. */

	.section .rodata.vdso, "a"
	.globl vdso_image, vdso_image_end
	.balign 8
vdso_image:
	.incbin VDSO_IMAGE
vdso_image_end:

	.section .note.GNU-stack, "", @progbits
