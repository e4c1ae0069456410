/*
 * x86/pt.h - what differs between ports in the one page-table walker (arch/x86/mmu.c).
 *
 * A table page is private or live. Private: plain memory that no CPU walks.
 * Live: registered with the hypervisor, read-only to us, written through the
 * batch. On bare hardware a table is never made live, since a plain store is
 * all an edit takes. The state is in the frame's struct page.
 *
 * <port/pt.h> provides inline
 *     pte_t pte_make(pfn_t p, uint64_t flags)    entry that maps frame p
 *     pfn_t pte_pfn(pte_t e)                     frame of a present entry
 * (on pv64 through the physical-to-machine tables, on bare hardware plainly)
 * and the port's pt.c the functions below. `site` is who asked, for the batch's
 * statistics; bare hardware ignores it.
 */
#ifndef X86_PT_H
#define X86_PT_H

#include <kernel/page.h>
#include <port/mmu.h>
#include <x86/pte.h>
#include <port/pt.h>

enum pt_state { PT_PRIVATE, PT_LIVE };

/* The tables that stood before there were any struct pages are live. */
static inline enum pt_state pt_state(const struct page *table)
{
	return table->kind == PAGE_TABLE && table->count == PT_PRIVATE ? PT_PRIVATE : PT_LIVE;
}

static inline pte_t *pt_table(pfn_t p)
{
	return pfn_to_virt(p);
}

/* Write an entry of a table below the root: plain if the table is private, through the batch if live. */
void pt_set(const void *site, pte_t *slot, pte_t value);

/* Write a root's entry for a user address, in both roots where there are two. */
void pt_root_set(struct mmu_aspace *as, const void *site, unsigned index, pte_t value);

/* Make a private table live, ready to be linked: queued before anything that follows. */
void pt_table_attach(const void *site, struct page *table);

/* Fill the kernel's part of a fresh space's root(s). 0 or -ENOMEM. */
int pt_roots_init(struct mmu_aspace *as) __must_check;
void pt_roots_free(struct mmu_aspace *as);

/*
 * Register and pin all tables of the space, queued; or leave the space if this CPU has it loaded,
 * unpin and make them private, at once; see arch/mmu.h.
 */
void pt_publish(struct mmu_aspace *as, const void *site);
void pt_retire(struct mmu_aspace *as, const void *site);

/*
 * Drop the TLB entries noted in as->flush_* wherever the space is loaded, and carry out all that is
 * queued. Of a private space nothing is.
 */
void pt_commit(struct mmu_aspace *as, const void *site);

/* Load the space on this CPU; queued on pv64. Preemption off. */
void pt_load(struct mmu_aspace *as, const void *site);

/* Drop what this CPU's TLB holds of as->flush_*; not on pv64, where Xen does it. */
void pt_flush_here(const struct mmu_aspace *as);

/* If this CPU has the space loaded, load mmu_kernel instead, at once and past any queue. Preemption off. */
void pt_leave(void *as);

#endif
