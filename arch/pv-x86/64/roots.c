/*
 * roots.c (pv64) - two roots of four levels.
 *
 * The kernel and its programs both run in ring 3, so nothing but the page tables can keep them
 * apart: programs run on a root of their own that has the user half only. Xen loads the one or
 * the other when the mode changes.
 */
#include "../roots.h"

#include <arch/mmu.h>
#include <kernel/errno.h>

/* First root slot of the kernel's; those between the user half and it are Xen's. */
#define KERNEL_SLOT_FIRST pt_index(LAYOUT_DIRECT_BASE, PT_LEVELS)

int pt_roots_init(struct mmu_aspace *as)
{
	const pte_t *kernel = pt_table(mmu_kernel.root);

	if (pt_root_alloc(as, &as->root) || pt_root_alloc(as, &as->user_root)) {
		pt_roots_free(as);
		return -ENOMEM;
	}
	for (unsigned i = KERNEL_SLOT_FIRST; i < PT_ENTRIES; i++) {
		pt_table(as->root)[i] = kernel[i];
	}
	return 0;
}

void pt_load_ops(const struct mmu_aspace *as, struct mmuext_op ops[PT_LOAD_OPS])
{
	ops[0] =
		(struct mmuext_op){ .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = pfn_to_mfn(as->root).n };
	ops[1] = (struct mmuext_op){ .cmd = MMUEXT_NEW_USER_BASEPTR,
		.arg1.mfn = pfn_is_none(as->user_root) ? 0 : pfn_to_mfn(as->user_root).n };
}
