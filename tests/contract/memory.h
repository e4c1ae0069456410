/* memory.h - using up all memory, for tests of what happens then. */
#ifndef CONTRACT_MEMORY_H
#define CONTRACT_MEMORY_H

#include <arch/mmu.h>
#include <kernel/page.h>
#include <kernel/stack.h>

/* Once kept stacks are given back. */
static inline unsigned long frames_free(void)
{
	struct page_stats stats;

	stack_stock_free();
	page_stats_get(&stats);
	return stats.free;
}

/* Frames that are free or became page tables of the vmap region, which stay for ever. */
static inline unsigned long frames_unclaimed(void)
{
	return frames_free() + mmu_table_count(&mmu_kernel);
}

/* Take single frames until there are none, or at most `max`; returns how many. */
static inline unsigned long hoard_fill(struct list *hoard, unsigned long max)
{
	unsigned long count = 0;
	struct page *page;

	list_init(hoard);
	while (count < max && (page = page_alloc(0))) {
		list_push_back(hoard, &page->link);
		count++;
	}
	return count;
}

/* Give `count` of them back, or all there are. */
static inline void hoard_release(struct list *hoard, unsigned long count)
{
	while (count-- > 0 && !list_is_empty(hoard)) {
		struct list *first = list_first(hoard);

		list_remove(first);
		page_free(list_entry(first, struct page, link), 0);
	}
}

#define ALL_FRAMES ~0ul

#endif
