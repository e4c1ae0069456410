/*
 * page.c - the frame allocator: a buddy system, and a few frames at hand for each CPU.
 *
 * Free memory is a set of blocks of 2^order frames, aligned to their size; the
 * other half of a block's parent is its buddy, whose number differs in one bit.
 * A free block merges with its buddy if that is free and whole. Single frames
 * come and go most often: each CPU keeps a small stock of them that needs no
 * lock and spares the merging and splitting. The last frames of all may be in the stocks
 * of other CPUs, which are asked for them then.
 *
 * Invariants:
 *   P1  Of every block, free or not, only the first frame is not PAGE_BODY.
 *   P2  A free block is PAGE_FREE with its order and on that order's list. It becomes that and stops being it
 *       under buddy_lock only, where buddies look for it; so a block is PAGE_USED before the lock is released.
 *   P3  A free frame in a stock is PAGE_STOCK, which is nobody's buddy.
 *   P4  free_frames counts both.
 */
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include "page_boot.h"

#define STOCK_MAX   16u
#define STOCK_BATCH 8u

#define POISON	    0x5a /* freed memory, with CONFIG_DEBUG_ASSERTS */
#define POISON_WORD (~0ul / 0xff * POISON)

/* Only touched by its CPU with interrupts masked; while that waits for a lock, it may be emptied. */
struct stock {
	unsigned count;
	struct page *frames[STOCK_MAX];
};

static struct page *pages;
static unsigned long page_count;

static struct spinlock buddy_lock = SPINLOCK_INIT("page");
static struct list blocks[PAGE_ORDER_MAX + 1];

static struct stock stocks[CONFIG_NR_CPUS];

static unsigned long total_frames;
static unsigned long free_frames; /* atomic */
static unsigned long low_water;

struct page *page_of(pfn_t p)
{
	if (p.n >= page_count || pages[p.n].kind == PAGE_HOLE) {
		return NULL;
	}
	return &pages[p.n];
}

pfn_t page_pfn(const struct page *page)
{
	return pfn((unsigned long)(page - pages));
}

void *page_address(const struct page *page)
{
	return pfn_to_virt(page_pfn(page));
}

/* ---- blocks: buddy_lock held ------------------------------------------ */

static void block_put(struct page *page, unsigned order)
{
	page->kind = PAGE_FREE;
	page->order = (uint8_t)order;
	list_push_front(&blocks[order], &page->link);
}

static struct page *block_take(unsigned order)
{
	struct page *page;
	unsigned have = order;

	while (have <= PAGE_ORDER_MAX && list_is_empty(&blocks[have])) {
		have++;
	}
	if (have > PAGE_ORDER_MAX) {
		return NULL;
	}
	page = list_entry(list_first(&blocks[have]), struct page, link);
	list_remove(&page->link);
	page->kind = PAGE_USED; /* P2 */
	while (have > order) {
		have--;
		block_put(page + (1ul << have), have);
	}
	return page;
}

/* The free block that `page` of `order` would merge with, or NULL. */
static struct page *buddy_find(const struct page *page, unsigned order)
{
	unsigned long n = page_pfn(page).n ^ (1ul << order);

	if (order == PAGE_ORDER_MAX || n >= page_count || pages[n].kind != PAGE_FREE ||
		pages[n].order != order) {
		return NULL;
	}
	return &pages[n];
}

static void block_return(struct page *page, unsigned order)
{
	struct page *buddy;

	while ((buddy = buddy_find(page, order))) {
		list_remove(&buddy->link);
		if (buddy < page) {
			page->kind = PAGE_BODY; /* P1 */
			page = buddy;
		} else {
			buddy->kind = PAGE_BODY;
		}
		order++;
	}
	block_put(page, order);
}

/* ---- the stock of single frames: interrupts masked --------------------- */

static void stock_put(struct stock *stock, struct page *page)
{
	page->kind = PAGE_STOCK; /* P3 */
	stock->frames[stock->count++] = page;
}

