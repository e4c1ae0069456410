/*
 * breakage.c - deliberate faults: each must end the kernel with a message that
 * names the culprit. One boot for each; only "break NAME" starts them.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/panic.h>
#include <kernel/thread.h>
#include "memory.h"

static volatile unsigned long sink;

/* ---- addresses --------------------------------------------------------------- */

static void __noinline wild_reader(void)
{
	sink = *(volatile unsigned long *)(LAYOUT_VMAP_BASE + LAYOUT_VMAP_SIZE - PAGE_SIZE);
}

BREAKAGE(wild_pointer, "wild_reader+")
{
	wild_reader();
}

BREAKAGE(wild_jump, "page fault: kernel tried to execute")
{
	void (*nowhere)(void) = (void (*)(void))(LAYOUT_VMAP_BASE + LAYOUT_VMAP_SIZE - PAGE_SIZE);

	nowhere();
}

BREAKAGE(write_text, "page fault: kernel tried to write")
{
	*(volatile char *)(vaddr_t)kernel_main = 0;
}

static const char constant[16] = "constant";

BREAKAGE(write_rodata, "page fault: kernel tried to write")
{
	*(volatile char *)(vaddr_t)constant = 0;
}

/* On x86 a return instruction: executed, it would come back. */
static unsigned char data[16] = { 0xc3 };

BREAKAGE(execute_data, "page fault: kernel tried to execute")
{
	void (*code)(void) = (void (*)(void))(vaddr_t)data;

	sink = data[0];
	code();
}

/* ---- stacks ------------------------------------------------------------------- */

static volatile unsigned long deepest = ~0ul; /* the compiler must not see that there is no end */

static unsigned long __noinline recurse(unsigned long depth)
{
	volatile unsigned long local[32];

	local[depth % 32] = depth;
	return (depth < deepest ? recurse(depth + 1) : 0) + local[depth % 32];
}

static void recurse_thread(void *arg)
{
	sink = recurse(0);
}

BREAKAGE(stack_overflow, "stack overflow in thread deep")
{
	struct thread *t;

	if (!thread_create(&t, "deep", recurse_thread, NULL)) {
		thread_join(t);
	}
}

BREAKAGE(boot_stack_overflow, "stack overflow in thread boot")
{
	sink = recurse(0);
}

/* ---- memory -------------------------------------------------------------------- */

BREAKAGE(out_of_memory, "memory exhausted: heap has no 4096 bytes for ktest_run_out_of_memory+")
{
	struct list hoard;

	hoard_fill(&hoard, ALL_FRAMES);
	sink = (unsigned long)heap_alloc_boot(PAGE_SIZE);
}

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

/* ---- invariants ------------------------------------------------------------------ */

BREAKAGE(edit_unreserved, "mmu: M3")
{
	struct mmu_aspace as;

	if (!mmu_create(&as)) {
		preempt_disable();
		mmu_map(&as, PAGE_SIZE, page_pfn(page_alloc(0)), MMU_READ | MMU_USER);
	}
}

BREAKAGE(assertion, "broken: two and two are five")
{
	volatile int two = 2;

	assert_that(two + two == 5, "two and two are five");
}
