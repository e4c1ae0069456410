/*
 * hidden.c (64-bit) - state that instructions write and none reads: the hidden part of a segment register.
 *
 * Loading a selector fills base, limit and rights from a descriptor; a base can also be put there
 * alone. There is no way to read it (in 64-bit mode RDFSBASE, where it is allowed), so who saves and
 * restores the selector has lost the base.
 */
#include <arch/cpu.h>
#include <x86/user.h>
#include "../attempt.h"
#include "../tour.h"

static uint64_t words[1] = { 0x7061726176616e65 };

static bool read_by_fs(uint64_t *value)
{
	*value = 0;
	return ATTEMPT("movq %%fs:0, %[value]", [value] "+r"(*value));
}

void tour_hidden(void)
{
	struct port_user bases = { .tls = { .fs_base = (vaddr_t)words } }, none = { .tls = { 0 } };
	uint64_t value, selector = 0;
	irq_state_t irq;
	bool went;

	tour_say(
		"A hypervisor that stops a guest has to save its state, and cannot read all of it; nor can a");
	tour_say(
		"kernel that switches threads. The base of FS, behind a selector that says nothing of it:");
	port_tls_load(&bases);
	irq = irq_save();
	went = read_by_fs(&value);
	tour_attempt(went, "read by %fs", "returned", "%#lx", (unsigned long)value);
	went = ATTEMPT("movl %%fs, %k[selector]", [selector] "+r"(selector));
	tour_attempt(went, "save %fs", "returned", "%#lx", (unsigned long)selector);
	went = ATTEMPT("movl %k[selector], %%fs", [selector] "+r"(selector));
	tour_attempt(went, "restore %fs", "done", "%#lx", (unsigned long)selector);
	went = read_by_fs(&value);
	tour_attempt(went, "read by %fs again", "returned", "%#lx", (unsigned long)value);
	irq_restore(irq);
	port_tls_load(&none);
	tour_say(
		"Whether the base survives a null selector is the processor's choice (Intel clears it, AMD");
	tour_say(
		"keeps it). So the port remembers both bases of each program and says them again at each");
	tour_say("switch: %s.",
		IS_ENABLED(CONFIG_ENV_PV64)
			? "set_segment_base, in the switch's batch (arch/pv-x86/user.c)"
			: "two MSRs (arch/hw-x86/user.c)");
}
