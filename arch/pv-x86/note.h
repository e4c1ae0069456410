/* note.h (pv-x86) - an ELF note for Xen's domain builder, in assembly: NOTE type, directive, value. */
#ifndef PV_NOTE_H
#define PV_NOTE_H

/* clang-format off */
.macro NOTE type, desc_directive, desc:vararg
	.pushsection .note.Xen, "a", @note
	.balign	4
	.long	2f - 1f
	.long	4f - 3f
	.long	\type
1:	.asciz	"Xen"
2:	.balign	4
3:	\desc_directive \desc
4:	.balign	4
	.popsection
.endm
/* clang-format on */

#endif
