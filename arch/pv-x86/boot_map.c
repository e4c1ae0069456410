/*
 * boot_map.c (pv-x86) - from the domain builder's page tables to ours.
 *
 * The builder maps, from LAYOUT_IMAGE_BASE on, the kernel image, what it put
 * behind it (ramdisk, frame list, start_info, page tables, boot stack) and at
 * least 512 KiB more. We keep its root and, while single threaded:
 *
 *  1. take fresh frames behind all that for the direct map's tables, and fill
 *     them by plain stores through the builder's mapping. When there are more
 *     tables than mapped frames, the mapped addresses serve as a window that
 *     is moved over them;
 *  2. take the window away, so no table has a writable mapping left; the direct map
 *     itself maps every table, and the kernel's text, read-only;
 *  3. link it: one entry of the root, from which Xen validates the rest;
 *  4. (boot_map_finish) give the image's sections their rights and drop
 *     everything else from the image region.
 *
 * The direct map's leaf tables lie in consecutive frames, so the entry for a
 * frame is found by arithmetic ever after (pv_direct_slot).
 */
#include "boot_map.h"

#include <arch/mmu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <x86/pt.h>
#include <x86/stack.h>

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
#define LEAF_FLAGS  (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY)
#define REGION_END  (LAYOUT_IMAGE_BASE + (UINT64_C(1) << 30))
#define TABLE_SPAN  (PT_ENTRIES * PAGE_SIZE)

extern char image_start[], text_start[], text_end[], rodata_start[], rodata_end[], data_start[],
	image_end[];

/* The table pages to be, in frame order: direct-map leaves, their level 2, their level 3, vmap's level 3 and 2. */
struct plan {
	pfn_t first;
	unsigned long leaves, level2;
	unsigned long total;
	unsigned long frames; /* of the domain */
};

static pfn_t builder_root;

pfn_t boot_pfn(vaddr_t va)
{
	return pfn((va - LAYOUT_IMAGE_BASE) >> PAGE_SHIFT);
}

/* Before the direct map stands, tables are read through the builder's mapping. */
static pte_t *builder_table(pfn_t p)
{
	return (pte_t *)(LAYOUT_IMAGE_BASE + (p.n << PAGE_SHIFT));
}

/* The builder's entry of `level` for `va`; NULL where a table above is missing. */
static pte_t *builder_slot(vaddr_t va, unsigned level, pte_t *(*table_at)(pfn_t))
{
	pte_t *table = table_at(builder_root);

	for (unsigned l = PT_LEVELS; l > level; l--) {
		pte_t e = table[pt_index(va, l)];

		if (!pte_is_present(e)) {
			return NULL;
		}
		table = table_at(pte_pfn(e));
	}
	return &table[pt_index(va, level)];
}

static uint64_t builder_machine(const pte_t *slot)
{
	return (uint64_t)pfn_to_mfn(boot_pfn((vaddr_t)slot)).n << PAGE_SHIFT |
		((uintptr_t)slot & ~PAGE_MASK);
}

static void builder_leaf_queue(vaddr_t va, pte_t value)
{
	pte_t *slot = builder_slot(va, 1, builder_table);

	assert_that(slot, "the builder maps the address");
	batch_mmu_update(
		__builtin_return_address(0), builder_machine(slot) | MMU_NORMAL_PT_UPDATE, value.v);
}

static void flush_tlb_and_batch(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	batch_mmuext(__builtin_return_address(0), &op);
	batch_flush(BATCH_DEPENDS);
}

void boot_leaf_write(vaddr_t va, uint64_t entry)
{
	long err = xen_update_va_mapping(va, entry, UVMF_INVLPG);

	if (err) {
		panic("boot: Xen refused to map %#lx := %#lx: %ld", va, (unsigned long)entry, err);
	}
}

/* ---- plan ------------------------------------------------------------- */

