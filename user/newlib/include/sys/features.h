/*
 * sys/features.h - newlib's, and what this system has of POSIX. Each thread has a `struct _reent`
 * (errno and the like) of its own: newlib asks __getreent() for it.
 */
#ifndef USER_SYS_FEATURES_H
#define USER_SYS_FEATURES_H

#include_next <sys/features.h>

#define __DYNAMIC_REENT__

#define _POSIX_THREADS			1
#define _POSIX_THREAD_SAFE_FUNCTIONS	1
#define _POSIX_TIMEOUTS			1
#define _POSIX_TIMERS			1
#define _POSIX_CLOCK_SELECTION		1
#define _POSIX_MONOTONIC_CLOCK		1
#define _POSIX_CPUTIME			1
#define _POSIX_THREAD_CPUTIME		1
#define _POSIX_REALTIME_SIGNALS		1
#define _POSIX_READER_WRITER_LOCKS	1
#define _POSIX_BARRIERS			1
#define _UNIX98_THREAD_MUTEX_ATTRIBUTES 1

#endif
