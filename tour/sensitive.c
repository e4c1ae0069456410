/*
 * sensitive.c - the instructions that are sensitive and do not trap, all of them.
 *
 * J. Robin, C. Irvine: Analysis of the Intel Pentium's Ability to Support a Secure Virtual Machine
 * Monitor, 9th USENIX Security Symposium, 2000: seventeen, VERR and VERW standing in one entry of
 * the manual. Popek and Goldberg's theorem (1974) wants each to trap in user mode. What they do is
 * in the Intel SDM 2; user/tour runs those that a program may. What is written differently at the two widths
 * stands in segments.c (64/, pv/32/).
 */
#include <arch/cpu.h>
#include <x86/asm.h>
#include "attempt.h"
#include "tour.h"

#define FLAG_IF (1ul << 9)

struct table_pointer {
	uint16_t limit;
	unsigned long base;
} __packed;

/* ---- registers of the machine --------------------------------------------- */

static void tables(void)
{
	struct table_pointer t = { 0 };
	unsigned long value = 0;
	bool went = ATTEMPT("sgdt %[t]", [t] "+m"(t));

	tour_attempt(went, "sgdt", "returned", "base %#lx limit %#x", t.base, t.limit);
	went = ATTEMPT("sidt %[t]", [t] "+m"(t));
	tour_attempt(went, "sidt", "returned", "base %#lx limit %#x", t.base, t.limit);
	went = ATTEMPT("sldt %[value]", [value] "+r"(value));
	tour_attempt(went, "sldt", "returned", "%#lx", value);
	went = ATTEMPT("str %[value]", [value] "+r"(value));
	tour_attempt(went, "str", "returned", "%#lx", value);
	went = ATTEMPT("smsw %[value]", [value] "+r"(value));
	tour_attempt(went, "smsw", "returned", "%#lx", value);
}

/* Interrupts are masked the kernel's way, so IF may or may not say so; then POPF asks for the contrary. */
static void flags(void)
{
	unsigned long before = flags_read(), asked = before ^ FLAG_IF, after;

	tour_show("pushf", "returned", "%#lx: IF %u, IOPL %lu", before, before & FLAG_IF ? 1 : 0,
		before >> 12 & 3);
	__asm__ volatile("push %[asked]\n\tpopf\n\tpushf\n\tpop %[after]\n\t"
			 "push %[before]\n\tpopf"
			 : [after] "=&r"(after)
			 : [asked] "r"(asked), [before] "r"(before)
			 : "memory", "cc");
	tour_show("popf", (after ^ before) & FLAG_IF ? "done" : "ignored",
		"IF was %u, asked %u, is %u", before & FLAG_IF ? 1 : 0, asked & FLAG_IF ? 1 : 0,
		after & FLAG_IF ? 1 : 0);
}

/* ---- questions about segments --------------------------------------------- */

static void questions(void)
{
	unsigned long rights = 0, selector = tour_ring0_data;
	uint8_t yes = 0;
	bool went = ATTEMPT("lar %[selector], %[rights]\n\tsetz %[yes]", [rights] "+&r"(rights),
		[yes] "+&q"(yes), [selector] "+r"(selector));

	tour_attempt(went, "lar (ring 0's data)", "returned", "%s %#lx",
		yes ? "visible" : "not visible", rights);
	rights = 0;
	went = ATTEMPT("lsl %[selector], %[rights]\n\tsetz %[yes]", [rights] "+&r"(rights),
		[yes] "+&q"(yes), [selector] "+r"(selector));
	tour_attempt(went, "lsl (ring 0's data)", "returned", "%s %#lx",
		yes ? "visible" : "not visible", rights);
	went = ATTEMPT(
		"verr %w[selector]\n\tsetz %[yes]", [yes] "+&q"(yes), [selector] "+r"(selector));
	tour_attempt(
		went, "verr (ring 0's data)", "returned", "%s", yes ? "readable" : "not readable");
	went = ATTEMPT(
		"verw %w[selector]\n\tsetz %[yes]", [yes] "+&q"(yes), [selector] "+r"(selector));
	tour_attempt(
		went, "verw (ring 0's data)", "returned", "%s", yes ? "writable" : "not writable");
}

/* ---- jumps ------------------------------------------------------------------ */

static void jumps(void)
{
	unsigned long vector = 0;
	bool went = tour_far_call(tour_ring0_code);

	tour_attempt(went, "call (ring 0's code)", "done", "%#x", tour_ring0_code);
	went = tour_far_jump(tour_ring0_code);
	tour_attempt(went, "jmp (ring 0's code)", "done", "%#x", tour_ring0_code);
	went = tour_far_return(tour_ring0_code);
	tour_attempt(went, "ret (ring 0's code)", "done", "%#x", tour_ring0_code);
	/* Vector 5 is closed to programs and has no error code; a trap behind the instruction is an arrival. */
	fixup_taken = (struct trap_frame){ 0 };
	went = ATTEMPT("int $5\n3:\tnop\n\t" FIXUP("3b", "3b + 1"), [vector] "+r"(vector));
	if (went && fixup_taken.vector) {
		tour_show("int 5", "done", "our handler was told vector %lu", fixup_taken.vector);
	} else {
		tour_attempt(went, "int 5", "ignored", "nobody was told");
	}
}

void tour_sensitive(void)
{
	irq_state_t irq = irq_save();

	tour_say(
		"A virtual machine is easy where each instruction that touches the machine's state traps");
	tour_say(
		"outside ring 0. These do not: in a ring that is not 0 they answer with the real machine's");
	tour_say("state, or do something else than they would in ring 0.");
	tables();
	flags();
	questions();
	tour_selectors();
	jumps();
	irq_restore(irq);
	if (IS_ENABLED(CONFIG_PV)) {
		tour_say(
			"INT is privileged for Xen's gates; Xen looks into the error code to see which was meant, and");
		tour_say(
			"plays it. (QEMU up to 7.2 writes 16 times the vector there and not 8: then it is a trap.)");
		tour_say(
			"The port uses none of them for what a ring 0 would: what they would be asked is asked");
		tour_say(
			"of Xen, or known. It reads CS for the boot report only, PUSHF and POPF never.");
	} else {
		tour_say(
			"In ring 0 each does what the manual says: the kernel uses them as it likes.");
	}
}
