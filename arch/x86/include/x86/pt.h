/*
 * x86/pt.h - what differs between ports in the one page-table walker (arch/x86/mmu.c).
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

/* Write an entry: plain when the space is private, through the batch when published. */
void pt_set(struct mmu_aspace *as, const void *site, pte_t *slot, pte_t value);

/* A fresh, zeroed table page is about to be linked into `as` / was unlinked and comes back writable. */
void pt_table_attach(struct mmu_aspace *as, const void *site, struct page *table);
void pt_table_detach(struct mmu_aspace *as, struct page *table);

/* Fill the kernel's part of a fresh root (and make the user root, where there is one). 0 or -ENOMEM. */
int pt_roots_init(struct mmu_aspace *as) __must_check;
void pt_roots_free(struct mmu_aspace *as);

/* Write a top-level entry for a user address, in both roots where there are two. */
void pt_root_set(struct mmu_aspace *as, const void *site, unsigned index, pte_t value);

/* Register and pin, or unpin; see arch/mmu.h. */
void pt_publish(struct mmu_aspace *as, const void *site);
void pt_retire(struct mmu_aspace *as, const void *site);

/* Drop the TLB entries noted in as->flush_*, and carry out everything queued. */
void pt_commit(struct mmu_aspace *as, const void *site);

/* Load the space on this CPU; part of the context switch. */
void pt_load(struct mmu_aspace *as);

#endif
