/* linux/time.h - times as Linux lays them out on x86, of the width of a word, and the clocks' numbers. */
#ifndef ABI_LINUX_TIME_H
#define ABI_LINUX_TIME_H

#include <stdint.h>

struct linux_timespec {
	long sec, nsec;
};

struct linux_timeval {
	long sec, usec;
};

struct linux_itimerspec {
	struct linux_timespec interval, value;
};

/* Those of the calls with `time64` in their names, on i386. */
struct linux_timespec64 {
	int64_t sec, nsec;
};

struct linux_itimerspec64 {
	struct linux_timespec64 interval, value;
};

struct linux_itimerval {
	struct linux_timeval interval, value;
};

struct linux_tms {
	long user, system, children_user, children_system; /* clock ticks of 10 ms */
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
