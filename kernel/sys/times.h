/* times.h - user times to nanoseconds and back, for the system calls that take them. */
#ifndef SYS_TIMES_H
#define SYS_TIMES_H

#include <kernel/types.h>
#include <linux/time.h>

/* 0 and the span; -EFAULT; -EINVAL when it is negative or its nanoseconds are not below a second. */
int timespec_in(nsec_t *span, vaddr_t user) __must_check;
int timespec_out(vaddr_t user, nsec_t span) __must_check;

struct linux_timespec timespec_of(nsec_t t);
/* False when it is not sane. */
bool timespec_to_nsec(const struct linux_timespec *t, nsec_t *span);

/* What a clock says now; -EINVAL for one there is not. */
int clock_value(int clock, nsec_t *now) __must_check;

/* A time-out relative to now as a deadline on the monotonic clock; 0 user address: WAIT_FOREVER. */
int deadline_in(nsec_t *deadline, vaddr_t user_timespec) __must_check;

/* Set the wall clock forward, or back: 0 or -EPERM. */
int wall_move(int64_t span) __must_check;

/* For a call that returns -ERESTART_RESTARTBLOCK: this deadline, or the one it had before it was interrupted. */
nsec_t deadline_kept(nsec_t deadline);

#endif
