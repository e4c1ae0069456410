/*
 * pt.c (pv-x86) - page tables that are registered with Xen.
 *
 * Xen's rules (public xen.h, and "x86_64 PV memory management" in its docs): a
 * frame in use as a page table has no writable mapping; entries of such a
 * frame change by hypercall only and Xen checks each; pinning a root keeps the
 * type while no CPU has it loaded, and validates everything below.
 *
 * So a table's life is: plain memory, written plainly; its direct-map entry is
 * made read-only and it is linked or pinned (live); unpinned, its direct-map
 * entry made writable again; freed. What stands at the top differs by width
 * (64/roots.c, 32/roots.c); Xen fills its own slots there.
 *
 * Several CPUs:
 *   L1  A CPU's bit in loaded_on is set before Xen is told to load the root, and
 *       cleared after it has loaded another.
 *   L2  A flush travels behind the edits it is for, for the CPUs that had the space loaded
 *       when it was queued. Whose bit appeared until the edits were made may hold
 *       what was there before: it gets a flush of its own.
 */
#include "port.h"
#include "roots.h"

#include <arch/mmu.h>
#include <arch/plain.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <x86/pt.h>
#include <xen/xen.h>

const unsigned long *pv_p2m, *pv_m2p;
unsigned long pv_p2m_count, pv_m2p_count;
pfn_t pv_direct_tables;

struct mmu_aspace mmu_kernel = {
	.user_root = { ~0ul },
	.published = true,
	.fresh = LIST_INIT(mmu_kernel.fresh),
	.tables = LIST_INIT(mmu_kernel.tables),
};

static void entry_queue(const void *site, const pte_t *slot, pte_t value)
{
	batch_mmu_update(site, machine_of(slot) | MMU_NORMAL_PT_UPDATE, value.v);
}

static void ext_queue(const void *site, unsigned cmd, unsigned long arg1)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = arg1; /* a union: linear_addr has the same place and size */
	batch_mmuext(site, &op);
}

/* as->flush_* for the CPUs of `set`. The set stays where it is until it has been carried out. */
static void flush_queue(struct mmu_aspace *as, const void *site, uint64_t set)
{
	bool is_local = set == cpu_bit(cpu_id());
	struct mmuext_op op = { 0 };

	if (!set) {
		return;
	}
	as->flush_set = set;
	if (!is_local) {
		set_xen_guest_handle(op.arg2.vcpumask, &as->flush_set);
	}
	if (as->flush_all) {
		op.cmd = is_local ? MMUEXT_TLB_FLUSH_LOCAL : MMUEXT_TLB_FLUSH_MULTI;
		batch_mmuext(site, &op);
		return;
	}
	op.cmd = is_local ? MMUEXT_INVLPG_LOCAL : MMUEXT_INVLPG_MULTI;
	for (unsigned i = 0; i < as->flush_count; i++) {
		op.arg1.linear_addr = as->flush_pages[i];
		batch_mmuext(site, &op);
	}
}

void pt_set(const void *site, pte_t *slot, pte_t value)
{
	if (pt_state(page_of(virt_to_pfn(slot))) == PT_LIVE) {
		entry_queue(site, slot, value);
	} else {
		plain_count(PLAIN_TABLE);
		pte_write(slot, value);
	}
}

void pt_root_set(struct mmu_aspace *as, const void *site, unsigned index, pte_t value)
{
	pt_set(site, &pt_table(as->root)[index], value);
	if (!pfn_is_none(as->user_root)) {
		pt_set(site, &pt_table(as->user_root)[index], value);
	}
}

void pt_table_attach(const void *site, struct page *table)
{
	pfn_t p = page_pfn(table);

	entry_queue(site, pv_direct_slot(p), pte_make(p, DATA_READ_ONLY));
	table->count = PT_LIVE;
}

static void table_detach(const void *site, struct page *table)
{
	pfn_t p = page_pfn(table);

	entry_queue(site, pv_direct_slot(p), pte_make(p, DATA_WRITABLE));
	table->count = PT_PRIVATE;
}

static void tables_for_each(
	struct mmu_aspace *as, const void *site, void (*each)(const void *site, struct page *table))
{
	list_for_each(node, &as->tables) {
		each(site, list_entry(node, struct page, link));
	}
	each(site, page_of(as->root));
	if (!pfn_is_none(as->user_root)) {
		each(site, page_of(as->user_root));
	}
}

