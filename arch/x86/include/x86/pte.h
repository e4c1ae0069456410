/*
 * x86/pte.h - page-table entries of 64-bit and PAE paging (Intel SDM 3A, 4.5; AMD APM 2, 5.3).
 */
#ifndef X86_PTE_H
#define X86_PTE_H

#include <kernel/types.h>

typedef struct {
	uint64_t v;
} pte_t;

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITE    (UINT64_C(1) << 1)
#define PTE_USER     (UINT64_C(1) << 2)
#define PTE_PWT	     (UINT64_C(1) << 3)
#define PTE_PCD	     (UINT64_C(1) << 4)
#define PTE_ACCESSED (UINT64_C(1) << 5)
#define PTE_DIRTY    (UINT64_C(1) << 6)
#define PTE_LARGE    (UINT64_C(1) << 7)
#define PTE_GLOBAL   (UINT64_C(1) << 8)
#define PTE_NX	     (UINT64_C(1) << 63)

#define PTE_FRAME_MASK UINT64_C(0x000ffffffffff000)

#define PT_ENTRIES 512u

/* Index into the table of `level` (1 is the leaf) for `va`. */
static inline unsigned pt_index(vaddr_t va, unsigned level)
{
	return (unsigned)(va >> (PAGE_SHIFT + 9 * (level - 1))) & (PT_ENTRIES - 1);
}

/* Bytes that one entry of `level` spans. */
static inline vaddr_t pt_span(unsigned level)
{
	return (vaddr_t)1 << (PAGE_SHIFT + 9 * (level - 1));
}

static inline bool pte_is_present(pte_t e)
{
	return e.v & PTE_PRESENT;
}

/* PT_LEVELS, and how an entry is read and written as one although it may be two words. */
#include <x86/paging.h>

#endif
