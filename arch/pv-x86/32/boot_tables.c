/*
 * boot_tables.c (pv32) - direct map and vmap, below the root's third and fourth entry.
 *
 * The builder's mapping of the image, from the start of the third GiB on, is the beginning of a direct
 * map already: same addresses, same frames. So the image has no region of its own; our leaf
 * tables take the place of the builder's, with each section's rights (W^X), and go on to the last
 * frame. vmap's are all made now, empty, so that the tables above them never change again (32/roots.c, R1).
 */
#include "../boot_tables.h"

#include <kernel/string.h>
#include <x86/stack.h>

#define TABLE_SPAN  (PT_ENTRIES * PAGE_SIZE)
#define VMAP_TABLES (LAYOUT_VMAP_SIZE / TABLE_SPAN)
#define FRAMES_MOST ((LAYOUT_VMAP_BASE - LAYOUT_DIRECT_BASE) / PAGE_SIZE)

_Static_assert(LAYOUT_VMAP_BASE % TABLE_SPAN == 0 && LAYOUT_VMAP_SIZE % TABLE_SPAN == 0 &&
		LAYOUT_DIRECT_BASE == LAYOUT_IMAGE_BASE,
	"regions are whole tables, and the image lies in the direct map");

extern char image_start[], rodata_start[], data_start[], image_end[];

void boot_tables_plan(struct boot_plan *plan)
{
	plan->frames = MIN(plan->frames, FRAMES_MOST);
	plan->leaves = DIV_ROUND_UP(plan->frames, PT_ENTRIES);
	plan->total = plan->leaves + VMAP_TABLES;
}

/*
 * A page of the image. What was mapped over it on purpose (shared info), or made read-only (the
 * descriptor table), stays so; the boot stack's guard goes.
 */
static pte_t image_entry(unsigned long p, vaddr_t va)
{
	pte_t old = pte_read(boot_slot(va, 1, boot_table));
	uint64_t flags = BOOT_LEAF;

	if (va == (vaddr_t)boot_stack) {
		return (pte_t){ 0 };
	}
	if (pte_pfn(old).n != p) {
		return old;
	}
	if (va >= (vaddr_t)data_start) {
		flags |= PTE_NX | (old.v & PTE_WRITE);
	} else if (va >= (vaddr_t)rodata_start) {
		flags |= PTE_NX;
	}
	return pte_make(pfn(p), flags);
}

static pte_t direct_entry(const struct boot_map *map, unsigned long p)
{
	vaddr_t va = LAYOUT_DIRECT_BASE + p * PAGE_SIZE;

	if (va >= (vaddr_t)image_start && va < (vaddr_t)image_end) {
		return image_entry(p, va);
	}
	return pte_make(pfn(p), BOOT_LEAF | PTE_NX | (boot_is_read_only(map, p) ? 0 : PTE_WRITE));
}

void boot_table_fill(
	const struct boot_plan *plan, const struct boot_map *map, unsigned long i, pte_t *table)
{
	unsigned long p = i * PT_ENTRIES;

	memset(table, 0, PAGE_SIZE);
	for (unsigned j = 0; i < plan->leaves && j < PT_ENTRIES && p + j < plan->frames; j++) {
		table[j] = direct_entry(map, p + j);
	}
}

void boot_tables_link(const struct boot_plan *plan)
{
	for (unsigned long i = 0; i < plan->total; i++) {
		vaddr_t va = i < plan->leaves ? LAYOUT_DIRECT_BASE + i * TABLE_SPAN
					      : LAYOUT_VMAP_BASE + (i - plan->leaves) * TABLE_SPAN;

		boot_entry_queue(
			boot_slot(va, 2, boot_table), pte_make(pfn_add(plan->first, i), PTE_LINK));
	}
}

/* The new leaves have all rights as they are to be. */
void boot_map_finish(void)
{
	boot_flush();
}
