/* linux/time.h - times as x86-64 Linux lays them out, and the clocks' numbers. */
#ifndef ABI_LINUX_TIME_H
#define ABI_LINUX_TIME_H

#include <stdint.h>

struct linux_timespec {
	int64_t sec, nsec;
};
_Static_assert(sizeof(struct linux_timespec) == 16, "struct timespec of x86-64");

struct linux_timeval {
	int64_t sec, usec;
};
_Static_assert(sizeof(struct linux_timeval) == 16, "struct timeval of x86-64");

struct linux_itimerspec {
	struct linux_timespec interval, value;
};

struct linux_itimerval {
	struct linux_timeval interval, value;
};

struct linux_tms {
	int64_t user, system, children_user, children_system; /* clock ticks of 10 ms */
};

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME_ID = 2,
	CLOCK_THREAD_CPUTIME_ID = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_REALTIME_ALARM = 8,
	CLOCK_BOOTTIME_ALARM = 9,
	CLOCK_TAI = 11,
};

#define TIMER_ABSTIME 1

#endif
