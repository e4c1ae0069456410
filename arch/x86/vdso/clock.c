/*
 * clock.c (vDSO) - the clocks, told in user mode from the clock page.
 *
 * This is a program's code: linked into a shared object of its own (vdso.lds),
 * mapped into every program, found by way of AT_SYSINFO_EHDR. Names, versions and
 * meaning are Linux's (vdso(7)). What the page cannot say, the system call says.
 */
#include <linux/time.h>
#include <x86/clock_page.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))

enum { SYSCALL_GETTIMEOFDAY = 96, SYSCALL_TIME = 201, SYSCALL_CLOCK_GETTIME = 228 };
enum { SYSCALL_CLOCK_GETRES = 229, SYSCALL_GETCPU = 309 };

#define TICK (NSEC_PER_SEC / 100)

/* The page before this object: vdso.lds. */
extern const volatile struct clock_page vdso_clock_page HIDDEN;

struct timezone {
	int minutes_west, dst_time;
};

EXPORT int __vdso_clock_gettime(int clock, struct linux_timespec *time);
EXPORT int __vdso_clock_getres(int clock, struct linux_timespec *time);
EXPORT int __vdso_gettimeofday(struct linux_timeval *time, struct timezone *zone);
EXPORT int64_t __vdso_time(int64_t *time);
EXPORT long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

static long syscall(long nr, uint64_t a1, uint64_t a2, uint64_t a3)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a1), "S"(a2), "d"(a3)
			 : "rcx", "r11", "memory");
	return result;
}

#define BIT(clock)  (1u << (clock))
#define CLOCKS_WALL (BIT(CLOCK_REALTIME) | BIT(CLOCK_REALTIME_COARSE) | BIT(CLOCK_TAI))
#define CLOCKS_MONOTONIC                                                                           \
	(BIT(CLOCK_MONOTONIC) | BIT(CLOCK_MONOTONIC_RAW) | BIT(CLOCK_MONOTONIC_COARSE) |           \
		BIT(CLOCK_BOOTTIME))
#define CLOCKS_COARSE (BIT(CLOCK_REALTIME_COARSE) | BIT(CLOCK_MONOTONIC_COARSE))

static bool is_among(int clock, unsigned clocks)
{
	return (unsigned)clock < 32 && clocks >> clock & 1;
}

int __vdso_clock_gettime(int clock, struct linux_timespec *time)
{
	bool is_wall = is_among(clock, CLOCKS_WALL);
	nsec_t now, wall;

	if (!(is_wall || is_among(clock, CLOCKS_MONOTONIC)) ||
		!clock_page_read(&vdso_clock_page, &now, &wall)) {
		return (int)syscall(
			SYSCALL_CLOCK_GETTIME, (uint64_t)(int64_t)clock, (uint64_t)time, 0);
	}
	now = is_wall ? wall : now;
	time->sec = (int64_t)(now / NSEC_PER_SEC);
	time->nsec = (int64_t)(now % NSEC_PER_SEC);
	return 0;
}

int __vdso_clock_getres(int clock, struct linux_timespec *time)
{
	if (!is_among(clock, CLOCKS_WALL | CLOCKS_MONOTONIC)) {
		return (int)syscall(
			SYSCALL_CLOCK_GETRES, (uint64_t)(int64_t)clock, (uint64_t)time, 0);
	}
	if (time) {
		time->sec = 0;
		time->nsec = is_among(clock, CLOCKS_COARSE) ? (int64_t)TICK : 1;
	}
	return 0;
}

int __vdso_gettimeofday(struct linux_timeval *time, struct timezone *zone)
{
	nsec_t now, wall;

	if (!clock_page_read(&vdso_clock_page, &now, &wall)) {
		return (int)syscall(SYSCALL_GETTIMEOFDAY, (uint64_t)time, (uint64_t)zone, 0);
	}
	if (time) {
		time->sec = (int64_t)(wall / NSEC_PER_SEC);
		time->usec = (int64_t)(wall % NSEC_PER_SEC / NSEC_PER_USEC);
	}
	if (zone) {
		*zone = (struct timezone){ 0, 0 };
	}
	return 0;
}

int64_t __vdso_time(int64_t *time)
{
	nsec_t now, wall;
	int64_t seconds;

	if (!clock_page_read(&vdso_clock_page, &now, &wall)) {
		return syscall(SYSCALL_TIME, (uint64_t)time, 0, 0);
	}
	seconds = (int64_t)(wall / NSEC_PER_SEC);
	if (time) {
		*time = seconds;
	}
	return seconds;
}

long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	return syscall(SYSCALL_GETCPU, (uint64_t)cpu, (uint64_t)node, 0);
}

/* The names without a prefix, which vdso(7) lists too. */
#define ALSO(name) __attribute__((weak, alias("__vdso_" #name)))
EXPORT int clock_gettime(int clock, struct linux_timespec *time) ALSO(clock_gettime);
EXPORT int clock_getres(int clock, struct linux_timespec *time) ALSO(clock_getres);
EXPORT int gettimeofday(struct linux_timeval *time, struct timezone *zone) ALSO(gettimeofday);
EXPORT int64_t time(int64_t *time) ALSO(time);
EXPORT long getcpu(unsigned *cpu, unsigned *node, void *unused) ALSO(getcpu);
