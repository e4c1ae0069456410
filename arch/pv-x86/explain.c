/*
 * explain.c (pv-x86) - why Xen may have refused to pin a root: on the way to a
 * panic, look for what breaks M1 (arch/mmu.h), a table with a writable mapping.
 */
#include "roots.h"

#include <drivers/xen/batch.h>
#include <kernel/log.h>

static bool is_writable(pfn_t p)
{
	return pv_direct_slot(p)->v & PTE_WRITE;
}

/* Report every writable table in the tree below `table`, which is of `level`; how many there are. */
static unsigned writable_report(pfn_t table, unsigned level, unsigned slots)
{
	unsigned found = 0;

	if (is_writable(table)) {
		log_err("mmu: M1 broken: the level-%u table in frame %#lx is still writable at %p",
			level, table.n, pfn_to_virt(table));
		found++;
	}
	for (unsigned i = 0; level > 1 && i < slots; i++) {
		pte_t e = pt_table(table)[i];
		pfn_t below = pte_is_present(e) ? pte_pfn(e) : PFN_NONE;

		if (!pfn_is_none(below)) {
			found += writable_report(below, level - 1, PT_ENTRIES);
		}
	}
	return found;
}

void port_explain_refusal(const struct mmuext_op *op)
{
	pfn_t root = mfn_to_pfn((mfn_t){ op->arg1.mfn });

	if (op->cmd != PIN_ROOT) {
		return;
	}
	if (pfn_is_none(root)) {
		log_err("mmu: machine frame %#lx is not this domain's",
			(unsigned long)op->arg1.mfn);
	} else if (!writable_report(
			   root, PT_LEVELS, pt_index(LAYOUT_USER_END - 1, PT_LEVELS) + 1)) {
		log_err("mmu: no table below root frame %#lx is writable through the direct map",
			root.n);
	}
}
