/*
 * adjtime.c - adjtimex() and clock_adjtime(): what there is to say about a wall clock
 * that nobody disciplines, and setting it by an offset. Steering is not
 * offered: the clock is the hypervisor's.
 */
#include "timed.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <linux/word.h>

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

/* Of words, and of 64 bits. */
#define LINUX_TIMEX(name, word, pad)                                                               \
	struct name {                                                                              \
		uint32_t modes pad(pad0);                                                          \
		word offset, frequency, max_error, estimated_error;                                \
		int32_t status pad(pad1);                                                          \
		word constant, precision, tolerance, seconds, fraction;                            \
		word tick, pps_frequency, jitter;                                                  \
		int32_t shift pad(pad2);                                                           \
		word stabil, jitter_count, calibration_count, error_count, stabil_count;           \
		int32_t tai, pad3[11];                                                             \
	}
#define ONE_PAD(name) , name
LINUX_TIMEX(linux_timex, long, WORD_PAD);
LINUX_TIMEX(linux_timex64, int64_t, ONE_PAD);
_Static_assert(sizeof(struct linux_timex64) == 208, "linux/timex.h: struct __kernel_timex");

/* What a program says: the rest of the structure is for who steers. */
struct wish {
	uint32_t modes;
	int64_t seconds, fraction;
};

static int wish_in(struct wish *wish, vaddr_t user, enum time_width width)
{
	struct linux_timex64 t;
	struct linux_timex word;

	if (width == TIME_64) {
		if (user_copy_in(&t, user, sizeof(t))) {
			return -EFAULT;
		}
		*wish = (struct wish){ t.modes, t.seconds, t.fraction };
		return 0;
	}
	if (user_copy_in(&word, user, sizeof(word))) {
		return -EFAULT;
	}
	*wish = (struct wish){ word.modes, word.seconds, word.fraction };
	return 0;
}

/* Both structures have the same members. */
#define TOLD(modes_, now)                                                                          \
	{                                                                                          \
		.modes = modes_, .max_error = MAX_PHASE, .estimated_error = MAX_PHASE,             \
		.status = STATUS_UNSYNC, .constant = CONSTANT, .precision = 1,                     \
		.tolerance = TOLERANCE, .seconds = (long)((now) / NSEC_PER_SEC),                   \
		.fraction = (long)((now) % NSEC_PER_SEC / NSEC_PER_USEC), .tick = TICK_USEC        \
	}

static long told_out(vaddr_t user, uint32_t modes, nsec_t now, enum time_width width)
{
	struct linux_timex64 t = TOLD(modes, now);
	struct linux_timex word = TOLD(modes, now);
	int err = width == TIME_64 ? user_copy_out(user, &t, sizeof(t))
				   : user_copy_out(user, &word, sizeof(word));

	return err ? err : TIME_ERROR;
}

static int offset_apply(const struct wish *t)
{
	int64_t most = t->modes & ADJ_NANO ? (int64_t)NSEC_PER_SEC : USEC_PER_SEC;
	int64_t unit = t->modes & ADJ_NANO ? 1 : (int64_t)NSEC_PER_USEC;

	if (t->fraction < 0 || t->fraction >= most || t->seconds > INT32_MAX ||
		t->seconds < INT32_MIN) {
		return -EINVAL;
	}
	return wall_move(t->seconds * (int64_t)NSEC_PER_SEC + t->fraction * unit);
}

long clock_adjust(sys_int clock, sys_ptr user, enum time_width width)
{
	struct wish t;
	nsec_t now;
	int err = wish_in(&t, user, width);

	if (err) {
		return err;
	}
	if (clock != CLOCK_REALTIME) {
		return clock_value(clock, &now) ? -EINVAL : -ENOTSUP;
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
	return err ? err : told_out(user, t.modes, now, width);
}

long sys_adjtimex(sys_ptr user)
{
	return clock_adjust(CLOCK_REALTIME, user, TIME_WORD);
}

long sys_clock_adjtime(sys_int clock, sys_ptr user)
{
	return clock_adjust(clock, user, TIME_WORD);
}
