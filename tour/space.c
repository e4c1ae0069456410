/*
 * space.c - address-space compression: whoever else is mapped here, and how well hidden he is.
 *
 * A hypervisor's handlers must be mapped wherever the guest runs, since an interrupt does not change
 * page tables; so it takes a part of the guest's addresses for itself.
 */
#include <arch/cpu.h>
#include <x86/trap.h>
#include "attempt.h"
#include "tour.h"

static void place_show(const struct tour_place *place)
{
	unsigned long value = 0, at = place->address;
	bool went = ATTEMPT("mov (%[at]), %[value]", [value] "+r"(value), [at] "+r"(at));

	tour_say("%s", place->what);
	if (went) {
		tour_show(place->name, "returned", "%#lx", value);
	} else {
		tour_show(place->name, "trapped", "vector %lu, error code %#lx: %s",
			fixup_taken.vector, fixup_taken.error_code,
			fixup_taken.error_code & X86_FAULT_PRESENT ? "forbidden" : "nothing there");
	}
}

static void write_try(void)
{
	unsigned long value = 0, at = tour_places[0].address;
	bool went = ATTEMPT("mov (%[at]), %[value]", [value] "+r"(value), [at] "+r"(at));

	if (went) {
		went = ATTEMPT("mov %[value], (%[at])", [value] "+r"(value), [at] "+r"(at));
		tour_attempt(went, "write there", "done", "%#lx", value);
	}
}

void tour_space(void)
{
	irq_state_t irq = irq_save();

	tour_say(
		"Interrupts arrive without a change of page tables, so whoever handles them is mapped, in");
	tour_say("every address space there is. %s:", tour_places_where);
	for (const struct tour_place *place = tour_places; place->name; place++) {
		place_show(place);
	}
	write_try();
	irq_restore(irq);
	if (IS_ENABLED(CONFIG_PV)) {
		tour_say(
			"The kernel keeps out (port/layout.h); Xen refuses to map anything there.");
		tour_say(
			"What is readable is meant to be: frame numbers of the whole machine, of all domains.");
	} else {
		tour_say(
			"Nobody is there. The layout leaves these addresses free all the same, so that an address");
		tour_say("means the same on each port%s.",
			IS_ENABLED(CONFIG_XEN)
				? "; Xen has page tables of its own, changed by hardware"
				: "");
	}
}
