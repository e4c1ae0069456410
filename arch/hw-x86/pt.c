/*
 * pt.c - the page-table primitives of x86/pt.h on hardware that walks our tables itself.
 *
 * An edit is a plain store, and what is left to do at commit is the TLB. A store to a
 * present entry takes effect whenever; M5 of arch/mmu.h makes that harmless.
 * Tables are never "live" in the sense of x86/pt.h.
 *
 * Other CPUs' TLBs (the environments reach them each in its way: tlb.c):
 *   L1  A CPU's bit in loaded_on is set before it loads the root, and cleared after it
 *       has loaded another. So after a store to an entry, whoever has no bit
 *       either holds nothing or will read the entry as it is now.
 */
#include <arch/mmu.h>
#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <hw/control.h>
#include <hw/start.h>
#include <x86/pt.h>

#define KERNEL_SLOTS (PT_ENTRIES / 2) /* the upper half of every root is the kernel's */

struct mmu_aspace mmu_kernel; /* set up by paging_init() */

void pt_set(const void *site, pte_t *slot, pte_t value)
{
	pte_write(slot, value);
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

void pt_retire(struct mmu_aspace *as, const void *site)
{
	preempt_disable();
	pt_leave(as);
	preempt_enable();
}

void pt_flush_here(const struct mmu_aspace *as)
{
	if (as->flush_all) {
		tlb_drop_all();
		return;
	}
	for (unsigned i = 0; i < as->flush_count; i++) {
		tlb_drop_page(as->flush_pages[i]);
	}
}

/* L1: loading it later drops everything that is not global. */
void pt_commit(struct mmu_aspace *as, const void *site)
{
	bool is_kernel = as == &mmu_kernel;
	uint64_t others;

	if (!as->flush_all && !as->flush_count) {
		return;
	}
	if (is_kernel || cpu_this()->port.loaded == as) {
		pt_flush_here(as);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	others = is_kernel ? smp_running() : __atomic_load_n(&as->loaded_on, __ATOMIC_RELAXED);
	others &= ~cpu_bit(cpu_id());
	if (others) {
		env_tlb_flush(as, others);
	}
}

/* L1 */
void pt_load(struct mmu_aspace *as, const void *site)
{
	struct cpu *cpu = cpu_this();
	struct mmu_aspace *old = cpu->port.loaded ? cpu->port.loaded : &mmu_kernel;

	if (old == as) {
		return;
	}
	__atomic_or_fetch(&as->loaded_on, cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
	cr3_write(as->root.n << PAGE_SHIFT);
	cpu->port.loaded = as;
	__atomic_and_fetch(&old->loaded_on, ~cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
}

void pt_leave(void *as)
{
	if (cpu_this()->port.loaded == as) {
		pt_load(&mmu_kernel, NULL);
	}
}
