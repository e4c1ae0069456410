/*
 * posix_timer.h - POSIX timers of the calling process, for the system calls; see posix_timer.c.
 *
 * setitimer()'s timers on CPU time are such timers too, with numbers of their own, which are negative.
 */
#ifndef PROC_POSIX_TIMER_H
#define PROC_POSIX_TIMER_H

#include "cpu_time.h"
#include "signal_state.h"

/* What timer_create() asks for, checked. */
struct posix_timer_spec {
	int clock;
	bool is_cpu;
	struct cpu_clock cpu; /* when it is */
	int signo, tid;	      /* signo 0: no signal; tid 0: to the process */
	bool has_value;	      /* else it is the timer's number */
	uint64_t value;
	int itimer; /* of setitimer(): its number; 0: it gets the next that is free */
};

struct posix_timer_setting {
	nsec_t value, interval; /* what is left, 0: disarmed; the period */
};

/* The new timer's number, or -EAGAIN. */
int posix_timer_create(const struct posix_timer_spec *spec) __must_check;
/* The others: -EINVAL when there is no such timer. */
int posix_timer_delete(int number) __must_check;
/* `setting->value` is relative, or absolute: on the monotonic clock, or on that of CPU time. */
int posix_timer_set(int number, const struct posix_timer_setting *setting, bool is_absolute,
	struct posix_timer_setting *old) __must_check;
int posix_timer_get(int number, struct posix_timer_setting *setting) __must_check;
long posix_timer_overrun(int number) __must_check;
/* The clock it was made for. */
int posix_timer_clock(int number, int *clock) __must_check;

#endif
