/* hw.c - what the tour finds where the kernel is in ring 0 (native64, pvh64). */
#include "../tour.h"

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <hw/control.h>
#include <hw/descriptors.h>
#include <x86/pt.h>
#include "../attempt.h"

const unsigned tour_ring0_code = SELECTOR_KERNEL_CODE, tour_ring0_data = SELECTOR_KERNEL_DATA;

/* An entry of the root and one of a table below, each written with what it holds. */
void tour_tables_here(void)
{
	irq_state_t irq = irq_save();
	pte_t *root = pt_table(mmu_kernel.root);
	pte_t *slot = &root[pt_index(LAYOUT_VMAP_BASE, PT_LEVELS)];
	uint64_t value = slot->v;
	bool went = ATTEMPT("movq %[value], (%[slot])", [value] "+r"(value), [slot] "+r"(slot));

	tour_attempt(went, "store to the root", "done", "entry %#lx", (unsigned long)value);
	slot = pt_table(pte_pfn(*slot));
	value = slot->v;
	went = ATTEMPT("movq %[value], (%[slot])", [value] "+r"(value), [slot] "+r"(slot));
	tour_attempt(went, "store below it", "done", "entry %#lx", (unsigned long)value);
	value = cr3_read();
	tour_show("mov from %cr3", "returned", "%#lx", (unsigned long)value);
	irq_restore(irq);
	tour_say("An edit is a store (arch/hw-x86/pt.c)%s.",
		IS_ENABLED(CONFIG_XEN)
			? "; behind it Xen has nested tables, which hardware walks too"
			: "");
}
