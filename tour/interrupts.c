/*
 * interrupts.c - masking, pending, delivering: with the timer as the interrupt.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/timer.h>
#include <x86/asm.h>
#include "attempt.h"
#include "tour.h"

#define FLAG_IF	 (1ul << 9)
#define SOON	 NSEC_PER_MSEC
#define PATIENCE (2 * NSEC_PER_SEC)

static bool has_fired;

static void fire(struct timer *timer)
{
	WRITE_ONCE(has_fired, true);
}

/* Until the timer fired, an interrupt waits, or patience ends. */
static void wait(bool (*is_over)(void))
{
	nsec_t end = clock_now() + PATIENCE;

	while (!is_over() && clock_now() < end) {
		cpu_relax();
	}
}

static bool fired(void)
{
	return READ_ONCE(has_fired);
}

static void masked_show(struct timer *timer)
{
	irq_disable();
	timer_set(timer, clock_now() + SOON);
	wait(tour_is_pending);
	tour_show("irq_disable()", irq_is_enabled() ? "ignored" : "done",
		"masked; IF of this CPU is %u", flags_read() & FLAG_IF ? 1 : 0);
	tour_show("timer, masked", fired() ? "done" : "ignored", "%s",
		tour_is_pending() ? "it is pending" : "nothing is pending");
	irq_enable();
	wait(fired);
	tour_show("timer, unmasked", fired() ? "done" : "ignored", "delivered: %s",
		fired() ? "yes" : "no");
	timer_cancel(timer);
}

/* The instructions that a kernel would use. What they leave is put right by the kernel's way. */
static void instructions_show(void)
{
	unsigned long flags = 0;
	bool went;

	irq_disable();
	irq_enable();
	went = ATTEMPT("cli\n\tpushf\n\tpop %[flags]", [flags] "+r"(flags));
	tour_attempt(went, "cli", flags & FLAG_IF ? "ignored" : "done",
		"IF is %u, irq_is_enabled() %u", flags & FLAG_IF ? 1 : 0, irq_is_enabled() ? 1 : 0);
	went = ATTEMPT("sti\n\tpushf\n\tpop %[flags]", [flags] "+r"(flags));
	tour_attempt(went, "sti", "done", "IF is %u, irq_is_enabled() %u", flags & FLAG_IF ? 1 : 0,
		irq_is_enabled() ? 1 : 0);
	irq_enable();
}

void tour_interrupts(void)
{
	struct timer timer;

	tour_say(
		"A guest may not keep interrupts from the machine, but has to keep them from itself: masked,");
	tour_say("they must wait, and must not be lost.");
	has_fired = false;
	timer_init(&timer, fire);
	masked_show(&timer);
	instructions_show();
	if (IS_ENABLED(CONFIG_PV)) {
		tour_say(
			"The flag is a byte that the kernel shares with Xen, and so is \"pending\": masking is one");
		tour_say(
			"store; unmasking a store and a look (arch/pv-x86/include/port/cpu.h). The CPU's own flag");
		tour_say("stays as Xen wants it.");
	} else {
		tour_say("The flag is the CPU's own%s.",
			IS_ENABLED(CONFIG_XEN)
				? ": Xen's processor has a second one for the guest, and interrupts of Xen's come by it"
				: "");
	}
}
