/* port/mmu.h (x86) - an address space: its root table(s) and what it owns. */
#ifndef PORT_MMU_H
#define PORT_MMU_H

#include <kernel/list.h>

/* Most single pages whose TLB entries are dropped one by one; beyond, everything is. */
#define MMU_FLUSH_PAGES 16

/* Most subtrees that wait to be linked into live tables; beyond, they are linked early. */
#define MMU_LINKS 8

struct mmu_link {
	void *slot;	/* entry of a live table */
	uint64_t value; /* that links a fresh, still private, subtree */
};

struct mmu_aspace {
	pfn_t root;	 /* the topmost table */
	pfn_t user_root; /* pv64: the root user mode runs on, without the kernel; else PFN_NONE */
	bool published;
	atomic_u64 loaded_on; /* CPUs that have it loaded, one bit each */

	uint64_t flush_set; /* pv64: CPUs that a queued flush is for; Xen reads it here */

	/* the open transaction */
	bool flush_all;
	unsigned flush_count;
	vaddr_t flush_pages[MMU_FLUSH_PAGES];
	vaddr_t queued_from,
		queued_to; /* live leaves whose writes wait in the batch lie between these */
	unsigned link_count;
	struct mmu_link links[MMU_LINKS];
	struct list fresh; /* tables of the subtrees in `links` */

	unsigned long leaf_last; /* the leaf table that was used last: see mmu.c */

	struct list tables; /* every other table page but the roots, by struct page link */
	unsigned long table_count;
};

#endif
