/* calls.c (vDSO, x86-64) - the functions that programs find. */
#include "../clock.h"

enum { SYSCALL_GETTIMEOFDAY = 96, SYSCALL_TIME = 201, SYSCALL_CLOCK_GETTIME = 228 };
enum { SYSCALL_CLOCK_GETRES = 229, SYSCALL_GETCPU = 309 };

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

int __vdso_clock_gettime(int clock, struct linux_timespec *time)
{
	nsec_t now;

	if (!clock_tell(clock, &now)) {
		return (int)syscall(
			SYSCALL_CLOCK_GETTIME, (uint64_t)(int64_t)clock, (uint64_t)time, 0);
	}
	time->sec = (int64_t)(now / NSEC_PER_SEC);
	time->nsec = (int64_t)(now % NSEC_PER_SEC);
	return 0;
}

int __vdso_clock_getres(int clock, struct linux_timespec *time)
{
	long nsec;

	if (!clock_tell_resolution(clock, &nsec)) {
		return (int)syscall(
			SYSCALL_CLOCK_GETRES, (uint64_t)(int64_t)clock, (uint64_t)time, 0);
	}
	if (time) {
		*time = (struct linux_timespec){ 0, nsec };
	}
	return 0;
}

int __vdso_gettimeofday(struct linux_timeval *time, struct timezone *zone)
{
	nsec_t wall;

	if (!clock_tell(CLOCK_REALTIME, &wall)) {
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
	int64_t seconds;
	nsec_t wall;

	if (!clock_tell(CLOCK_REALTIME, &wall)) {
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
