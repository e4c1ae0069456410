/*
 * clock_shared.c - one clock for all CPUs and for programs, where Xen's counter allows it.
 *
 * Xen publishes what a tick is worth per vCPU, in memory that programs do not see.
 * Where all CPUs' counters are one, the numbers of any CPU hold on all of them: one
 * CPU's go into the clock page (x86/clock_page.h), by which the kernel and all
 * programs tell the time from then on.
 *
 * Xen says that the counters are one in three ways: its own clock runs on them
 * (the STABLE flag), it has found the host's reliable, or it emulates the counter
 * for this domain, and then never lets it go back (CPUID, public
 * arch-x86/cpuid.h, leaf 4). Otherwise time needs K2 of clock.c, which nobody can
 * keep in user mode: the page stays out of use and programs make system calls.
 *
 * Numbers hold for about a second. Who finds them older renews them; a program
 * that does asks the kernel, so the page needs no timer. Where Xen's time is ahead
 * of the page's, the page goes there. Where it is behind, the page continues (P3),
 * slower by what it is ahead, so that the next time they agree.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <drivers/xen/platform.h>
#include <kernel/option.h>
#include <x86/clock_page.h>
#include <xen/xen.h>
#include "clock_shared.h"

#define RENEW_TICKS (UINT64_C(1) << 31) /* about a second */
#define SLOWER_MAX  (NSEC_PER_SEC / 1024)

static bool is_trusted;
OPTION_FLAG(tsc_trusted, "tsc_trusted", is_trusted,
	"all CPUs' time-stamp counters are one, although Xen does not say so");

static nsec_t wall_start;

static bool is_one_counter(const struct sample *s)
{
	return is_trusted || s->flags & XEN_PVCLOCK_TSC_STABLE_BIT ||
		xen_platform.tsc_is_emulated || xen_platform.tsc_is_reliable;
}

/* Nanoseconds for a tick as a fraction of 2^32; slower by a clock that is `ahead`. */
static uint64_t rate_of(const struct sample *s, nsec_t ahead)
{
	uint64_t slower = MIN(ahead, SLOWER_MAX) * s->mul / NSEC_PER_SEC;

	return s->mul - slower;
}

/* What the page says from `now` on, by the sample's numbers. Within a change. */
static void page_fill(const struct sample *s, nsec_t now)
{
	nsec_t xen = clock_of_sample(s);

	clock_page->tsc = s->tsc;
	clock_page->nsec = MAX(now, xen); /* P3 */
	clock_page->rate = rate_of(s, now > xen ? now - xen : 0);
	clock_page->shift = (uint32_t)(32 - s->shift);
	clock_page->ticks_max = RENEW_TICKS;
	clock_page->wall = READ_ONCE(wall_start);
}

/* Or find that somebody else just does. */
static void renew(void)
{
	irq_state_t irq = irq_save();
	struct sample s;

	if (clock_page_change_begin()) {
		if (sample_here(&s)) {
			page_fill(&s, clock_page_at(clock_page, s.tsc));
		}
		clock_page_change_end();
	}
	irq_restore(irq);
}

static bool is_in_use(void)
{
	const struct clock_page *page = __atomic_load_n(&clock_page, __ATOMIC_ACQUIRE);

	return page && READ_ONCE(page->is_in_use);
}

bool clock_shared_now(nsec_t *now)
{
	nsec_t wall;

	if (!is_in_use()) {
		return false;
	}
	while (!clock_page_read(clock_page, now, &wall)) {
		renew();
	}
	return true;
}

void clock_shared_wall(nsec_t wall)
{
	WRITE_ONCE(wall_start, wall);
	if (is_in_use() && READ_ONCE(clock_page->wall) != wall) {
		renew();
	}
}

void clock_shared_resume(nsec_t now)
{
	struct sample s;

	if (clock_page_change_begin()) {
		clock_page->is_in_use = sample_here(&s) && is_one_counter(&s);
		if (clock_page->is_in_use) {
			page_fill(&s, now);
		}
		clock_page_change_end();
	}
}

void clock_shared_init(void)
{
	irq_state_t irq = irq_save();
	nsec_t now = clock_now();

	clock_page_init();
	clock_shared_resume(now);
	irq_restore(irq);
}
