/*
 * vmap.c - kernel mappings outside the direct map: stacks, rings, foreign frames.
 *
 * One bit for each page of the LAYOUT_VMAP region. An area keeps an unmapped
 * page before and after it, so running off either end faults. Searching starts
 * where the last search ended, so an address is reused as late as possible and
 * a stale pointer faults instead of hitting somebody else's area.
 */
#include <arch/mmu.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/spinlock.h>
#include <x86/vmap.h>

#define VMAP_PAGES (LAYOUT_VMAP_SIZE / PAGE_SIZE)
#define WORD_BITS  64u

static struct spinlock vmap_lock = SPINLOCK_INIT("vmap");
static uint64_t vmap_used[VMAP_PAGES / WORD_BITS];
static size_t vmap_next;

static bool is_used(size_t page)
{
	return vmap_used[page / WORD_BITS] >> (page % WORD_BITS) & 1;
}

static void mark(size_t start, size_t pages, bool used)
{
	for (size_t i = start; i < start + pages; i++) {
		uint64_t bit = UINT64_C(1) << (i % WORD_BITS);

		if (used) {
			vmap_used[i / WORD_BITS] |= bit;
		} else {
			vmap_used[i / WORD_BITS] &= ~bit;
		}
	}
}

/* First page of a free run in [from, to), or `to`. */
static size_t run_find(size_t from, size_t to, size_t pages)
{
	size_t run = 0;

	for (size_t i = from; i < to; i++) {
		if (is_used(i)) {
			run = 0;
		} else if (++run == pages) {
			return i + 1 - pages;
		}
	}
	return to;
}

/* Take `pages` pages of address space, guards included; NULL when there are none. Lock held. */
static void *area_take(size_t pages)
{
	size_t start = run_find(vmap_next, VMAP_PAGES, pages);

	if (start == VMAP_PAGES) {
		start = run_find(0, VMAP_PAGES, pages);
	}
	if (start == VMAP_PAGES) {
		return NULL;
	}
	mark(start, pages, true);
	vmap_next = start + pages;
	return (void *)(LAYOUT_VMAP_BASE + (start + 1) * PAGE_SIZE);
}

static void area_return(void *va, size_t pages)
{
	mark(((vaddr_t)va - LAYOUT_VMAP_BASE) / PAGE_SIZE - 1, pages + 2, false);
}

void *vmap_entries(vmap_frame_fn *frame, const void *arg, size_t pages, unsigned prot)
{
	irq_state_t irq = spin_lock_irqsave(&vmap_lock);
	void *va = area_take(pages + 2);

	if (va && mmu_reserve(&mmu_kernel, (vaddr_t)va, pages)) {
		area_return(va, pages);
		va = NULL;
	}
	for (size_t i = 0; va && i < pages; i++) {
		frame((vaddr_t)va + i * PAGE_SIZE, arg, i, prot);
	}
	mmu_commit(&mmu_kernel);
	spin_unlock_irqrestore(&vmap_lock, irq);
	return va;
}

static void frame_of_ours(vaddr_t va, const void *arg, size_t i, unsigned prot)
{
	const pfn_t *pfns = arg;

	mmu_map(&mmu_kernel, va, pfns[i], prot);
}

void *vmap(const pfn_t *pfns, size_t pages, unsigned prot)
{
	return vmap_entries(frame_of_ours, pfns, pages, prot);
}

void vunmap(void *va, size_t pages)
{
	irq_state_t irq = spin_lock_irqsave(&vmap_lock);

	for (size_t i = 0; i < pages; i++) {
		assert_that(is_used(((vaddr_t)va - LAYOUT_VMAP_BASE) / PAGE_SIZE + i),
			"vunmap of an area");
		mmu_unmap(&mmu_kernel, (vaddr_t)va + i * PAGE_SIZE);
	}
	mmu_commit(&mmu_kernel);
	area_return(va, pages);
	spin_unlock_irqrestore(&vmap_lock, irq);
}
