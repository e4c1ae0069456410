/* time.c - system calls that read, set and await clocks. */
#include "timed.h"

#include "../proc/cpu_time.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/task.h>

#define TICK (NSEC_PER_SEC / 100)

/* ---- conversions ------------------------------------------------------------ */

struct linux_timespec timespec_of(nsec_t t)
{
	return (struct linux_timespec){ (long)(t / NSEC_PER_SEC), (long)(t % NSEC_PER_SEC) };
}

static struct linux_timespec64 timespec64_of(nsec_t t)
{
	return (struct linux_timespec64){ (int64_t)(t / NSEC_PER_SEC),
		(int64_t)(t % NSEC_PER_SEC) };
}

/* Beyond what nanoseconds in 64 bits hold (292 years) is for ever. */
static bool timespec_to_nsec(const struct linux_timespec64 *t, nsec_t *span)
{
	const int64_t most = INT64_MAX / (int64_t)NSEC_PER_SEC;

	if (t->sec < 0 || t->nsec < 0 || t->nsec >= (int64_t)NSEC_PER_SEC) {
		return false;
	}
	*span = t->sec >= most ? (nsec_t)INT64_MAX
			       : (nsec_t)t->sec * NSEC_PER_SEC + (nsec_t)t->nsec;
	return true;
}

int timespec_read(struct linux_timespec64 *t, vaddr_t user, enum time_width width)
{
	struct linux_timespec word;

	if (width == TIME_64) {
		if (user_copy_in(t, user, sizeof(*t))) {
			return -EFAULT;
		}
		t->nsec = (long)t->nsec; /* a program's long; above it is padding */
		return 0;
	}
	if (user_copy_in(&word, user, sizeof(word))) {
		return -EFAULT;
	}
	*t = (struct linux_timespec64){ word.sec, word.nsec };
	return 0;
}

int timespec_in(nsec_t *span, vaddr_t user, enum time_width width)
{
	struct linux_timespec64 t;

	if (timespec_read(&t, user, width)) {
		return -EFAULT;
	}
	return timespec_to_nsec(&t, span) ? 0 : -EINVAL;
}

int timespec_out(vaddr_t user, nsec_t span, enum time_width width)
{
	struct linux_timespec word = timespec_of(span);
	struct linux_timespec64 t = timespec64_of(span);

	return width == TIME_64 ? user_copy_out(user, &t, sizeof(t))
				: user_copy_out(user, &word, sizeof(word));
}

/* The bytes of half a setting. */
static size_t half_of(enum time_width width)
{
	return width == TIME_64 ? sizeof(struct linux_timespec64) : sizeof(struct linux_timespec);
}

int setting_in(struct time_setting *s, vaddr_t user, enum time_width width)
{
	struct linux_timespec64 interval, value;

	if (timespec_read(&interval, user, width) ||
		timespec_read(&value, user + half_of(width), width)) {
		return -EFAULT;
	}
	return timespec_to_nsec(&interval, &s->interval) && timespec_to_nsec(&value, &s->value)
		? 0
		: -EINVAL;
}

int setting_out(vaddr_t user, const struct time_setting *s, enum time_width width)
{
	int err = timespec_out(user, s->interval, width);

	return err ? err : timespec_out(user + half_of(width), s->value, width);
}

int deadline_absolute(nsec_t *deadline, vaddr_t user, bool is_wall, enum time_width width)
{
	nsec_t wanted, now;
	int err;

	*deadline = WAIT_FOREVER;
	if (!user) {
		return 0;
	}
	err = timespec_in(&wanted, user, width);
	if (!err) {
		err = clock_value(is_wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
	}
	if (!err) {
		*deadline = clock_now() + (wanted > now ? wanted - now : 0);
	}
	return err;
}

int deadline_in(nsec_t *deadline, vaddr_t user, enum time_width width)
{
	nsec_t span;
	int err;

	*deadline = WAIT_FOREVER;
	if (!user) {
		return 0;
	}
	err = timespec_in(&span, user, width);
	if (!err) {
		*deadline = clock_now() + span;
	}
	return err;
}

nsec_t deadline_kept(nsec_t deadline)
{
	struct task *task = task_current();

	if (!task->is_again) {
		task->deadline = deadline;
	}
	return task->deadline;
}

/* ---- clocks ------------------------------------------------------------------- */

int clock_value(int clock, nsec_t *now)
{
	struct cpu_clock cpu;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		*now = clock_wall();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*now = clock_now();
		return 0;
	default:
		return cpu_clock_decode(clock, &cpu) ? cpu_clock_now(&cpu, now) : -EINVAL;
	}
}

long clock_gettime(sys_int clock, sys_ptr time, enum time_width width)
{
	nsec_t now;
	int err = clock_value(clock, &now);

	return err ? err : timespec_out(time, now, width);
}

long sys_clock_gettime(sys_int clock, sys_ptr time)
{
	return clock_gettime(clock, time, TIME_WORD);
}

