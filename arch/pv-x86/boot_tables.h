/*
 * boot_tables.h (pv-x86) - the kernel's own tables, which differ by width, while boot_map.c builds them.
 */
#ifndef PV_BOOT_TABLES_H
#define PV_BOOT_TABLES_H

#include "boot_map.h"

#include <x86/pt.h>

#define BOOT_LEAF (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY)

/* The table pages to be, in consecutive frames: the direct map's leaves, then those of the width. */
struct boot_plan {
	pfn_t first;
	unsigned long leaves, level2;
	unsigned long total;
	unsigned long frames; /* of the domain that are used */
};

/* ---- by width (64/boot_tables.c, 32/boot_tables.c) ---------------------- */

/* From `frames`, which it may lower, how many tables of which kind. */
void boot_tables_plan(struct boot_plan *plan);

/* Fill the `i`-th table of the plan, seen at `table`. */
void boot_table_fill(
	const struct boot_plan *plan, const struct boot_map *map, unsigned long i, pte_t *table);

/* Queue the entries of tables in use that make all that visible. */
void boot_tables_link(const struct boot_plan *plan);

/* ---- by boot_map.c ----------------------------------------------------- */

/* The builder's root, which stays ours. */
extern pfn_t boot_root;

/* Before the direct map stands, tables are read through the builder's mapping. */
pte_t *boot_table(pfn_t p);

/* The entry of `level` for `va` below boot_root; NULL where a table above is missing. */
pte_t *boot_slot(vaddr_t va, unsigned level, pte_t *(*table_at)(pfn_t));

/* Queue the change of an entry that is seen through the builder's mapping. */
void boot_entry_queue(const pte_t *slot, pte_t value);
void boot_flush(void);

/* Whether no writable mapping of the frame may exist: a table, or the kernel's text. */
bool boot_is_read_only(const struct boot_map *map, unsigned long p);

/* Entries of a table that point to `count` tables from frame `first` on. */
void boot_links_fill(pte_t *table, pfn_t first, unsigned long count);

#endif
