/* port/mmu.h (64-bit x86) - an address space: its root table(s) and what it owns. */
#ifndef PORT_MMU_H
#define PORT_MMU_H

#include <kernel/list.h>

struct mmu_aspace {
	pfn_t root;	 /* level-4 table */
	pfn_t user_root; /* pv64: the root user mode runs on, without the kernel; else PFN_NONE */
	bool published;
	bool flush_all;	    /* queued edits need more than their single pages flushed */
	unsigned flush_count; /* pages waiting in flush_pages */
	vaddr_t flush_pages[16];
	struct list tables; /* every table page below the root, by struct page link */
	unsigned long table_count;
};

#endif
