/*
 * pt.c - the page-table primitives of x86/pt.h on hardware that walks our tables itself.
 *
 * An edit is a plain store, and what is left to do at commit is the TLB. A store to a
 * present entry takes effect whenever; M5 of arch/mmu.h makes that harmless.
 * Tables are never "live" in the sense of x86/pt.h.
 */
#include <arch/mmu.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <hw/control.h>
#include <x86/pt.h>

#define KERNEL_SLOTS (PT_ENTRIES / 2) /* the upper half of every root is the kernel's */

struct mmu_aspace mmu_kernel; /* set up by paging_init() */

void pt_set(const void *site, pte_t *slot, pte_t value)
{
	WRITE_ONCE(slot->v, value.v);
}

void pt_root_set(struct mmu_aspace *as, const void *site, unsigned index, pte_t value)
{
	pt_set(site, &pt_table(as->root)[index], value);
}

void pt_table_attach(const void *site, struct page *table)
{
}

int pt_roots_init(struct mmu_aspace *as)
{
	pte_t *root = page_alloc_zeroed();
	struct page *page;

	if (!root) {
		return -ENOMEM;
	}
	as->root = virt_to_pfn(root);
	page = page_of(as->root);
	page->kind = PAGE_TABLE;
	page->owner = as;
	memcpy(root + KERNEL_SLOTS, pt_table(mmu_kernel.root) + KERNEL_SLOTS,
		KERNEL_SLOTS * sizeof(*root));
	return 0;
}

void pt_roots_free(struct mmu_aspace *as)
{
	page_free(page_of(as->root), 0);
	as->root = PFN_NONE;
}

void pt_publish(struct mmu_aspace *as, const void *site)
{
}

static bool is_loaded(const struct mmu_aspace *as)
{
	return as == &mmu_kernel || (cr3_read() & PTE_FRAME_MASK) == as->root.n << PAGE_SHIFT;
}

void pt_retire(struct mmu_aspace *as, const void *site)
{
	preempt_disable();
	if (is_loaded(as)) {
		pt_load(&mmu_kernel, site);
	}
	preempt_enable();
}

void pt_commit(struct mmu_aspace *as, const void *site)
{
	if (!is_loaded(as)) {
		return; /* loading it later drops everything that is not global */
	}
	if (as->flush_all) {
		tlb_drop_all();
		return;
	}
	for (unsigned i = 0; i < as->flush_count; i++) {
		tlb_drop_page(as->flush_pages[i]);
	}
}

void pt_load(struct mmu_aspace *as, const void *site)
{
	if ((cr3_read() & PTE_FRAME_MASK) != as->root.n << PAGE_SHIFT) {
		cr3_write(as->root.n << PAGE_SHIFT);
	}
}
