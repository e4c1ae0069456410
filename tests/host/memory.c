/* memory.c - frames, object caches and the heap. */
#include "harness.h"

#include <arch/boot.h>
#include <kernel/heap.h>
#include <kernel/page.h>
#include <kernel/string.h>

static struct page_stats stats_now(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	return stats;
}

static bool is_free_memory(unsigned long n)
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		if (r->kind == REGION_FREE && n >= r->start.n && n < r->start.n + r->count) {
			return true;
		}
	}
	return false;
}

/* Every frame comes out once, and only frames of the free regions. */
TEST_MACHINE(every_frame_once)
{
	static bool seen[8192];
	struct page *page;
	unsigned long count = 0, free = stats_now().free;

	while ((page = page_alloc(0))) {
		unsigned long n = page_pfn(page).n;

		EXPECT(is_free_memory(n));
		EXPECT(!seen[n]);
		EXPECT_EQ(page->refs, 1);
		seen[n] = true;
		memset(page_address(page), 0x77, PAGE_SIZE);
		count++;
	}
	EXPECT_EQ(count, free);
	EXPECT_EQ(stats_now().free, 0);
	EXPECT_EQ(stats_now().low_water, 0);
	EXPECT(!page_alloc_zeroed());
	for (unsigned long n = 0; n < ARRAY_SIZE(seen); n++) {
		if (seen[n]) {
			page_free(page_of(pfn(n)), 0);
		}
	}
	EXPECT_EQ(stats_now().free, free);
	EXPECT(page_alloc(PAGE_ORDER_MAX)); /* all merged again */
}

TEST_MACHINE(holes_have_no_page)
{
	unsigned holes = 0;

	for (unsigned long n = 0; n < boot_info.limit.n; n++) {
		holes += page_of(pfn(n)) == NULL;
	}
	EXPECT(holes > 0);
	EXPECT(!page_of(boot_info.limit));
	EXPECT(!page_of(PFN_NONE));
}

#define BLOCKS 64

/* Random blocks: aligned, disjoint (each is filled with its own mark), and all come back. */
TEST_MACHINE(random_blocks)
{
	static struct {
		struct page *page;
		unsigned order;
	} blocks[BLOCKS];
	unsigned long free = stats_now().free;

	test_seed(31);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned b = test_random_below(BLOCKS);

		if (blocks[b].page) {
			uint8_t *memory = page_address(blocks[b].page);
			size_t size = PAGE_SIZE << blocks[b].order;

			EXPECT(memory[0] == b && memory[size - 1] == b && memory[size / 2] == b);
			page_free(blocks[b].page, blocks[b].order);
			blocks[b].page = NULL;
			continue;
		}
		blocks[b].order = test_random_below(8);
		blocks[b].page = page_alloc(blocks[b].order);
		if (blocks[b].page) {
			EXPECT_EQ(page_pfn(blocks[b].page).n & ((1u << blocks[b].order) - 1), 0);
			memset(page_address(blocks[b].page), (int)b, PAGE_SIZE << blocks[b].order);
		}
	}
	for (unsigned b = 0; b < BLOCKS; b++) {
		if (blocks[b].page) {
			page_free(blocks[b].page, blocks[b].order);
		}
	}
	EXPECT_EQ(stats_now().free, free);
}

TEST_MACHINE(double_free_panics)
{
	struct page *page = page_alloc(2);

	page_free(page, 2);
	expect_panic("page", NULL);
	page_free(page, 2);
}

TEST_MACHINE(free_of_a_part_panics)
{
	struct page *page = page_alloc(2);

	expect_panic("page", NULL);
	page_free(page + 1, 0);
}

TEST_MACHINE(zeroed_is_zero)
{
	for (unsigned i = 0; i < 100; i++) {
		uint64_t *p = page_alloc_zeroed();

		for (unsigned j = 0; j < PAGE_SIZE / 8; j++) {
			EXPECT_EQ(p[j], 0);
		}
		memset(p, 0xee, PAGE_SIZE);
		page_free(page_of(virt_to_pfn(p)), 0);
	}
}

static struct cache cache;

TEST_MACHINE(cache_objects_are_apart)
{
	static char *objects[1000];
	unsigned long free = stats_now().free;

	cache_init(&cache, "host", 72);
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = cache_alloc(&cache);
		EXPECT(objects[i]);
		EXPECT_EQ((uintptr_t)objects[i] % 16, 0);
		memset(objects[i], (int)i, 72);
	}
	EXPECT_EQ(cache.in_use, ARRAY_SIZE(objects));
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++) {
		EXPECT(objects[i][0] == (char)i && objects[i][71] == (char)i);
		cache_free(&cache, objects[i]);
	}
	EXPECT_EQ(cache.in_use, 0);
	EXPECT(cache.slabs <= 1);
	EXPECT(free - stats_now().free <= 1);
}

TEST_MACHINE(cache_double_free_names_it)
{
	void *p, *keep;

	cache_init(&cache, "victim", 64);
	keep = cache_alloc(&cache);
	p = cache_alloc(&cache);
	EXPECT(keep && p);
	cache_free(&cache, p);
	expect_panic("victim", NULL);
	cache_free(&cache, p);
}

TEST_MACHINE(cache_free_into_another_names_it)
{
	static struct cache other;
	void *p;

	cache_init(&cache, "rightful", 64);
	cache_init(&other, "mistaken", 64);
	p = cache_alloc(&cache);
	expect_panic("mistaken", NULL);
	cache_free(&other, p);
}

TEST_MACHINE(heap_any_size)
{
	static struct {
		uint8_t *p;
		size_t size;
	} things[48];
	unsigned long free = stats_now().free;

	test_seed(32);
	EXPECT(!heap_alloc(0));
	heap_free(NULL);
	for (unsigned i = 0; i < 10000; i++) {
		unsigned t = test_random_below(ARRAY_SIZE(things));

		if (things[t].p) {
			EXPECT(things[t].p[0] == t && things[t].p[things[t].size - 1] == t);
			heap_free(things[t].p);
			things[t].p = NULL;
			continue;
		}
		things[t].size = 1 + test_random_below(test_random_below(4) ? 600 : 70000);
		things[t].p = heap_alloc(things[t].size);
		EXPECT(things[t].p);
		for (size_t j = 0; j < things[t].size; j += 61) {
			EXPECT_EQ(things[t].p[j], 0);
		}
		memset(things[t].p, (int)t, things[t].size);
	}
	for (unsigned t = 0; t < ARRAY_SIZE(things); t++) {
		heap_free(things[t].p);
	}
	EXPECT(free - stats_now().free < 16); /* a slab may stay with each cache */
}

TEST_MACHINE(heap_says_no, .frames = 1024)
{
	void *last = NULL, *p;
	unsigned count = 0;

	EXPECT(!heap_alloc(64ul << 20));
	while ((p = heap_alloc(3000))) {
		*(void **)p = last;
		last = p;
		count++;
	}
	EXPECT(count > 100);
	while (last) {
		p = *(void **)last;
		heap_free(last);
		last = p;
	}
	EXPECT(heap_alloc(3000));
}
