/*
 * heap.c - memory of any size: caches for what fits twice into a page, blocks of pages above.
 *
 * The sizes are those that fill a slab best (cache.c keeps 16 or 32 bytes of
 * each page for itself), so a power of two is seldom among the large ones. What
 * an address was allocated from is read from its struct page.
 */
#include <kernel/heap.h>
#include <kernel/panic.h>
#include <kernel/string.h>

#define CACHED_MAX 2032u
#define STEP	   16u

static struct size_class {
	size_t size;
	const char *name;
	struct cache cache;
} classes[] = {
	{ .size = 16, .name = "heap-16" },
	{ .size = 32, .name = "heap-32" },
	{ .size = 48, .name = "heap-48" },
	{ .size = 64, .name = "heap-64" },
	{ .size = 96, .name = "heap-96" },
	{ .size = 128, .name = "heap-128" },
	{ .size = 192, .name = "heap-192" },
	{ .size = 256, .name = "heap-256" },
	{ .size = 336, .name = "heap-336" },
	{ .size = 496, .name = "heap-496" },
	{ .size = 672, .name = "heap-672" },
	{ .size = 1008, .name = "heap-1008" },
	{ .size = 1344, .name = "heap-1344" },
	{ .size = CACHED_MAX, .name = "heap-2032" },
};

/* Owner of the first frame of a block: its address is the mark. */
static const char block_mark;

/* The class of sizes that round up to a multiple of STEP, by that multiple: looked up, not searched. */
static uint8_t class_of[CACHED_MAX / STEP + 1];

void heap_init(void)
{
	size_t step = 0;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		cache_init(&classes[i].cache, classes[i].name, classes[i].size);
		for (; step * STEP <= classes[i].size; step++) {
			class_of[step] = (uint8_t)i;
		}
	}
}

static struct cache *cache_for(size_t size)
{
	return size <= CACHED_MAX ? &classes[class_of[DIV_ROUND_UP(size, STEP)]].cache : NULL;
}

/* Pages as they come. */
static void *block_alloc(size_t size)
{
	unsigned order = 0;
	struct page *page;

	while (order <= PAGE_ORDER_MAX && PAGE_SIZE << order < size) {
		order++;
	}
	page = page_alloc(order);
	if (!page) {
		return NULL;
	}
	page->owner = (void *)&block_mark;
	return page_address(page);
}

void *heap_alloc_unfilled(size_t size)
{
	struct cache *cache = cache_for(size);

	if (!size) {
		return NULL;
	}
	return cache ? cache_alloc(cache) : block_alloc(size);
}

void *heap_alloc(size_t size)
{
	void *p = heap_alloc_unfilled(size);

	return p ? memset(p, 0, size) : NULL;
}

void *heap_alloc_boot(size_t size)
{
	void *p = heap_alloc(size);

	if (!p) {
		memory_exhausted("heap", size, __builtin_return_address(0));
	}
	return p;
}

static bool is_ours(const struct cache *cache)
{
	return (const char *)cache >= (const char *)classes &&
		(const char *)cache < (const char *)(classes + ARRAY_SIZE(classes));
}

void heap_free(void *p)
{
	struct page *page;

	if (!p) {
		return;
	}
	page = LAYOUT_IN_DIRECT_MAP((vaddr_t)p) ? page_of(virt_to_pfn(p)) : NULL;
	if (page && page->kind == PAGE_CACHE && is_ours(page->owner)) {
		cache_free(page->owner, p);
	} else if (page && page->kind == PAGE_USED && page->owner == &block_mark &&
		!((vaddr_t)p & ~PAGE_MASK)) {
		page->owner = NULL;
		page_free(page, page->order);
	} else {
		panic("heap: %#lx, freed by %pS, is not allocated (frame kind %u, owner %#lx)",
			(unsigned long)p, __builtin_return_address(0), page ? page->kind : 0,
			page ? (unsigned long)page->owner : 0);
	}
}
