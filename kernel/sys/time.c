/* time.c - system calls that read, set and await clocks. */
#include "times.h"

#include "../proc/cpu_time.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>
#include <kernel/task.h>

#define TICK (NSEC_PER_SEC / 100)

/* ---- conversions ------------------------------------------------------------ */

struct linux_timespec timespec_of(nsec_t t)
{
	return (struct linux_timespec){ (int64_t)(t / NSEC_PER_SEC), (int64_t)(t % NSEC_PER_SEC) };
}

/* Beyond what nanoseconds in 64 bits hold (292 years) is for ever. */
bool timespec_to_nsec(const struct linux_timespec *t, nsec_t *span)
{
	const int64_t most = INT64_MAX / (int64_t)NSEC_PER_SEC;

	if (t->sec < 0 || t->nsec < 0 || t->nsec >= (int64_t)NSEC_PER_SEC) {
		return false;
	}
	*span = t->sec >= most ? (nsec_t)INT64_MAX
			       : (nsec_t)t->sec * NSEC_PER_SEC + (nsec_t)t->nsec;
	return true;
}

int timespec_in(nsec_t *span, vaddr_t user)
{
	struct linux_timespec t;

	if (user_copy_in(&t, user, sizeof(t))) {
		return -EFAULT;
	}
	return timespec_to_nsec(&t, span) ? 0 : -EINVAL;
}

int timespec_out(vaddr_t user, nsec_t span)
{
	struct linux_timespec t = timespec_of(span);

	return user_copy_out(user, &t, sizeof(t));
}

int deadline_in(nsec_t *deadline, vaddr_t user)
{
	nsec_t span;
	int err;

	*deadline = WAIT_FOREVER;
	if (!user) {
		return 0;
	}
	err = timespec_in(&span, user);
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

long sys_clock_gettime(sys_int clock, sys_ptr time)
{
	nsec_t now;
	int err = clock_value(clock, &now);

	return err ? err : timespec_out(time, now);
}

long sys_clock_getres(sys_int clock, sys_ptr time)
{
	nsec_t now;
	int err = clock_value(clock, &now);

	if (err || !time) {
		return err;
	}
	return timespec_out(
		time, clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? TICK : 1);
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

long sys_clock_settime(sys_int clock, sys_ptr time)
{
	nsec_t wanted;
	int err = timespec_in(&wanted, time);

	if (err) {
		return err;
	}
	return clock == CLOCK_REALTIME ? wall_set(wanted) : -EINVAL;
}

long sys_gettimeofday(sys_ptr time, sys_ptr zone)
{
	nsec_t now = clock_wall();
	struct linux_timeval t = { (int64_t)(now / NSEC_PER_SEC),
		(int64_t)(now % NSEC_PER_SEC / NSEC_PER_USEC) };
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
	int64_t now = (int64_t)(clock_wall() / NSEC_PER_SEC);

	if (time && user_copy_out(time, &now, sizeof(now))) {
		return -EFAULT;
	}
	return now;
}

long sys_times(sys_ptr user)
{
	nsec_t used;
	int err = clock_value(CLOCK_PROCESS_CPUTIME_ID, &used);
	struct linux_tms t = { .user = (int64_t)(used / TICK),
		.children_user = (int64_t)(process_current()->children_time / TICK) };

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

static long sleep_relative(nsec_t span, vaddr_t remain)
{
	nsec_t deadline = deadline_kept(clock_now() + span), now;
	int err = sleep_until(deadline);

	if (!err) {
		return 0;
	}
	now = clock_now();
	if (remain && timespec_out(remain, deadline > now ? deadline - now : 0)) {
		return -EFAULT;
	}
	return -ERESTART_RESTARTBLOCK;
}

long sys_nanosleep(sys_ptr request, sys_ptr remain)
{
	nsec_t span;
	int err = timespec_in(&span, request);

	return err ? err : sleep_relative(span, remain);
}

long sys_clock_nanosleep(sys_int clock, sys_flags flags, sys_ptr request, sys_ptr remain)
{
	nsec_t wanted, now;
	int err = clock_value(clock, &now);

	if (err || clock == CLOCK_THREAD_CPUTIME_ID) {
		return err ? -EINVAL : -ENOTSUP;
	}
	err = timespec_in(&wanted, request);
	if (err) {
		return err;
	}
	if (!(flags & TIMER_ABSTIME)) {
		return sleep_relative(wanted, remain);
	}
	if (wanted <= now) {
		return 0;
	}
	return sleep_until(clock_now() + (wanted - now)) ? -ERESTARTNOHAND : 0;
}
