/*
 * page.h - page frames: one struct page each, a buddy allocator over them.
 *
 * All memory the machine gave us is in the direct map, so a frame has one
 * kernel address for ever: pfn_to_virt(). Frames are handed out in blocks of
 * 2^order, aligned to their size (in pfn terms; nothing promises that machine
 * frames behind them are contiguous).
 */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include <kernel/list.h>
#include <kernel/spinlock.h>
#include <port/layout.h>

#define PAGE_ORDER_MAX 10

enum page_kind {
	PAGE_HOLE,     /* no RAM there */
	PAGE_RESERVED, /* not the allocator's: firmware, kernel image, boot tables */
	PAGE_BODY,     /* within a block, whose first frame says what it is */
	PAGE_FREE,     /* first frame of a free block */
	PAGE_STOCK,    /* free, and at hand for one CPU */
	PAGE_USED,     /* handed out, nobody said for what */
	PAGE_CACHE,    /* a slab of an object cache; owner is the cache */
	PAGE_TABLE,    /* a page-table page; owner is its struct mmu_aspace */
	PAGE_SHARED,   /* granted to another domain: must not be freed until made PAGE_USED again */
};

struct page {
	struct list link; /* free list, or the owner's */
	void *owner;
	uint32_t
		refs; /* users of the frame; the allocator hands out with 1, takes back at most 1 */
	uint8_t kind;
	uint8_t order;
	uint16_t count; /* the owner's: objects in a slab, entries in a table */
};

/* Of a frame of RAM, else NULL; NULL for all before page_init(). */
struct page *page_of(pfn_t p);
pfn_t page_pfn(const struct page *page);
void *page_address(const struct page *page); /* in the direct map */

static inline void *pfn_to_virt(pfn_t p)
{
	return (void *)(LAYOUT_DIRECT_BASE + (p.n << PAGE_SHIFT));
}

/* Of an address in the direct map only. */
static inline pfn_t virt_to_pfn(const void *v)
{
	return pfn(((vaddr_t)v - LAYOUT_DIRECT_BASE) >> PAGE_SHIFT);
}

/*
 * 2^order frames with refs 1, contents undefined; NULL when there are none.
 * Never sleeps; any context.
 */
struct page *page_alloc(unsigned order) __must_check;

/* As page_alloc(0), zeroed; returns the direct-map address. */
void *page_alloc_zeroed(void) __must_check;

/*
 * Give back a block, with the order it was allocated with. Any context. What is
 * not allocated, shared, used by several or of another order panics.
 */
void page_free(struct page *page, unsigned order);

/* A block that was handed out becomes 2^order frames that are given back one by one, each with order 0. Any context. */
void page_split(struct page *page, unsigned order);

/*
 * Boot only: build the array for [0, limit) and give the allocator its free
 * ranges. Ends the machine with status 3 when there is too little memory.
 */
void page_init(void);

/* Log the memory map and how much of it is used. */
void page_describe(void);

/*
 * Panic for want of memory that page_init() made sure of, or that somebody
 * should have: names the allocator, the size and, by `who`, the code that asked.
 */
void memory_exhausted(const char *allocator, size_t size, const void *who) __noreturn;

struct page_stats {
	unsigned long total; /* frames the allocator manages */
	unsigned long free;
	unsigned long low_water; /* least `free` ever seen */
};
void page_stats_get(struct page_stats *stats);

#endif
