/*
 * clock.c - time from counters as they may be: behind the published base, and wrapping around zero.
 *
 * A domain's counter is the host's plus an offset that Xen chooses, so it may start just below
 * zero; and CPUs' counters differ a little, so ours may not have reached yet what was published.
 */
#include "harness.h"

#include <arch/clock.h>
#include <drivers/xen/clock.h>
#include <kernel/thread.h>
#include <x86/asm.h>

#define READS	    2000u
#define BEFORE_ZERO UINT64_C(240000000000) /* ticks: 100 s of the model's 2.4 GHz */

/* Looking at the clock takes virtual nanoseconds: the next answer is never far from the last. */
static void expect_steady(void)
{
	nsec_t last = clock_now();

	for (unsigned i = 0; i < READS; i++) {
		nsec_t now = clock_now();

		EXPECT(now >= last && now - last < NSEC_PER_MSEC);
		last = now;
	}
}

TEST_BOOTED(counter_wraps, "", .tsc_start = -BEFORE_ZERO)
{
	uint64_t ticks = 0 - rdtsc();

	EXPECT(ticks < BEFORE_ZERO); /* not there yet */
	model_advance(ticks * 5 / 12 - 20 * NSEC_PER_USEC);
	EXPECT(rdtsc() > INT64_MAX);
	expect_steady();
	EXPECT(rdtsc() < INT64_MAX);
}

/* The base is past zero, the counter before it: what is published lies 10 us ahead. */
TEST_BOOTED(counter_behind_base_wraps, "", .tsc_start = -BEFORE_ZERO, .tsc_ahead = 24000)
{
	model_advance((0 - rdtsc()) * 5 / 12 - 20 * NSEC_PER_USEC);
	EXPECT(rdtsc() > INT64_MAX);
	expect_steady();
	EXPECT(rdtsc() < INT64_MAX);
}

TEST_BOOTED(counter_behind_base, "", .tsc_ahead = 24000)
{
	expect_steady();
	thread_sleep(NSEC_PER_SEC);
	expect_steady();
}

/* Counters before the base, the origin, and zero: near now, or time 0, never the far future. */
TEST_BOOTED(moments_of_the_past, "", .tsc_start = 1000)
{
	nsec_t now = clock_now(), past;
	uint64_t tsc = rdtsc();

	for (uint64_t ticks = 0; ticks < 100 * tsc; ticks = ticks * 2 + 1) {
		past = clock_at_tsc(tsc - ticks);
		EXPECT(past < now + NSEC_PER_MSEC);
		EXPECT(past == 0 || ticks <= tsc);
	}
	EXPECT_EQ(clock_at_tsc(tsc - 100 * tsc), 0);
}
