/*
 * space.c - address-space compression: whoever else is mapped here, and how well hidden he is.
 *
 * A hypervisor's handlers must be mapped wherever the guest runs, since an interrupt does not change
 * page tables; so it takes a part of the guest's addresses for itself.
 */
#include <arch/cpu.h>
#include <port/layout.h>
#include <x86/trap.h>
#include "attempt.h"
#include "tour.h"

static const struct {
	vaddr_t address;
	const char *name, *what;
} places[] = {
	{ LAYOUT_XEN_BASE, "read ffff800000000000", "Xen's machine-to-physical table" },
	{ 0xffff820000000000, "read ffff820000000000", "Xen's own page tables" },
	{ 0xffff82d040200000, "read ffff82d040200000", "Xen's text" },
	{ 0xffff830000000000, "read ffff830000000000", "Xen's map of all memory" },
	{ LAYOUT_DIRECT_BASE, "read ffff888000000000", "our memory" },
};

static void place_show(unsigned i)
{
	uint64_t value = 0, at = places[i].address;
	bool went = ATTEMPT("movq (%[at]), %[value]", [value] "+r"(value), [at] "+r"(at));

	if (went) {
		tour_show(places[i].name, "returned", "%#lx", (unsigned long)value);
	} else {
		tour_show(places[i].name, "trapped", "vector %lu, error code %#lx: %s",
			(unsigned long)fixup_taken.vector, (unsigned long)fixup_taken.error_code,
			fixup_taken.error_code & X86_FAULT_PRESENT ? "forbidden" : "nothing there");
	}
}

static void write_try(void)
{
	uint64_t value = 0, at = LAYOUT_XEN_BASE;
	bool went = ATTEMPT("movq (%[at]), %[value]", [value] "+r"(value), [at] "+r"(at));

	if (went) {
		went = ATTEMPT("movq %[value], (%[at])", [value] "+r"(value), [at] "+r"(at));
		tour_attempt(went, "write there", "done", "%#lx", (unsigned long)value);
	}
}

void tour_space(void)
{
	irq_state_t irq = irq_save();

	tour_say(
		"Interrupts arrive without a change of page tables, so whoever handles them is mapped, in");
	tour_say(
		"every address space there is. On 64-bit PV that is from ffff800000000000 to ffff87ff...:");
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		tour_say("%s", places[i].what);
		place_show(i);
	}
	write_try();
	irq_restore(irq);
	if (IS_ENABLED(CONFIG_ENV_PV64)) {
		tour_say(
			"The kernel keeps out (arch/x86/include/port/layout.h); Xen refuses to map anything there.");
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
