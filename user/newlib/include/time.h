/* time.h - newlib's, with Linux's numbers for the clocks. */
#ifndef USER_TIME_H
#define USER_TIME_H

#include_next <time.h>

#undef CLOCK_REALTIME
#undef CLOCK_REALTIME_COARSE
#undef CLOCK_PROCESS_CPUTIME_ID
#undef CLOCK_THREAD_CPUTIME_ID
#undef CLOCK_MONOTONIC
#undef CLOCK_MONOTONIC_RAW
#undef CLOCK_MONOTONIC_COARSE
#undef CLOCK_BOOTTIME
#undef CLOCK_REALTIME_ALARM
#undef CLOCK_BOOTTIME_ALARM
#undef TIMER_ABSTIME

#include <linux/time.h>

#endif