static void stock_fill(struct stock *stock)
{
	struct page *page;

	spin_lock(&buddy_lock);
	while (stock->count < STOCK_BATCH && (page = block_take(0))) {
		stock_put(stock, page);
	}
	spin_unlock(&buddy_lock);
}

static void stock_shrink(struct stock *stock, unsigned count)
{
	spin_lock(&buddy_lock);
	while (stock->count > count) {
		block_return(stock->frames[--stock->count], 0);
	}
	spin_unlock(&buddy_lock);
}

static struct page *single_take(void)
{
	struct stock *stock = &stocks[cpu_id()];

	if (unlikely(!stock->count)) {
		stock_fill(stock);
	}
	return stock->count ? stock->frames[--stock->count] : NULL;
}

static void single_return(struct page *page)
{
	struct stock *stock = &stocks[cpu_id()];

	if (unlikely(stock->count == STOCK_MAX)) {
		stock_shrink(stock, STOCK_MAX - STOCK_BATCH);
	}
	stock_put(stock, page);
}

/* On each other CPU; takes no lock, and so leaves giving them back to who asked. */
static void stock_hand_over(void *lists)
{
	struct stock *stock = &stocks[cpu_id()];
	struct list *list = (struct list *)lists + cpu_id();

	while (stock->count) {
		list_push_back(list, &stock->frames[--stock->count]->link);
	}
}

/* Nothing is left here: a frame that others keep at hand, or NULL. */
static struct page *single_gather(void)
{
	struct list lists[CONFIG_NR_CPUS];

	if (!READ_ONCE(free_frames) || smp_running() == cpu_bit(cpu_id())) {
		return NULL;
	}
	for (unsigned i = 0; i < CONFIG_NR_CPUS; i++) {
		list_init(&lists[i]);
	}
	smp_call(CPUS_ALL, stock_hand_over, lists);
	spin_lock(&buddy_lock);
	for (unsigned i = 0; i < CONFIG_NR_CPUS; i++) {
		list_for_each_safe(node, &lists[i]) {
			list_remove(node);
			block_return(list_entry(node, struct page, link), 0);
		}
	}
	spin_unlock(&buddy_lock);
	return single_take();
}

/* A block, if necessary by giving up this CPU's stock. */
static struct page *large_take(unsigned order)
{
	struct page *page;

	spin_lock(&buddy_lock);
	page = block_take(order);
	spin_unlock(&buddy_lock);
	if (!page && stocks[cpu_id()].count) {
		stock_shrink(&stocks[cpu_id()], 0);
		spin_lock(&buddy_lock);
		page = block_take(order);
		spin_unlock(&buddy_lock);
	}
	return page;
}

/* ---- poison ------------------------------------------------------------ */

static void poison_fill(const struct page *page, unsigned order)
{
	if (IS_ENABLED(CONFIG_DEBUG_ASSERTS)) {
		memset(page_address(page), POISON, PAGE_SIZE << order);
	}
}

static void poison_check(const struct page *page, unsigned order)
{
	if (IS_ENABLED(CONFIG_DEBUG_ASSERTS)) {
		const unsigned long *p = page_address(page);

		for (size_t i = 0; i < (PAGE_SIZE << order) / sizeof(*p); i++) {
			assert_that(p[i] == POISON_WORD, "free memory is not written to");
		}
	}
}

/* ---- alloc and free ----------------------------------------------------- */

static void count_taken(unsigned long frames)
{
	unsigned long left = __atomic_sub_fetch(&free_frames, frames, __ATOMIC_RELAXED);

	if (left < low_water) {
		low_water = left;
	}
}

struct page *page_alloc(unsigned order)
{
	irq_state_t irq;
	struct page *page;

	if (order > PAGE_ORDER_MAX) {
		return NULL;
	}
	irq = irq_save();
	page = likely(order == 0) ? single_take() : large_take(order);
	if (unlikely(!page && order == 0)) {
		page = single_gather();
	}
	if (page) {
		page->kind = PAGE_USED;
		page->order = (uint8_t)order;
		page->refs = 1;
		page->count = 0;
		page->owner = NULL;
		count_taken(1ul << order);
		poison_check(page, order);
	}
	irq_restore(irq);
	return page;
}

