/*
 * x86/fixup.h - instructions that may fault in kernel mode, and where to go then.
 *
 * Section .fixups is a table of address pairs; x86_trap() looks a kernel-mode
 * trap up before it calls it a bug.
 */
#ifndef X86_FIXUP_H
#define X86_FIXUP_H

#include <x86/word.h>

#ifdef __ASSEMBLER__
/* clang-format off */
/* A trap at `fault` continues at `recovery`, all other registers as they were. */
.macro FIXUP fault, recovery
	.pushsection .fixups, "a"
	.balign	X86_WORD_SIZE
	X86_WORD	\fault, \recovery
	.popsection
.endm
/* clang-format on */
#else
#include <kernel/types.h>

struct fixup {
	vaddr_t fault;
	vaddr_t recovery;
};

/* Whether the CPU keeps the kernel from user memory (CR4.SMAP). False on pv64: that is Xen's business. */
extern bool smap_enabled;

/* The recovery address for a trap at `pc`, 0 when there is none. */
vaddr_t fixup_find(vaddr_t pc);

/* The same for C, within an asm statement. */
#define FIXUP(fault, recovery)                                                                     \
	".pushsection .fixups, \"a\"\n\t.balign " X86_WORD_SIZE "\n\t" X86_WORD " " fault          \
	", " recovery "\n\t.popsection\n\t"
#endif

#endif
