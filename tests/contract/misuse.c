/*
 * misuse.c - deliberate wrong calls of memory and locks: each must end the kernel with a message that
 * names the culprit. What finds them is the same code on every port, so they are run on one of them.
 */
#include <arch/boot.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/page.h>
#include <kernel/thread.h>

static volatile unsigned long sink;

/* ---- memory -------------------------------------------------------------------- */

BREAKAGE(page_freed_twice, "by ktest_run_page_freed_twice+")
{
	struct page *page = page_alloc(0);

	page_free(page, 0);
	page_free(page, 0);
}

BREAKAGE(page_freed_in_part, "is in the middle of a block")
{
	struct page *page = page_alloc(2);

	page_free(page + 1, 0);
}

BREAKAGE(page_freed_as_smaller, "was allocated with another order")
{
	page_free(page_alloc(2), 1);
}

BREAKAGE(page_freed_reserved, "is not the allocator's")
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		if (boot_info.regions[i].kind == REGION_KERNEL) {
			page_free(page_of(boot_info.regions[i].start), 0);
		}
	}
}

static struct cache cache_a, cache_b;

BREAKAGE(object_freed_twice, "cache ktest-a: object")
{
	void *first, *second;

	cache_init(&cache_a, "ktest-a", 40);
	first = cache_alloc(&cache_a);
	second = cache_alloc(&cache_a);
	cache_free(&cache_a, first);
	sink = (unsigned long)second; /* keeps the slab */
	cache_free(&cache_a, first);
}

BREAKAGE(object_freed_into_other_cache, "is of cache ktest-b")
{
	cache_init(&cache_a, "ktest-a", 40);
	cache_init(&cache_b, "ktest-b", 40);
	cache_free(&cache_a, cache_alloc(&cache_b));
}

BREAKAGE(object_freed_by_its_middle, "is not the start of an object")
{
	cache_init(&cache_a, "ktest-a", 64);
	cache_free(&cache_a, (char *)cache_alloc(&cache_a) + 16);
}

BREAKAGE(heap_freed_twice, "freed by ktest_run_heap_freed_twice+")
{
	void *p = heap_alloc(3 * PAGE_SIZE);

	heap_free(p);
	heap_free(p);
}

/* ---- locks ---------------------------------------------------------------------- */

static struct spinlock lock = SPINLOCK_INIT("ktest-lock");

BREAKAGE(spinlock_taken_twice, "spinlock ktest-lock: taken twice by cpu 0")
{
	spin_lock(&lock);
	spin_lock(&lock);
}

BREAKAGE(spinlock_released_unheld, "spinlock ktest-lock: released by cpu 0, which does not hold it")
{
	spin_unlock(&lock);
}

BREAKAGE(sleep_with_lock, "sleeps with interrupts masked or a lock held")
{
	spin_lock(&lock);
	thread_sleep(NSEC_PER_MSEC);
}

static struct mutex mutex = MUTEX_INIT(mutex, "ktest-mutex");

BREAKAGE(mutex_taken_twice, "mutex ktest-mutex: thread boot takes it twice")
{
	mutex_lock(&mutex);
	mutex_lock(&mutex);
}

BREAKAGE(mutex_released_unheld, "mutex ktest-mutex: thread boot, which does not hold it")
{
	mutex_unlock(&mutex);
}