/* First frame behind everything the builder made. */
static pfn_t first_unused(const struct start_info *si)
{
	unsigned long last = boot_pfn((vaddr_t)image_end - 1).n;

	last = MAX(last, boot_pfn(si->pt_base).n + si->nr_pt_frames); /* and the boot stack */
	last = MAX(last, boot_pfn((vaddr_t)si).n);
	last = MAX(last, boot_pfn(si->mfn_list + si->nr_pages * sizeof(long) - 1).n);
	if (si->mod_len) {
		last = MAX(last, boot_pfn(si->mod_start + si->mod_len - 1).n);
	}
	if (xen_platform.console_ring) {
		last = MAX(last, boot_pfn((vaddr_t)xen_platform.console_ring).n);
	}
	if (xen_platform.store_ring) {
		last = MAX(last, boot_pfn((vaddr_t)xen_platform.store_ring).n);
	}
	return pfn(last + 1);
}

static struct plan plan_make(const struct start_info *si)
{
	struct plan plan = { .first = first_unused(si), .frames = si->nr_pages };

	plan.leaves = DIV_ROUND_UP(plan.frames, PT_ENTRIES);
	plan.level2 = DIV_ROUND_UP(plan.leaves, PT_ENTRIES);
	plan.total = plan.leaves + plan.level2 + 1 + 2;
	return plan;
}

/* ---- fill ------------------------------------------------------------- */

static bool is_in(unsigned long p, pfn_t start, pfn_t end)
{
	return p >= start.n && p < end.n;
}

static pte_t direct_entry(const struct boot_map *map, unsigned long p)
{
	bool read_only = is_in(p, map->builder_tables, map->builder_tables_end) ||
		is_in(p, map->tables, map->tables_end) ||
		is_in(p, boot_pfn((vaddr_t)image_start), boot_pfn((vaddr_t)data_start));

	return pte_make(pfn(p), LEAF_FLAGS | PTE_NX | (read_only ? 0 : PTE_WRITE));
}

/* Entries of a table that point to `count` tables from frame `first` on. */
static void link_fill(pte_t *table, pfn_t first, unsigned long count)
{
	for (unsigned long i = 0; i < MIN(count, (unsigned long)PT_ENTRIES); i++) {
		table[i] = pte_make(pfn_add(first, i), TABLE_FLAGS);
	}
}

/* Fill the `i`-th table of the plan, seen at `table`. */
static void table_fill(
	const struct plan *plan, const struct boot_map *map, unsigned long i, pte_t *table)
{
	pfn_t level2 = pfn_add(plan->first, plan->leaves);
	pfn_t vmap_level2 = pfn_add(level2, plan->level2 + 2);

	memset(table, 0, PAGE_SIZE);
	if (i < plan->leaves) {
		unsigned long p = i * PT_ENTRIES;

		for (unsigned j = 0; j < PT_ENTRIES && p + j < plan->frames; j++) {
			table[j] = direct_entry(map, p + j);
		}
	} else if (i < plan->leaves + plan->level2) {
		unsigned long first = (i - plan->leaves) * PT_ENTRIES;

		link_fill(table, pfn_add(plan->first, first), plan->leaves - first);
	} else if (i == plan->leaves + plan->level2) {
		link_fill(table, level2, plan->level2);
	} else if (i == plan->leaves + plan->level2 + 1) {
		table[pt_index(LAYOUT_VMAP_BASE, 3)] = pte_make(vmap_level2, TABLE_FLAGS);
	}
}

/* Mapped addresses from `va` on: the window's size in pages. */
static unsigned long window_measure(vaddr_t va)
{
	unsigned long pages = 0;

	for (; va < REGION_END; va += PAGE_SIZE, pages++) {
		pte_t *slot = builder_slot(va, 1, builder_table);

		if (!slot || !pte_is_present(*slot)) {
			break;
		}
	}
	return pages;
}

