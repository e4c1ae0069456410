/*
 * space.h - an address space to edit: published, loaded on this CPU, and nobody's.
 *
 * Its pages lie at STUDY_SPOT; all its tables are there. Between study_space_open() and
 * study_space_close() preemption is off, so that no switch loads another.
 */
#ifndef STUDY_SPACE_H
#define STUDY_SPACE_H

#include <arch/mmu.h>
#include <x86/pt.h>

#define STUDY_SPOT  ((vaddr_t)0x40000000) /* all of it within the reach of 32 bits */
#define STUDY_PAGES 4096u

struct study_space {
	struct mmu_aspace as;
	pte_t *leaf; /* the table of the first PT_ENTRIES pages */
	/* To be mapped, in turns: three, so that whoever is a turn or two late maps another, too. */
	pfn_t frames[3];
};

extern struct study_space study_space;

/* False when there is no memory. */
bool study_space_open(void);
void study_space_close(void);

static inline vaddr_t study_page(unsigned i)
{
	return STUDY_SPOT + (vaddr_t)i * PAGE_SIZE;
}

/* An entry as programs have them: writable memory. In each turn it is of another frame. */
static inline pte_t study_entry(unsigned turn)
{
	return pte_make(study_space.frames[turn % ARRAY_SIZE(study_space.frames)],
		PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_NX);
}

#endif
