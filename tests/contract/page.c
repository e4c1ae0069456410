/* page.c - the frame allocator. */
#include <arch/boot.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include "memory.h"

#define COUNT 64

static void frame_fill(struct page *page, unsigned long value)
{
	unsigned long *words = page_address(page);

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		words[i] = value + i;
	}
}

static bool frame_holds(struct page *page, unsigned long value)
{
	unsigned long *words = page_address(page);

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		if (words[i] != value + i) {
			return false;
		}
	}
	return true;
}

KTEST(page_frames_are_distinct)
{
	unsigned long before = frames_free();
	struct page *frames[COUNT];

	for (unsigned i = 0; i < COUNT; i++) {
		frames[i] = page_alloc(0);
		KTEST_REQUIRE(frames[i]);
		KTEST_EXPECT(frames[i]->refs == 1 && frames[i]->kind == PAGE_USED);
		frame_fill(frames[i], i * 100000ul);
	}
	KTEST_EXPECT(frames_free() == before - COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		KTEST_EXPECT(frame_holds(frames[i], i * 100000ul));
		page_free(frames[i], 0);
	}
	KTEST_EXPECT(frames_free() == before);
}

KTEST(page_blocks_are_aligned)
{
	unsigned long before = frames_free();

	for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
		struct page *block = page_alloc(order);

		if (!block) {
			continue; /* not every machine has that much in one piece */
		}
		KTEST_EXPECT(page_pfn(block).n % (1ul << order) == 0);
		KTEST_EXPECT(frames_free() == before - (1ul << order));
		memset(page_address(block), 0x33, PAGE_SIZE << order);
		page_free(block, order);
	}
	KTEST_EXPECT(!page_alloc(PAGE_ORDER_MAX + 1));
	KTEST_EXPECT(frames_free() == before);
}

KTEST(page_zeroed)
{
	struct page *dirty = page_alloc(0);
	unsigned long *words;

	KTEST_REQUIRE(dirty);
	frame_fill(dirty, 5);
	page_free(dirty, 0);
	words = page_alloc_zeroed();
	KTEST_REQUIRE(words);
	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		KTEST_REQUIRE(words[i] == 0);
	}
	page_free(page_of(virt_to_pfn(words)), 0);
}

KTEST(page_of_and_back)
{
	struct page *page = page_alloc(0);

	KTEST_REQUIRE(page);
	KTEST_EXPECT(page_of(page_pfn(page)) == page);
	KTEST_EXPECT(page_address(page) == pfn_to_virt(page_pfn(page)));
	KTEST_EXPECT(virt_to_pfn(page_address(page)).n == page_pfn(page).n);
	KTEST_EXPECT(!page_of(boot_info.limit) && !page_of(PFN_NONE));
	page_free(page, 0);
}

/* Frames in no region are no RAM; reserved ones have a struct page and stay reserved. */
KTEST(page_regions)
{
	unsigned long end = 0;

	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		KTEST_EXPECT(r->start.n >= end && r->count > 0);
		if (r->start.n > end) {
			KTEST_EXPECT(!page_of(pfn(end)) && !page_of(pfn(r->start.n - 1)));
		}
		KTEST_REQUIRE(page_of(r->start));
		if (r->kind == REGION_KERNEL) {
			KTEST_EXPECT(page_of(r->start)->kind == PAGE_RESERVED);
		}
		end = r->start.n + r->count;
	}
	KTEST_EXPECT(boot_info.limit.n == end);
}

/* How many blocks of `order` can be had at once. */
static unsigned blocks_count(unsigned order)
{
	struct list blocks = LIST_INIT(blocks);
	unsigned count = 0;
	struct page *block;

	while ((block = page_alloc(order))) {
		list_push_back(&blocks, &block->link);
		count++;
	}
	list_for_each_safe(node, &blocks) {
		list_remove(node);
		page_free(list_entry(node, struct page, link), order);
	}
	return count;
}

/* Whatever order frames come back in, they merge to what they were split from. */
KTEST(page_merges)
{
	unsigned large = blocks_count(PAGE_ORDER_MAX), small = blocks_count(3);
	unsigned long before = frames_free();
	struct list hoard, odd = LIST_INIT(odd);
	unsigned i = 0;

	KTEST_EXPECT(hoard_fill(&hoard, ALL_FRAMES) == before);
	KTEST_EXPECT(frames_free() == 0 && !page_alloc(0) && !page_alloc(5));
	list_for_each_safe(node, &hoard) {
		if (i++ % 2) {
			list_remove(node);
			list_push_front(&odd, node);
		}
	}
	hoard_release(&hoard, ALL_FRAMES);
	KTEST_EXPECT(blocks_count(3) <= small);
	hoard_release(&odd, ALL_FRAMES);
	KTEST_EXPECT(frames_free() == before);
	KTEST_EXPECT(blocks_count(3) == small);
	KTEST_EXPECT(blocks_count(PAGE_ORDER_MAX) == large);
}

KTEST(page_low_water)
{
	struct page_stats stats;
	struct list hoard;

	page_stats_get(&stats);
	KTEST_EXPECT(stats.low_water <= stats.free && stats.free <= stats.total);
	hoard_fill(&hoard, ALL_FRAMES);
	hoard_release(&hoard, ALL_FRAMES);
	page_stats_get(&stats);
	KTEST_EXPECT(stats.low_water == 0 && stats.free > 0);
}