void *page_alloc_zeroed(void)
{
	struct page *page = page_alloc(0);

	return page ? memset(page_address(page), 0, PAGE_SIZE) : NULL;
}

/* Why `page` cannot be freed, or NULL. */
static const char *free_objection(const struct page *page, unsigned order)
{
	switch (page->kind) {
	case PAGE_FREE:
	case PAGE_STOCK:
		return "is free already: freed twice";
	case PAGE_SHARED:
		return "is still shared with another domain";
	case PAGE_CACHE:
		return "is a slab of an object cache";
	case PAGE_HOLE:
	case PAGE_RESERVED:
		return "is not the allocator's";
	case PAGE_BODY:
		return "is in the middle of a block";
	default:
		break;
	}
	if (page->order != order) {
		return "was allocated with another order";
	}
	return page->refs > 1 ? "is still referenced" : NULL;
}

void page_free(struct page *page, unsigned order)
{
	const void *who = __builtin_return_address(0);
	const char *objection = page ? free_objection(page, order) : "is no frame of RAM";
	irq_state_t irq;

	if (unlikely(objection)) {
		panic("page: frame %#lx, freed with order %u by %pS, %s",
			page ? page_pfn(page).n : 0, order, who, objection);
	}
	irq = irq_save();
	poison_fill(page, order);
	if (likely(order == 0)) {
		single_return(page);
	} else {
		spin_lock(&buddy_lock);
		block_return(page, order);
		spin_unlock(&buddy_lock);
	}
	__atomic_add_fetch(&free_frames, 1ul << order, __ATOMIC_RELAXED);
	irq_restore(irq);
}

/* No lock: nobody looks at what is within a block that is in use, and no frame of it is free. */
void page_split(struct page *page, unsigned order)
{
	assert_that(page->kind == PAGE_USED && page->order == order && page->refs == 1,
		"what is split is a block of that order, and its owner's alone");
	for (unsigned long i = 0; i < 1ul << order; i++) {
		page[i].kind = PAGE_USED;
		page[i].order = 0;
		page[i].refs = 1;
		page[i].count = 0;
		page[i].owner = NULL;
	}
}

void page_stats_get(struct page_stats *stats)
{
	stats->total = total_frames;
	stats->free = READ_ONCE(free_frames);
	stats->low_water = READ_ONCE(low_water);
}

void memory_exhausted(const char *allocator, size_t size, const void *who)
{
	panic("memory exhausted: %s has no %zu bytes for %pS, which cannot do without; %lu of %lu "
	      "frames are free",
		allocator, size, who, READ_ONCE(free_frames), total_frames);
}

/* ---- boot ---------------------------------------------------------------- */

void page_array_set(struct page *array, unsigned long count)
{
	for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
		list_init(&blocks[order]);
	}
	memset(array, 0, count * sizeof(*array));
	pages = array;
	page_count = count;
}

void page_range_mark(pfn_t start, unsigned long count, enum page_kind kind)
{
	for (unsigned long n = start.n; n < start.n + count; n++) {
		pages[n].kind = (uint8_t)kind;
	}
}

/* Largest block that starts at `n` and ends at or before `end`. */
static unsigned order_at(unsigned long n, unsigned long end)
{
	unsigned order = n ? MIN((unsigned)__builtin_ctzl(n), PAGE_ORDER_MAX) : PAGE_ORDER_MAX;

	while (n + (1ul << order) > end) {
		order--;
	}
	return order;
}

void page_range_add(pfn_t start, unsigned long count)
{
	unsigned long end = start.n + count;
	unsigned order;

	page_range_mark(start, count, PAGE_BODY);
	for (unsigned long n = start.n; n < end; n += 1ul << order) {
		order = order_at(n, end);
		poison_fill(&pages[n], order);
		block_put(&pages[n], order);
	}
	total_frames += count;
	free_frames += count;
	low_water = free_frames;
}
