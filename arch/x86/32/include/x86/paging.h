/*
 * x86/paging.h (32-bit) - PAE: three levels, entries of two words. For <x86/pte.h> only.
 *
 * The low word has the present bit, so it is written last when an entry appears
 * and first when it goes; whoever reads takes the high word between two equal readings of
 * the low one. So nobody, the CPU's walker included, sees the frame of one entry in another.
 */
#ifndef X86_PAGING_H
#define X86_PAGING_H

#define PT_LEVELS 3u

/* Of an entry that points to a table; in the root the CPU knows but the first of these, and Xen takes all. */
#define PTE_LINK (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

static inline pte_t pte_read(const pte_t *slot)
{
	const volatile uint32_t *word = (const volatile uint32_t *)(const void *)slot;
	uint32_t low, high;

	do {
		low = word[0];
		high = word[1];
	} while (low != word[0]);
	return (pte_t){ (uint64_t)high << 32 | low };
}

/* Plainly: of a table that is private. */
static inline void pte_write(pte_t *slot, pte_t value)
{
	volatile uint32_t *word = (volatile uint32_t *)(void *)slot;

	word[0] = 0;
	word[1] = (uint32_t)(value.v >> 32);
	word[0] = (uint32_t)value.v;
}

/* A frame's number and that of a stretch of 2 MiB of user addresses and one, in a word: mmu.c. */
#define LEAF_FRAME_BITS 20

#endif
