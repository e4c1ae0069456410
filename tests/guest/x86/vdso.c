/* vdso.c - the clock's page, as programs that see it read it. */
#include <arch/clock.h>
#include <kernel/ktest.h>
#include <x86/clock_page.h>

KTEST(vdso_tells_the_kernels_time)
{
	nsec_t now, wall, before, after;

	KTEST_SKIP_IF(!clock_page->is_in_use, "the CPUs' counters are not known to be one");
	for (unsigned i = 0; i < 1000; i++) {
		before = clock_now();
		if (clock_page_read(clock_page, &now, &wall)) {
			after = clock_now();
			KTEST_REQUIRE(before <= now && now <= after);
		}
	}
	before = clock_wall();
	KTEST_REQUIRE(clock_page_read(clock_page, &now, &wall));
	after = clock_wall();
	KTEST_EXPECT(before <= wall && wall <= after);
}

KTEST(vdso_follows_the_wall_clock)
{
	const nsec_t then = UINT64_C(1000000000) * NSEC_PER_SEC;
	nsec_t old = clock_wall(), start = clock_now(), now, wall;

	clock_wall_set(then);
	KTEST_EXPECT(clock_wall() >= then && clock_wall() < then + 1000 * NSEC_PER_SEC);
	if (clock_page->is_in_use && clock_page_read(clock_page, &now, &wall)) {
		KTEST_EXPECT(wall >= then && wall < then + 1000 * NSEC_PER_SEC);
	}
	clock_wall_set(old + (clock_now() - start));
	KTEST_EXPECT(clock_wall() >= old && clock_wall() < old + 1000 * NSEC_PER_SEC);
}
