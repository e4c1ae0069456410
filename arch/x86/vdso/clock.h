/*
 * clock.h (vDSO) - the clocks, told in user mode from the clock page: what both widths have in common.
 *
 * This is a program's code: linked into a shared object of its own (vdso.lds),
 * mapped into every program, found by way of AT_SYSINFO_EHDR. Names, versions and
 * meaning are Linux's (vdso(7)). What the page cannot say, the system call says.
 */
#ifndef VDSO_CLOCK_H
#define VDSO_CLOCK_H

#include <linux/time.h>
#include <x86/clock_page.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))

#define TICK (NSEC_PER_SEC / 100)

/* The page before this object: vdso.lds. */
extern const volatile struct clock_page vdso_clock_page HIDDEN;

struct timezone {
	int minutes_west, dst_time;
};

#define BIT(clock)  (1u << (clock))
#define CLOCKS_WALL (BIT(CLOCK_REALTIME) | BIT(CLOCK_REALTIME_COARSE) | BIT(CLOCK_TAI))
#define CLOCKS_MONOTONIC                                                                           \
	(BIT(CLOCK_MONOTONIC) | BIT(CLOCK_MONOTONIC_RAW) | BIT(CLOCK_MONOTONIC_COARSE) |           \
		BIT(CLOCK_BOOTTIME))
#define CLOCKS_COARSE (BIT(CLOCK_REALTIME_COARSE) | BIT(CLOCK_MONOTONIC_COARSE))

static inline bool is_among(int clock, unsigned clocks)
{
	return (unsigned)clock < 32 && clocks >> clock & 1;
}

/* What the clock shows, in nanoseconds; false: ask the kernel. */
static inline bool clock_tell(int clock, nsec_t *time)
{
	bool is_wall = is_among(clock, CLOCKS_WALL);
	nsec_t now, wall;

	if (!(is_wall || is_among(clock, CLOCKS_MONOTONIC)) ||
		!clock_page_read(&vdso_clock_page, &now, &wall)) {
		return false;
	}
	*time = is_wall ? wall : now;
	return true;
}

/* Nanoseconds; false: ask the kernel. */
static inline bool clock_tell_resolution(int clock, long *nsec)
{
	*nsec = is_among(clock, CLOCKS_COARSE) ? (long)TICK : 1;
	return is_among(clock, CLOCKS_WALL | CLOCKS_MONOTONIC);
}

#endif
