/*
 * times.h - user times to nanoseconds and back, for the system calls that take them.
 *
 * A time is of two words, as the program's C types have it; or of two numbers of 64 bits, for calls that
 * have `time64` in their names, so that programs of 32 bits outlive 2038. What is common to both
 * takes the width as an argument (timed.h).
 */
#ifndef SYS_TIMES_H
#define SYS_TIMES_H

#include <kernel/types.h>
#include <linux/time.h>

enum time_width { TIME_WORD, TIME_64 };

/* As it is: 0 or -EFAULT. */
int timespec_read(struct linux_timespec64 *t, vaddr_t user, enum time_width width) __must_check;
/* 0 and the span; -EFAULT; -EINVAL when it is negative or its nanoseconds are not below a second. */
int timespec_in(nsec_t *span, vaddr_t user, enum time_width width) __must_check;
int timespec_out(vaddr_t user, nsec_t span, enum time_width width) __must_check;

/* What a timer is set to: struct itimerspec. */
struct time_setting {
	nsec_t interval, value;
};
int setting_in(struct time_setting *s, vaddr_t user, enum time_width width) __must_check;
int setting_out(vaddr_t user, const struct time_setting *s, enum time_width width) __must_check;

struct linux_timespec timespec_of(nsec_t t);

/* What a clock says now; -EINVAL for one there is not. */
int clock_value(int clock, nsec_t *now) __must_check;

/* A time-out relative to now as a deadline on the monotonic clock; 0 user address: WAIT_FOREVER. */
int deadline_in(nsec_t *deadline, vaddr_t user_timespec, enum time_width width) __must_check;

/* An absolute time of the wall or monotonic clock as a deadline on the monotonic one; likewise. */
int deadline_absolute(
	nsec_t *deadline, vaddr_t user_timespec, bool is_wall, enum time_width width) __must_check;

/* Set the wall clock forward, or back: 0 or -EPERM. */
int wall_move(int64_t span) __must_check;

/* For a call that returns -ERESTART_RESTARTBLOCK: this deadline, or the one it had before it was interrupted. */
nsec_t deadline_kept(nsec_t deadline);

#endif
