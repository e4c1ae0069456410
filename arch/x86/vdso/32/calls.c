/*
 * calls.c (vDSO, i386) - the functions that programs find, with times of either width.
 *
 * Seconds of the older calls have 32 bits and end in 2038, as the system calls' do.
 */
#include "../clock.h"

enum { SYSCALL_TIME = 13, SYSCALL_GETTIMEOFDAY = 78, SYSCALL_CLOCK_GETTIME = 265 };
enum { SYSCALL_CLOCK_GETRES = 266, SYSCALL_GETCPU = 318, SYSCALL_CLOCK_GETTIME64 = 403 };

EXPORT int __vdso_clock_gettime(int clock, struct linux_timespec *time);
EXPORT int __vdso_clock_gettime64(int clock, struct linux_timespec64 *time);
EXPORT int __vdso_clock_getres(int clock, struct linux_timespec *time);
EXPORT int __vdso_gettimeofday(struct linux_timeval *time, struct timezone *zone);
EXPORT long __vdso_time(long *time);
EXPORT long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

static long syscall(long nr, long a1, long a2)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a1), "c"(a2) : "memory");
	return result;
}

static struct linux_timespec64 split(nsec_t time)
{
	nsec_t seconds = time / NSEC_PER_SEC;

	return (struct linux_timespec64){ (int64_t)seconds,
		(int64_t)(time - seconds * NSEC_PER_SEC) };
}

int __vdso_clock_gettime64(int clock, struct linux_timespec64 *time)
{
	nsec_t now;

	if (!clock_tell(clock, &now)) {
		return (int)syscall(SYSCALL_CLOCK_GETTIME64, clock, (long)time);
	}
	*time = split(now);
	return 0;
}

int __vdso_clock_gettime(int clock, struct linux_timespec *time)
{
	struct linux_timespec64 t;
	nsec_t now;

	if (!clock_tell(clock, &now)) {
		return (int)syscall(SYSCALL_CLOCK_GETTIME, clock, (long)time);
	}
	t = split(now);
	*time = (struct linux_timespec){ (long)t.sec, (long)t.nsec };
	return 0;
}

int __vdso_clock_getres(int clock, struct linux_timespec *time)
{
	long nsec;

	if (!clock_tell_resolution(clock, &nsec)) {
		return (int)syscall(SYSCALL_CLOCK_GETRES, clock, (long)time);
	}
	if (time) {
		*time = (struct linux_timespec){ 0, nsec };
	}
	return 0;
}

int __vdso_gettimeofday(struct linux_timeval *time, struct timezone *zone)
{
	struct linux_timespec64 t;
	nsec_t wall;

	if (!clock_tell(CLOCK_REALTIME, &wall)) {
		return (int)syscall(SYSCALL_GETTIMEOFDAY, (long)time, (long)zone);
	}
	if (time) {
		t = split(wall);
		*time = (struct linux_timeval){ (long)t.sec, (long)t.nsec / (long)NSEC_PER_USEC };
	}
	if (zone) {
		*zone = (struct timezone){ 0, 0 };
	}
	return 0;
}

long __vdso_time(long *time)
{
	nsec_t wall;
	long seconds;

	if (!clock_tell(CLOCK_REALTIME, &wall)) {
		return syscall(SYSCALL_TIME, (long)time, 0);
	}
	seconds = (long)split(wall).sec;
	if (time) {
		*time = seconds;
	}
	return seconds;
}

long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	return syscall(SYSCALL_GETCPU, (long)cpu, (long)node);
}
