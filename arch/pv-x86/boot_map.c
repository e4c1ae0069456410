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
 *  3. link it, from where Xen validates the rest;
 *  4. (boot_map_finish) give the image's sections their rights and drop
 *     everything else from the image region, where that is not the direct map itself.
 *
 * Which tables there are and where they are linked differs by width (64/boot_tables.c,
 * 32/boot_tables.c). The direct map's leaf tables lie in consecutive frames, so the entry for a
 * frame is found by arithmetic ever after (pv_direct_slot).
 */
#include "boot_map.h"
#include "boot_tables.h"

#include <arch/mmu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <x86/pt.h>

extern char image_start[], data_start[], image_end[];

pfn_t boot_root;

pfn_t boot_pfn(vaddr_t va)
{
	return pfn((va - LAYOUT_IMAGE_BASE) >> PAGE_SHIFT);
}

pte_t *boot_table(pfn_t p)
{
	return (pte_t *)(LAYOUT_IMAGE_BASE + (p.n << PAGE_SHIFT));
}

pte_t *boot_slot(vaddr_t va, unsigned level, pte_t *(*table_at)(pfn_t))
{
	pte_t *table = table_at(boot_root);

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

void boot_entry_queue(const pte_t *slot, pte_t value)
{
	batch_mmu_update(
		__builtin_return_address(0), builder_machine(slot) | MMU_NORMAL_PT_UPDATE, value.v);
}

static void builder_leaf_queue(vaddr_t va, pte_t value)
{
	pte_t *slot = boot_slot(va, 1, boot_table);

	assert_that(slot, "the builder maps the address");
	boot_entry_queue(slot, value);
}

void boot_flush(void)
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

/* ---- fill ------------------------------------------------------------- */

static bool is_in(unsigned long p, pfn_t start, pfn_t end)
{
	return p >= start.n && p < end.n;
}

bool boot_is_read_only(const struct boot_map *map, unsigned long p)
{
	return is_in(p, map->builder_tables, map->builder_tables_end) ||
		is_in(p, map->tables, map->tables_end) ||
		is_in(p, boot_pfn((vaddr_t)image_start), boot_pfn((vaddr_t)data_start));
}

void boot_links_fill(pte_t *table, pfn_t first, unsigned long count)
{
	for (unsigned long i = 0; i < MIN(count, (unsigned long)PT_ENTRIES); i++) {
		table[i] = pte_make(pfn_add(first, i), PTE_LINK);
	}
}

/* Mapped addresses from `va` on: the window's size in pages. */
static unsigned long window_measure(vaddr_t va)
{
	unsigned long pages = 0;

	for (; va < LAYOUT_IMAGE_END; va += PAGE_SIZE, pages++) {
		pte_t *slot = boot_slot(va, 1, boot_table);

		if (!slot || !pte_is_present(*slot)) {
			break;
		}
	}
	return pages;
}

static void tables_fill(const struct boot_plan *plan, const struct boot_map *map)
{
	vaddr_t window = (vaddr_t)boot_table(plan->first);
	unsigned long size = window_measure(window);

	assert_that(size > 0, "the builder maps some frames behind the boot stack");
	for (unsigned long start = 0; start < plan->total; start += size) {
		unsigned long n = MIN(size, plan->total - start);

		if (start) { /* the first move is the identity */
			for (unsigned long i = 0; i < n; i++) {
				builder_leaf_queue(window + i * PAGE_SIZE,
					pte_make(pfn_add(plan->first, start + i),
						BOOT_LEAF | PTE_WRITE | PTE_NX));
			}
			boot_flush();
		}
		for (unsigned long i = 0; i < n; i++) {
			boot_table_fill(plan, map, start + i, (pte_t *)(window + i * PAGE_SIZE));
		}
	}
	for (unsigned long i = 0; i < MIN(size, plan->total); i++) {
		builder_leaf_queue(window + i * PAGE_SIZE, (pte_t){ 0 });
	}
}

int boot_map_build(const struct start_info *si, struct boot_map *map)
{
	struct boot_plan plan = { .first = first_unused(si), .frames = si->nr_pages };

	boot_tables_plan(&plan);
	boot_root = boot_pfn(si->pt_base);
	map->frames = plan.frames;
	map->builder_tables = boot_root;
	map->builder_tables_end = pfn_add(boot_root, si->nr_pt_frames);
	map->tables = plan.first;
	map->tables_end = pfn_add(plan.first, plan.total);
	if (map->tables_end.n > plan.frames) {
		return -ENOMEM;
	}
	tables_fill(&plan, map);
	boot_tables_link(&plan);
	boot_flush();
	pv_direct_tables = plan.first;
	mmu_kernel.root = boot_root;
	return 0;
}
