/*
 * adjtime.c - adjtimex() and clock_adjtime(): what there is to say about a wall clock
 * that nobody disciplines, and setting it by an offset. Steering is not
 * offered: the clock is the hypervisor's.
 */
#include "times.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/syscall.h>

/* Linux's <linux/timex.h>. */
#define ADJ_SETOFFSET	0x0100u
#define ADJ_NANO	0x2000u
#define ADJ_OFFSET_READ 0xa001u /* ADJ_OFFSET_SS_READ */
#define STATUS_UNSYNC	0x0040
#define TIME_ERROR	5
#define MAX_PHASE	16000000
#define TOLERANCE	32768000
#define TICK_USEC	10000
#define CONSTANT	2
#define USEC_PER_SEC	1000000

struct linux_timex {
	uint32_t modes, pad0;
	int64_t offset, frequency, max_error, estimated_error;
	int32_t status, pad1;
	int64_t constant, precision, tolerance;
	struct linux_timeval time;
	int64_t tick, pps_frequency, jitter;
	int32_t shift, pad2;
	int64_t stabil, jitter_count, calibration_count, error_count, stabil_count;
	int32_t tai, pad3[11];
};
_Static_assert(sizeof(struct linux_timex) == 208, "linux/timex.h");

static int offset_apply(const struct linux_timex *t)
{
	int64_t most = t->modes & ADJ_NANO ? (int64_t)NSEC_PER_SEC : USEC_PER_SEC;
	int64_t unit = t->modes & ADJ_NANO ? 1 : (int64_t)NSEC_PER_USEC;

	if (t->time.usec < 0 || t->time.usec >= most || t->time.sec > INT32_MAX ||
		t->time.sec < INT32_MIN) {
		return -EINVAL;
	}
	return wall_move(t->time.sec * (int64_t)NSEC_PER_SEC + t->time.usec * unit);
}

static long adjust(vaddr_t user)
{
	struct linux_timex t;
	nsec_t now;
	int err = 0;

	if (user_copy_in(&t, user, sizeof(t))) {
		return -EFAULT;
	}
	if (t.modes && t.modes != ADJ_OFFSET_READ && process_current()->euid) {
		return -EPERM;
	}
	if (t.modes & ADJ_SETOFFSET && !(t.modes & ~(ADJ_SETOFFSET | ADJ_NANO))) {
		err = offset_apply(&t);
	} else if (t.modes && t.modes != ADJ_OFFSET_READ) {
		err = -EINVAL;
	}
	if (!err) {
		err = clock_value(CLOCK_REALTIME, &now);
	}
	if (err) {
		return err;
	}
	t = (struct linux_timex){ .modes = t.modes,
		.max_error = MAX_PHASE,
		.estimated_error = MAX_PHASE,
		.status = STATUS_UNSYNC,
		.constant = CONSTANT,
		.precision = 1,
		.tolerance = TOLERANCE,
		.time = { (int64_t)(now / NSEC_PER_SEC),
			(int64_t)(now % NSEC_PER_SEC / NSEC_PER_USEC) },
		.tick = TICK_USEC };
	return user_copy_out(user, &t, sizeof(t)) ? -EFAULT : TIME_ERROR;
}

long sys_adjtimex(sys_ptr user)
{
	return adjust(user);
}

long sys_clock_adjtime(sys_int clock, sys_ptr user)
{
	struct linux_timex t;
	nsec_t now;

	if (user_copy_in(&t, user, sizeof(t))) {
		return -EFAULT;
	}
	if (clock == CLOCK_REALTIME) {
		return adjust(user);
	}
	return clock_value(clock, &now) ? -EINVAL : -ENOTSUP;
}