int pt_root_alloc(struct mmu_aspace *as, pfn_t *root)
{
	void *memory = page_alloc_zeroed();
	struct page *table;

	if (!memory) {
		return -ENOMEM;
	}
	*root = virt_to_pfn(memory);
	table = page_of(*root);
	table->kind = PAGE_TABLE;
	table->owner = as;
	table->count = PT_PRIVATE;
	return 0;
}

void pt_roots_free(struct mmu_aspace *as)
{
	if (!pfn_is_none(as->root)) {
		page_free(page_of(as->root), 0);
	}
	if (!pfn_is_none(as->user_root)) {
		page_free(page_of(as->user_root), 0);
	}
	as->root = as->user_root = PFN_NONE;
}

/* ---- registering ------------------------------------------------------ */

void pt_publish(struct mmu_aspace *as, const void *site)
{
	tables_for_each(as, site, pt_table_attach);
	ext_queue(site, PIN_ROOT, pfn_to_mfn(as->root).n);
	if (!pfn_is_none(as->user_root)) {
		ext_queue(site, PIN_ROOT, pfn_to_mfn(as->user_root).n);
	}
}

/* L1: the loading that pt_load() queued is done. */
void pt_loaded(void)
{
	struct cpu *cpu = cpu_this();

	if (cpu->port.leaving) {
		__atomic_and_fetch(
			&cpu->port.leaving->loaded_on, ~cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
		cpu->port.leaving = NULL;
	}
}

/*
 * The flush is for the direct map: its entries for the tables grow from
 * read-only to writable, and Xen passes the fault of a stale entry on to us.
 */
void pt_retire(struct mmu_aspace *as, const void *site)
{
	preempt_disable();
	if (cpu_this()->port.loaded == as) {
		pt_load(&mmu_kernel, site);
	}
	if (!pfn_is_none(as->user_root)) {
		ext_queue(site, MMUEXT_UNPIN_TABLE, pfn_to_mfn(as->user_root).n);
	}
	ext_queue(site, MMUEXT_UNPIN_TABLE, pfn_to_mfn(as->root).n);
	tables_for_each(as, site, table_detach);
	ext_queue(site,
		smp_running() == cpu_bit(cpu_id()) ? MMUEXT_TLB_FLUSH_LOCAL : MMUEXT_TLB_FLUSH_ALL,
		0);
	batch_flush(BATCH_COMMIT);
	pt_loaded();
	preempt_enable();
}

static uint64_t holders(const struct mmu_aspace *as)
{
	return as == &mmu_kernel ? smp_running()
				 : __atomic_load_n(&as->loaded_on, __ATOMIC_SEQ_CST);
}

void pt_commit(struct mmu_aspace *as, const void *site)
{
	bool is_noted = as->flush_all || as->flush_count;
	uint64_t early = is_noted ? holders(as) : 0, late;

	if (!as->published) {
		return;
	}
	flush_queue(as, site, early);
	batch_flush(BATCH_COMMIT);
	pt_loaded();
	late = is_noted ? holders(as) & ~early : 0; /* L2 */
	if (late) {
		flush_queue(as, site, late);
		batch_flush(BATCH_COMMIT);
	}
}

void pt_load(struct mmu_aspace *as, const void *site)
{
	struct cpu *cpu = cpu_this();
	struct mmu_aspace *old = cpu->port.loaded ? cpu->port.loaded : &mmu_kernel;
	struct mmuext_op ops[PT_LOAD_OPS];

	assert_that(as == &mmu_kernel || as->published, "only a published space is loaded");
	assert_that(!cpu->port.leaving, "L1: one loading at a time");
	if (old == as) {
		return;
	}
	__atomic_or_fetch(&as->loaded_on, cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
	pt_load_ops(as, ops);
	for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
		batch_mmuext(site, &ops[i]);
	}
	cpu->port.loaded = as;
	cpu->port.leaving = old;
}

/* The batch may be half filled by whom we interrupt (B1). */
void pt_leave(void *as)
{
	struct cpu *cpu = cpu_this();
	struct mmuext_op ops[PT_LOAD_OPS];
	long err;

	if (cpu->port.loaded != as) {
		return;
	}
	pt_load_ops(&mmu_kernel, ops);
	err = xen_mmuext_op(ops, ARRAY_SIZE(ops), NULL, DOMID_SELF);
	if (err) {
		panic("mmu: Xen does not load the kernel's tables: %ld", err);
	}
	cpu->port.loaded = &mmu_kernel;
	__atomic_or_fetch(&mmu_kernel.loaded_on, cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
	__atomic_and_fetch(
		&((struct mmu_aspace *)as)->loaded_on, ~cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
}
