/*
 * roots.c (pv32) - one root of four entries, and a table of Xen's and ours below it.
 *
 * The kernel runs in ring 1, a supervisor to the paging unit, so its pages are kept from programs
 * by the user bit and one root serves both. Of that root's four entries (1 GiB each) the programs
 * have two, the third is the kernel's. The fourth is the kernel's and Xen's: Xen writes slots of its
 * own at the end of the table there, for each space its own (linear mappings of the space among
 * them), and so refuses to pin two roots that share it.
 *
 * Invariant:
 *   R1  Each space has its own table for the fourth entry, a copy of the kernel's. What that and
 *       the third point to is shared, complete since boot (32/boot_tables.c), and so never changes.
 */
#include "../roots.h"

#include <arch/mmu.h>
#include <kernel/errno.h>

#define KERNEL_ENTRY pt_index(LAYOUT_DIRECT_BASE, 3)
#define XEN_ENTRY    pt_index(LAYOUT_XEN_BASE, 3)
#define XEN_SLOT     pt_index(LAYOUT_XEN_BASE, 2)

/* R1. It counts among the space's tables, so it is registered and freed with them. */
static int xen_table_add(struct mmu_aspace *as)
{
	const pte_t *kernel = pt_table(pte_pfn(pt_table(mmu_kernel.root)[XEN_ENTRY]));
	pfn_t table;

	if (pt_root_alloc(as, &table)) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < XEN_SLOT; i++) {
		pt_table(table)[i] = kernel[i];
	}
	pt_table(as->root)[XEN_ENTRY] = pte_make(table, PTE_LINK);
	list_push_back(&as->tables, &page_of(table)->link);
	as->table_count++;
	return 0;
}

int pt_roots_init(struct mmu_aspace *as)
{
	if (pt_root_alloc(as, &as->root) || xen_table_add(as)) {
		pt_roots_free(as);
		return -ENOMEM;
	}
	pt_table(as->root)[KERNEL_ENTRY] = pt_table(mmu_kernel.root)[KERNEL_ENTRY];
	return 0;
}

void pt_load_ops(const struct mmu_aspace *as, struct mmuext_op ops[PT_LOAD_OPS])
{
	ops[0] =
		(struct mmuext_op){ .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = pfn_to_mfn(as->root).n };
}
