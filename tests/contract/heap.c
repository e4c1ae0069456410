/* heap.c - object caches and the general heap. */
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include "memory.h"

#define OBJECTS 700

static struct cache test_cache;

static struct cache *cache_of_size(size_t size)
{
	/* A cache cannot be taken back, so all tests share one, set up again when it is empty. */
	if (test_cache.link.next) {
		list_remove(&test_cache.link);
	}
	cache_init(&test_cache, "ktest", size);
	return &test_cache;
}

static bool is_filled(const unsigned char *p, size_t size, unsigned char with)
{
	for (size_t i = 0; i < size; i++) {
		if (p[i] != with) {
			return false;
		}
	}
	return true;
}

/* Allocate many objects of one size, free every third, allocate again, free all. */
static void cache_exercise(size_t size)
{
	static unsigned char *objects[OBJECTS];
	struct cache *cache = cache_of_size(size);
	unsigned long before = frames_free();

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < OBJECTS; i++) {
			if (!objects[i]) {
				objects[i] = cache_alloc(cache);
				KTEST_REQUIRE(objects[i] && (vaddr_t)objects[i] % 16 == 0);
				memset(objects[i], (int)(i % 251), size);
			}
		}
		KTEST_EXPECT(cache->in_use == OBJECTS);
		KTEST_EXPECT(frames_free() == before - cache->slabs);
		for (unsigned i = round; i < OBJECTS; i += round ? 1 : 3) {
			if (objects[i]) {
				KTEST_EXPECT(is_filled(objects[i], size, i % 251));
				cache_free(cache, objects[i]);
				objects[i] = NULL;
			}
		}
	}
	cache_free(cache, objects[0]);
	objects[0] = NULL;
	KTEST_EXPECT(!cache->in_use && !cache->slabs && frames_free() == before);
}

KTEST(cache_sizes)
{
	static const size_t sizes[] = { 1, 16, 24, 48, 63, 64, 65, 200, 1000, 2040, 2048 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		cache_exercise(sizes[i]);
	}
}

KTEST(cache_packs)
{
	struct cache *cache = cache_of_size(16);
	static void *objects[254];

	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = cache_alloc(cache);
		KTEST_REQUIRE(objects[i]);
	}
	KTEST_EXPECT(cache->slabs == 1);
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++) {
		cache_free(cache, objects[i]);
	}
}

KTEST(cache_zeroed)
{
	struct cache *cache = cache_of_size(100);
	void *p = cache_alloc(cache);

	KTEST_REQUIRE(p);
	memset(p, 0xff, 100);
	cache_free(cache, p);
	p = cache_alloc_zeroed(cache);
	KTEST_REQUIRE(p);
	KTEST_EXPECT(is_filled(p, 100, 0));
	cache_free(cache, p);
}

static bool was_seen;

static void look_for_test_cache(const struct cache *cache, void *arg)
{
	was_seen |= cache == arg;
}

KTEST(cache_list)
{
	struct cache *cache = cache_of_size(32);

	was_seen = false;
	cache_for_each(look_for_test_cache, cache);
	KTEST_EXPECT(was_seen);
}

/* Sizes around every class and page multiple: zeroed, aligned, not overlapping. */
KTEST(heap_sizes)
{
	unsigned long before = frames_free();

	for (size_t size = 1; size <= 20000; size += size < 4200 ? 13 : 997) {
		unsigned char *a = heap_alloc(size), *b = heap_alloc(size);

		KTEST_REQUIRE(a && b);
		KTEST_EXPECT(
			(vaddr_t)a % 16 == 0 && (size < PAGE_SIZE || (vaddr_t)a % PAGE_SIZE == 0));
		KTEST_EXPECT(is_filled(a, size, 0) && is_filled(b, size, 0));
		memset(a, 0xaa, size);
		memset(b, 0xbb, size);
		KTEST_EXPECT(is_filled(a, size, 0xaa));
		heap_free(a);
		KTEST_EXPECT(is_filled(b, size, 0xbb));
		heap_free(b);
	}
	KTEST_EXPECT(frames_free() == before);
}

KTEST(heap_limits)
{
	unsigned long before = frames_free();
	void *p;

	KTEST_EXPECT(!heap_alloc(0));
	KTEST_EXPECT(!heap_alloc((PAGE_SIZE << PAGE_ORDER_MAX) + 1) && !heap_alloc(SIZE_MAX));
	heap_free(NULL);
	p = heap_alloc(100 * PAGE_SIZE);
	KTEST_REQUIRE(p);
	KTEST_EXPECT(frames_free() == before - 128);
	heap_free(p);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(heap_exhausted)
{
	unsigned long before = frames_free();
	static void *in_new_slab[300];
	struct list hoard;
	void *large;
	unsigned count = 0;

	hoard_fill(&hoard, ALL_FRAMES);
	large = heap_alloc(PAGE_SIZE);
	while (count < ARRAY_SIZE(in_new_slab) && (in_new_slab[count] = heap_alloc(16))) {
		count++;
	}
	hoard_release(&hoard, ALL_FRAMES);
	KTEST_EXPECT(!large);
	KTEST_EXPECT(count < ARRAY_SIZE(in_new_slab));
	while (count > 0) {
		heap_free(in_new_slab[--count]);
	}
	KTEST_EXPECT(frames_free() == before);
}
