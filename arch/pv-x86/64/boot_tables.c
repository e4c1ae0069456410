/*
 * boot_tables.c (pv64) - direct map and vmap hang off entries of the root; the image has a region of its own.
 *
 * That gets leaf tables of its own too, with each section's rights (W^X) and nothing else in them: a link takes the
 * place of 512 of the builder's entries at once, where changing each would be an update of its own.
 */
#include "../boot_tables.h"

#include <drivers/xen/batch.h>
#include <kernel/string.h>
#include <x86/stack.h>
#include <xen/xen.h>

#define TABLE_SPAN (PT_ENTRIES * PAGE_SIZE)

extern char image_start[], rodata_start[], data_start[], image_end[];

static pfn_t image_tables; /* the first of them */

/* Leaf tables from LAYOUT_IMAGE_BASE to the image's end. */
static unsigned long image_table_count(void)
{
	return DIV_ROUND_UP((vaddr_t)image_end - LAYOUT_IMAGE_BASE, TABLE_SPAN);
}

/* Behind the leaves: their level 2, their level 3, vmap's level 3 and 2, the image's leaves. */
void boot_tables_plan(struct boot_plan *plan)
{
	plan->leaves = DIV_ROUND_UP(plan->frames, PT_ENTRIES);
	plan->level2 = DIV_ROUND_UP(plan->leaves, PT_ENTRIES);
	plan->total = plan->leaves + plan->level2 + 1 + 2 + image_table_count();
	image_tables = pfn_add(plan->first, plan->total - image_table_count());
}

/* The entry of a page of the image region; not present outside the image. What was mapped over it on purpose (shared info) stays. */
static pte_t image_entry(vaddr_t va)
{
	uint64_t flags = BOOT_LEAF;
	pte_t old;

	if (va < (vaddr_t)image_start || va >= (vaddr_t)image_end || va == (vaddr_t)boot_stack) {
		return (pte_t){ 0 };
	}
	old = pte_read(boot_slot(va, 1, boot_table));
	if (pte_pfn(old).n != boot_pfn(va).n) {
		return old;
	}
	if (va >= (vaddr_t)data_start) {
		flags |= PTE_WRITE | PTE_NX;
	} else if (va >= (vaddr_t)rodata_start) {
		flags |= PTE_NX;
	}
	return pte_make(boot_pfn(va), flags);
}

static void image_table_fill(unsigned long i, pte_t *table)
{
	vaddr_t va = LAYOUT_IMAGE_BASE + i * TABLE_SPAN;

	for (unsigned j = 0; j < PT_ENTRIES; j++) {
		table[j] = image_entry(va + j * PAGE_SIZE);
	}
}

static pte_t direct_entry(const struct boot_map *map, unsigned long p)
{
	return pte_make(pfn(p), BOOT_LEAF | PTE_NX | (boot_is_read_only(map, p) ? 0 : PTE_WRITE));
}

void boot_table_fill(
	const struct boot_plan *plan, const struct boot_map *map, unsigned long i, pte_t *table)
{
	pfn_t level2 = pfn_add(plan->first, plan->leaves);
	pfn_t vmap_level2 = pfn_add(level2, plan->level2 + 2);
	unsigned long image_first = image_tables.n - plan->first.n;

	memset(table, 0, PAGE_SIZE);
	if (i < plan->leaves) {
		unsigned long p = i * PT_ENTRIES;

		for (unsigned j = 0; j < PT_ENTRIES && p + j < plan->frames; j++) {
			table[j] = direct_entry(map, p + j);
		}
	} else if (i < plan->leaves + plan->level2) {
		unsigned long first = (i - plan->leaves) * PT_ENTRIES;

		boot_links_fill(table, pfn_add(plan->first, first), plan->leaves - first);
	} else if (i == plan->leaves + plan->level2) {
		boot_links_fill(table, level2, plan->level2);
	} else if (i == plan->leaves + plan->level2 + 1) {
		table[pt_index(LAYOUT_VMAP_BASE, 3)] = pte_make(vmap_level2, PTE_LINK);
	} else if (i >= image_first) {
		image_table_fill(i - image_first, table);
	}
}

static void root_link(vaddr_t va, pfn_t table)
{
	boot_entry_queue(
		&boot_table(boot_root)[pt_index(va, PT_LEVELS)], pte_make(table, PTE_LINK));
}

void boot_tables_link(const struct boot_plan *plan)
{
	pfn_t direct = pfn_add(plan->first, plan->leaves + plan->level2);

	root_link(LAYOUT_DIRECT_BASE, direct);
	root_link(LAYOUT_VMAP_BASE, pfn_add(direct, 1));
}

/* ---- finish ----------------------------------------------------------- */

/* The image's tables take their place; of the builder's others, which held ramdisk, lists and tables, nothing stays. */
void boot_map_finish(void)
{
	for (unsigned long i = 0; LAYOUT_IMAGE_BASE + i * TABLE_SPAN < LAYOUT_IMAGE_END; i++) {
		pte_t *slot = boot_slot(LAYOUT_IMAGE_BASE + i * TABLE_SPAN, 2, pt_table);
		pte_t value = { 0 };

		if (!slot || !pte_is_present(*slot)) {
			break;
		}
		if (i < image_table_count()) {
			value = pte_make(pfn_add(image_tables, i), PTE_LINK);
		}
		batch_mmu_update(__builtin_return_address(0),
			machine_of(slot) | MMU_NORMAL_PT_UPDATE, value.v);
	}
	boot_flush();
}
