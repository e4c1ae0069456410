/*
 * boot_map.h (pv-x86) - from the domain builder's page tables to ours; see boot_map.c.
 */
#ifndef PV_BOOT_MAP_H
#define PV_BOOT_MAP_H

#include <kernel/types.h>
#include <xen/xen.h>

/* What boot_map_build() used, in frames. */
struct boot_map {
	pfn_t builder_tables, builder_tables_end; /* the tables we were born on */
	pfn_t tables, tables_end;		  /* ours: direct map and vmap */
	unsigned long frames;			  /* that the direct map holds, from 0 on */
};

/*
 * Build the direct map of all frames and the vmap region's upper tables. The
 * builder's mapping of the image region stays until boot_map_finish().
 * Returns -ENOMEM when the domain is too small to hold the tables.
 */
int boot_map_build(const struct start_info *si, struct boot_map *map) __must_check;

/* Reduce the image region to the image, each section with its rights (W^X). */
void boot_map_finish(void);

/* Frame behind an address of the builder's mapping. */
pfn_t boot_pfn(vaddr_t va);

/* Overwrite the leaf that maps a page of the image region, at once. */
void boot_leaf_write(vaddr_t va, uint64_t entry);

#endif