long clock_getres(sys_int clock, sys_ptr time, enum time_width width)
{
	nsec_t now;
	int err = clock_value(clock, &now);

	if (err || !time) {
		return err;
	}
	return timespec_out(time,
		clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? TICK : 1,
		width);
}

long sys_clock_getres(sys_int clock, sys_ptr time)
{
	return clock_getres(clock, time, TIME_WORD);
}

static long wall_set(nsec_t wanted)
{
	if (process_current()->euid != 0) {
		return -EPERM;
	}
	if (wanted < clock_now()) {
		return -EINVAL; /* the machine would have started before the epoch */
	}
	clock_wall_set(wanted);
	return 0;
}

int wall_move(int64_t span)
{
	return (int)wall_set(clock_wall() + (nsec_t)span);
}

long clock_settime(sys_int clock, sys_ptr time, enum time_width width)
{
	nsec_t wanted;
	int err = timespec_in(&wanted, time, width);

	if (err) {
		return err;
	}
	return clock == CLOCK_REALTIME ? wall_set(wanted) : -EINVAL;
}

long sys_clock_settime(sys_int clock, sys_ptr time)
{
	return clock_settime(clock, time, TIME_WORD);
}

long sys_gettimeofday(sys_ptr time, sys_ptr zone)
{
	nsec_t now = clock_wall();
	struct linux_timeval t = { (long)(now / NSEC_PER_SEC),
		(long)(now % NSEC_PER_SEC / NSEC_PER_USEC) };
	int utc[2] = { 0, 0 };

	if ((time && user_copy_out(time, &t, sizeof(t))) ||
		(zone && user_copy_out(zone, utc, sizeof(utc)))) {
		return -EFAULT;
	}
	return 0;
}

long sys_settimeofday(sys_ptr time, sys_ptr zone)
{
	struct linux_timeval t;
	int utc[2];

	if (time && user_copy_in(&t, time, sizeof(t))) {
		return -EFAULT;
	}
	if (zone && user_copy_in(utc, zone, sizeof(utc))) {
		return -EFAULT;
	}
	if (!time) {
		return 0; /* a zone alone changes nothing here */
	}
	if (t.sec < 0 || t.usec < 0 || t.usec >= 1000000) {
		return -EINVAL;
	}
	return wall_set((nsec_t)t.sec * NSEC_PER_SEC + (nsec_t)t.usec * NSEC_PER_USEC);
}

long sys_time(sys_ptr time)
{
	long now = (long)(clock_wall() / NSEC_PER_SEC);

	if (time && user_copy_out(time, &now, sizeof(now))) {
		return -EFAULT;
	}
	return now;
}

long sys_times(sys_ptr user)
{
	nsec_t used;
	int err = clock_value(CLOCK_PROCESS_CPUTIME_ID, &used);
	struct linux_tms t = { .user = (long)(used / TICK),
		.children_user = (long)(process_current()->children_time / TICK) };

	if (!err && user) {
		err = user_copy_out(user, &t, sizeof(t));
	}
	return err ? err : (long)(clock_now() / TICK);
}

/* ---- sleeping ------------------------------------------------------------------ */

/* Until `deadline` or a signal: 0 or -EINTR. */
static int sleep_until(nsec_t deadline)
{
	static struct wait_queue nobody = WAIT_QUEUE_INIT(nobody);

	if (wait_until(&nobody, signal_is_pending(), deadline) && clock_now() < deadline) {
		return -EINTR;
	}
	return 0;
}

static long sleep_relative(nsec_t span, vaddr_t remain, enum time_width width)
{
	nsec_t deadline = deadline_kept(clock_now() + span), now;
	int err = sleep_until(deadline);

	if (!err) {
		return 0;
	}
	now = clock_now();
	if (remain && timespec_out(remain, deadline > now ? deadline - now : 0, width)) {
		return -EFAULT;
	}
	return -ERESTART_RESTARTBLOCK;
}

long sys_nanosleep(sys_ptr request, sys_ptr remain)
{
	nsec_t span;
	int err = timespec_in(&span, request, TIME_WORD);

	return err ? err : sleep_relative(span, remain, TIME_WORD);
}

long clock_nanosleep(
	sys_int clock, sys_flags flags, sys_ptr request, sys_ptr remain, enum time_width width)
{
	nsec_t wanted, now;
	int err = clock_value(clock, &now);

	if (err || clock == CLOCK_THREAD_CPUTIME_ID) {
		return err ? -EINVAL : -ENOTSUP;
	}
	err = timespec_in(&wanted, request, width);
	if (err) {
		return err;
	}
	if (!(flags & TIMER_ABSTIME)) {
		return sleep_relative(wanted, remain, width);
	}
	if (wanted <= now) {
		return 0;
	}
	return sleep_until(clock_now() + (wanted - now)) ? -ERESTARTNOHAND : 0;
}

long sys_clock_nanosleep(sys_int clock, sys_flags flags, sys_ptr request, sys_ptr remain)
{
	return clock_nanosleep(clock, flags, request, remain, TIME_WORD);
}
