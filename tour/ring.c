/*
 * ring.c - ring deprivileging, and ring aliasing: who asks which ring he is in is told.
 *
 * CS holds the ring in its two lowest bits, and reading CS traps nowhere.
 */
#include <arch/mmu.h>
#include <kernel/cpu.h>
#include <x86/asm.h>
#include <x86/pt.h>
#include "attempt.h"
#include "tour.h"

/* The entry that maps `va`, which may be a large page's. */
static pte_t entry_of(vaddr_t va)
{
	const pte_t *table = pt_table(mmu_kernel.root);

	for (unsigned level = PT_LEVELS;; level--) {
		pte_t e = table[pt_index(va, level)];

		if (level == 1 || !pte_is_present(e) || e.v & PTE_LARGE) {
			return e;
		}
		table = pt_table(pte_pfn(e));
	}
}

void tour_ring(void)
{
	irq_state_t irq = irq_save();
	unsigned long none = 0;
	bool went;
	unsigned cs = cs_read();

	tour_say(
		"A kernel expects ring 0. A hypervisor without the CPU's help has to take that ring");
	tour_say("for itself and put the kernel elsewhere; the kernel can tell.");
	tour_show("mov %cs", "returned", "%#x: ring %u", cs, cs & 3);
	went = ATTEMPT("ud2", [none] "+r"(none));
	tour_show("cs in a trap's frame", went ? "done" : "returned", "%#lx: ring %lu",
		fixup_taken.cs & 0xffff, fixup_taken.cs & 3);
	tour_show("user bit of our text", "returned", "%u",
		entry_of((vaddr_t)tour_ring).v & PTE_USER ? 1 : 0);
	irq_restore(irq);
	if ((cs & 3) == 1) {
		tour_say(
			"Ring 1, as 32-bit Xen has always used it: CS and the frames say so, and nobody asks. Paging");
		tour_say(
			"takes ring 1 for a supervisor, so the user bit keeps programs out: one root, no change of it");
		tour_say(
			"at a system call (arch/pv-x86/32). What keeps the kernel out of Xen is not paging's: here");
		tour_say("64-bit addresses, once the limits of segments.");
	} else if (cs & 3) {
		tour_say(
			"Aliasing: CS itself says ring %u, the frames that Xen makes say ring 0, so that the",
			cs & 3);
		tour_say(
			"kernel tells its own traps from a program's. Paging knows two rings only, so programs");
		tour_say(
			"could read the kernel (the user bit): each has a second root without it, and Xen");
		tour_say("changes roots at each entry (arch/pv-x86/pt.c, 64/entry.S).");
	} else {
		tour_say("Nothing is aliased: the CPU gives a ring 0 to whoever runs here%s.",
			IS_ENABLED(CONFIG_XEN) ? ", Xen is below in another mode" : "");
	}
}
