/*
 * stack.c - kernel stacks: single frames, mapped side by side where nothing else is.
 *
 * A few that were freed are kept as they are, since a fork follows an exit as a rule: mapping and
 * unmapping cost Xen three trips.
 */
#include <arch/mmu.h>
#include <kernel/page.h>
#include <kernel/panic.h>
#include <kernel/spinlock.h>
#include <kernel/stack.h>
#include <kernel/thread.h>

#define STACK_PAGES (THREAD_STACK_SIZE / PAGE_SIZE)
#define STOCK_MAX   4

static struct spinlock stock_lock = SPINLOCK_INIT("stacks");
static vaddr_t stock[STOCK_MAX];
static unsigned stock_count;

/* One of those that are kept, or 0. */
static vaddr_t stock_take(void)
{
	irq_state_t irq = spin_lock_irqsave(&stock_lock);
	vaddr_t base = stock_count ? stock[--stock_count] : 0;

	spin_unlock_irqrestore(&stock_lock, irq);
	return base;
}

/* False when enough are kept. */
static bool stock_put(vaddr_t base)
{
	irq_state_t irq = spin_lock_irqsave(&stock_lock);
	bool is_room = stock_count < STOCK_MAX;

	if (is_room) {
		stock[stock_count++] = base;
	}
	spin_unlock_irqrestore(&stock_lock, irq);
	return is_room;
}

static void frames_free(const pfn_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		page_free(page_of(frames[i]), 0);
	}
}

static vaddr_t stack_make(void)
{
	pfn_t frames[STACK_PAGES];
	void *base;

	for (size_t i = 0; i < STACK_PAGES; i++) {
		struct page *page = page_alloc(0);

		if (!page) {
			frames_free(frames, i);
			return 0;
		}
		frames[i] = page_pfn(page);
	}
	base = vmap(frames, STACK_PAGES, MMU_READ | MMU_WRITE);
	if (!base) {
		frames_free(frames, STACK_PAGES);
	}
	return (vaddr_t)base;
}

vaddr_t stack_alloc(void)
{
	vaddr_t base = stock_take();

	return base ? base : stack_make();
}

static void stack_destroy(vaddr_t base)
{
	pfn_t frames[STACK_PAGES];

	for (size_t i = 0; i < STACK_PAGES; i++) {
		struct mmu_entry entry;

		if (!mmu_query(&mmu_kernel, base + i * PAGE_SIZE, &entry)) {
			panic("stack: %#lx is not a whole stack", (unsigned long)base);
		}
		frames[i] = entry.pfn;
	}
	vunmap((void *)base, STACK_PAGES);
	frames_free(frames, STACK_PAGES);
}

void stack_stock_free(void)
{
	vaddr_t base;

	while ((base = stock_take())) {
		stack_destroy(base);
	}
}

void stack_free(vaddr_t base)
{
	if (!stock_put(base)) {
		stack_destroy(base);
	}
}
