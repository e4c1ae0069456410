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
#include <x86/clock_page.h>

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

/*
 * Where the counters are one, time goes by numbers that hold for a second: whatever Xen thinks of
 * the rate it never goes back, and never strays further from Xen's time than a second's misjudging.
 */
TEST_BOOTED(misjudged_rate, "", .tsc_drift = 200)
{
	const int64_t most = 2 * 200 * 1000 + 1000; /* ns: each may err the other way */
	nsec_t start = model_now() - clock_now(), last = 0;
	unsigned renewals = 0;

	EXPECT(clock_page && clock_page->is_in_use);
	test_seed(1);
	while (renewals < 50) {
		uint32_t sequence = clock_page->sequence;
		nsec_t now = clock_now();
		int64_t error = (int64_t)(now + start - model_now());
		/* A step back would show only where little time passes: near the end of the numbers. */
		bool is_near = rdtsc() - clock_page->tsc > clock_page->ticks_max / 1000 * 999;

		EXPECT(now >= last);
		EXPECT(error < most && error > -most);
		renewals += sequence != clock_page->sequence;
		last = now;
		model_advance(test_random_below(is_near ? 5 * NSEC_PER_USEC : NSEC_PER_MSEC / 2));
	}
}

/* Without a promise that the counters are one, programs have to ask the kernel. */
TEST_BOOTED(page_is_unused_without_promise, "", .tsc_ahead = 24000)
{
	EXPECT(clock_page && !clock_page->is_in_use);
}

TEST_BOOTED(page_is_used_when_told, "tsc_trusted", .tsc_ahead = 24000)
{
	EXPECT(clock_page && clock_page->is_in_use);
}

/* A reader that comes while the page changes, or after its time, is sent to the kernel. */
TEST_BOOTED(page_refuses_what_is_not_sure, "")
{
	nsec_t now, wall;

	clock_now();
	EXPECT(clock_page_read(clock_page, &now, &wall));
	EXPECT(clock_page_change_begin());
	EXPECT(!clock_page_read(clock_page, &now, &wall));
	EXPECT(!clock_page_change_begin());
	clock_page_change_end();
	EXPECT(clock_page_read(clock_page, &now, &wall));
	model_advance(2 * NSEC_PER_SEC);
	EXPECT(!clock_page_read(clock_page, &now, &wall));
	clock_now();
	EXPECT(clock_page_read(clock_page, &now, &wall));
}

/* What the wall clock is set to, programs see too, and it stays when the numbers are renewed. */
TEST_BOOTED(wall_is_set_on_the_page, "")
{
	const nsec_t then = UINT64_C(1234567890) * NSEC_PER_SEC;
	nsec_t now, wall;

	clock_wall_set(then);
	EXPECT(clock_page_read(clock_page, &now, &wall));
	EXPECT(wall >= then && wall < then + NSEC_PER_SEC);
	model_advance(3 * NSEC_PER_SEC);
	wall = clock_wall();
	EXPECT(wall >= then + 3 * NSEC_PER_SEC && wall < then + 4 * NSEC_PER_SEC);
	EXPECT(clock_page_read(clock_page, &now, &wall));
	EXPECT(wall >= then + 3 * NSEC_PER_SEC && wall < then + 4 * NSEC_PER_SEC);
}
