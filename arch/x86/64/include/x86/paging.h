/*
 * x86/paging.h (64-bit) - four levels; an entry is one word. For <x86/pte.h> only.
 */
#ifndef X86_PAGING_H
#define X86_PAGING_H

#define PT_LEVELS 4u

/* Of an entry that points to a table. */
#define PTE_LINK (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

static inline pte_t pte_read(const pte_t *slot)
{
	return (pte_t){ READ_ONCE(slot->v) };
}

/* Plainly: of a table that is private, or on bare hardware. */
static inline void pte_write(pte_t *slot, pte_t value)
{
	WRITE_ONCE(slot->v, value.v);
}

/* A frame's number and that of a stretch of 2 MiB of user addresses and one, in a word: mmu.c. */
#define LEAF_FRAME_BITS 36

#endif