static void tables_fill(const struct plan *plan, const struct boot_map *map)
{
	vaddr_t window = (vaddr_t)builder_table(plan->first);
	unsigned long size = window_measure(window);

	assert_that(size > 0, "the builder maps some frames behind the boot stack");
	for (unsigned long start = 0; start < plan->total; start += size) {
		unsigned long n = MIN(size, plan->total - start);

		if (start) { /* the first move is the identity */
			for (unsigned long i = 0; i < n; i++) {
				builder_leaf_queue(window + i * PAGE_SIZE,
					pte_make(pfn_add(plan->first, start + i),
						LEAF_FLAGS | PTE_WRITE | PTE_NX));
			}
			flush_tlb_and_batch();
		}
		for (unsigned long i = 0; i < n; i++) {
			table_fill(plan, map, start + i, (pte_t *)(window + i * PAGE_SIZE));
		}
	}
	for (unsigned long i = 0; i < MIN(size, plan->total); i++) {
		builder_leaf_queue(window + i * PAGE_SIZE, (pte_t){ 0 });
	}
	flush_tlb_and_batch();
}

static void root_link(vaddr_t va, pfn_t table)
{
	batch_mmu_update(__builtin_return_address(0),
		builder_machine(&builder_table(builder_root)[pt_index(va, PT_LEVELS)]) |
			MMU_NORMAL_PT_UPDATE,
		pte_make(table, TABLE_FLAGS).v);
}

int boot_map_build(const struct start_info *si, struct boot_map *map)
{
	struct plan plan = plan_make(si);

	builder_root = boot_pfn(si->pt_base);
	map->builder_tables = builder_root;
	map->builder_tables_end = pfn_add(builder_root, si->nr_pt_frames);
	map->tables = plan.first;
	map->tables_end = pfn_add(plan.first, plan.total);
	if (map->tables_end.n > plan.frames) {
		return -ENOMEM;
	}
	tables_fill(&plan, map);
	root_link(LAYOUT_DIRECT_BASE, pfn_add(plan.first, plan.leaves + plan.level2));
	root_link(LAYOUT_VMAP_BASE, pfn_add(plan.first, plan.leaves + plan.level2 + 1));
	batch_flush(BATCH_DEPENDS);
	pv_direct_tables = plan.first;
	mmu_kernel.root = builder_root;
	return 0;
}

/* ---- finish ----------------------------------------------------------- */

/* The entry that a page of the image region keeps; not present outside the image. */
static pte_t image_entry(vaddr_t va)
{
	uint64_t flags = LEAF_FLAGS;

	if (va < (vaddr_t)image_start || va >= (vaddr_t)image_end || va == (vaddr_t)boot_stack) {
		return (pte_t){ 0 };
	}
	if (va >= (vaddr_t)data_start) {
		flags |= PTE_WRITE | PTE_NX;
	} else if (va >= (vaddr_t)rodata_start) {
		flags |= PTE_NX;
	}
	return pte_make(boot_pfn(va), flags);
}

static void finish_queue(pte_t *slot, pte_t value)
{
	if (pte_is_present(*slot)) {
		batch_mmu_update(__builtin_return_address(0),
			machine_of(slot) | MMU_NORMAL_PT_UPDATE, value.v);
	}
}

void boot_map_finish(void)
{
	vaddr_t image_tables_end = ALIGN_UP((vaddr_t)image_end, TABLE_SPAN);
	pte_t *slot;

	for (vaddr_t va = LAYOUT_IMAGE_BASE; va < image_tables_end; va += PAGE_SIZE) {
		slot = builder_slot(va, 1, pt_table);
		/* What was remapped on purpose (shared info) is not the builder's any more. */
		if (slot && (!pte_is_present(*slot) || pte_pfn(*slot).n == boot_pfn(va).n)) {
			finish_queue(slot, image_entry(va));
		}
	}
	for (vaddr_t va = image_tables_end; va < REGION_END; va += TABLE_SPAN) {
		slot = builder_slot(va, 2, pt_table);
		if (!slot) {
			break;
		}
		finish_queue(slot, (pte_t){ 0 });
	}
	flush_tlb_and_batch();
}
