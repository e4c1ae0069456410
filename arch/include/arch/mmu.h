/*
 * arch/mmu.h - contract: address spaces and page-table edits.
 *
 * A page-table edit is a transaction: reserve, edit, commit.
 *   reserve   allocates every table page that the range may need; the only step
 *             that can fail.
 *   edit      mmu_map / mmu_unmap / mmu_protect queue; order is kept.
 *   commit    makes the edits and their TLB effects visible; cannot fail.
 * An address space is private, then published. Private: nobody can load it and
 * edits are plain stores. Publishing registers it with the hypervisor; from
 * then on every edit goes through the batch. Retiring unpins it and makes it
 * private again: for tearing down, with plain stores.
 *
 * Invariants:
 *   M1  A table page has no writable mapping anywhere while it is published.
 *   M2  Between the first edit and mmu_commit() the caller does not sleep and
 *       stays on its CPU (a spinlock held, or preemption off).
 *   M3  Edits stay within what was reserved.
 *   M4  No page-table page is allocated between reserve and commit.
 *   M5  A frame that was unmapped may be reused only after commit.
 * The caller serializes edits of one address space. User mappings lie below
 * LAYOUT_USER_END; mmu_kernel is edited within the LAYOUT_VMAP_* range only,
 * and is part of every address space.
 *
 * <port/mmu.h> defines struct mmu_aspace.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <kernel/types.h>
#include <port/layout.h>
#include <port/mmu.h>

enum mmu_prot {
	MMU_READ = 1u << 0, /* always implied */
	MMU_WRITE = 1u << 1,
	MMU_EXEC = 1u << 2,
	MMU_USER = 1u << 3,
};

struct mmu_entry {
	vaddr_t va;
	pfn_t pfn;
	unsigned prot; /* enum mmu_prot */
};

extern struct mmu_aspace mmu_kernel;

/* A private, empty address space (it shares the kernel's part). 0 or -ENOMEM. */
int mmu_create(struct mmu_aspace *as) __must_check;

/* Register it: it may be loaded from now on. */
void mmu_publish(struct mmu_aspace *as);

/* The same as part of another space's open transaction, or before mmu_load(): done with that, in the same batch. */
void mmu_publish_within(struct mmu_aspace *as);

/*
 * Unregister it; private again. No thread runs in it any more, and the caller's aspace is another
 * one, or none. Other CPUs that still have it loaded from one that did are made to leave it;
 * this one, if it has, is on mmu_kernel afterwards, in the same batch.
 */
void mmu_retire(struct mmu_aspace *as);

/* Load it on this CPU, at once; a published space or mmu_kernel. Preemption off, or the caller stays on its CPU otherwise. */
void mmu_load(struct mmu_aspace *as);

/* Free its table pages (mapped frames are the caller's). It must be private. */
void mmu_destroy(struct mmu_aspace *as);

/* Tables for `pages` pages from `va` on. 0 or -ENOMEM; on failure nothing changed but some empty tables. */
int mmu_reserve(struct mmu_aspace *as, vaddr_t va, size_t pages) __must_check;

/* Edits of one page. Mapping over a present page replaces it. Unmapping what is not mapped does nothing. */
void mmu_map(struct mmu_aspace *as, vaddr_t va, pfn_t pfn, unsigned prot);
void mmu_unmap(struct mmu_aspace *as, vaddr_t va);
void mmu_protect(struct mmu_aspace *as, vaddr_t va, unsigned prot);
void mmu_commit(struct mmu_aspace *as);

/* What is mapped at `va`, queued edits of this CPU included only after commit; false when nothing. */
bool mmu_query(struct mmu_aspace *as, vaddr_t va, struct mmu_entry *entry);

/*
 * The first pages at or after *va and below `end` that are mapped, in ascending order: as many as stand
 * together in a table, at most `count`, in `entries`. How many; *va is where to go on. 0 when there is none.
 * What is said of a page holds until somebody edits it.
 */
size_t mmu_next(
	struct mmu_aspace *as, vaddr_t *va, vaddr_t end, struct mmu_entry *entries, size_t count);

/* Table pages it owns. */
unsigned long mmu_table_count(const struct mmu_aspace *as);

/* Kernel mappings outside the direct map: `pages` frames at a fresh address with an unmapped page before and after; NULL when out of memory or space. */
void *vmap(const pfn_t *pfns, size_t pages, unsigned prot) __must_check;
void vunmap(void *va, size_t pages);

#endif
