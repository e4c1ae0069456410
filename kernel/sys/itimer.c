/*
 * itimer.c - alarm() and setitimer(): three timers for each process.
 *
 * That on real time sends SIGALRM; it fires in interrupt context, where sending is allowed. Those on CPU time,
 * ITIMER_VIRTUAL and ITIMER_PROF, are POSIX timers on the process's clock. The kernel's share of that is
 * not told apart, so both count the same.
 */
#include "../proc/posix_timer.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/signal.h>
#include <linux/time.h>

enum { ITIMER_REAL = 0, ITIMER_VIRTUAL = 1, ITIMER_PROF = 2 };

static void alarm_fire(struct timer *timer)
{
	struct process *process = container_of(timer, struct process, alarm);
	struct signal_info info = { .signo = SIGALRM, .code = SI_KERNEL };
	nsec_t interval;

	signal_send_process(process, &info);
	interval = READ_ONCE(process->alarm_interval);
	if (interval) {
		timer_set(timer, timer->deadline + interval);
	}
}

/* What is left, 0 when it is not armed. */
static nsec_t alarm_left(const struct process *p)
{
	nsec_t now = clock_now();

	if (!p->alarm.cpu) {
		return 0;
	}
	return p->alarm.deadline > now ? p->alarm.deadline - now : 1;
}

static void alarm_set(struct process *p, nsec_t span, nsec_t interval)
{
	WRITE_ONCE(p->alarm_interval, 0);
	timer_cancel_wait(&p->alarm); /* else one that fires now would arm it once more */
	WRITE_ONCE(p->alarm_interval, interval);
	if (span) {
		p->alarm.fire = alarm_fire;
		timer_set(&p->alarm, clock_now() + span);
	}
}

long sys_alarm(sys_uint seconds)
{
	struct process *p = process_current();
	nsec_t left = alarm_left(p);

	alarm_set(p, seconds * NSEC_PER_SEC, 0);
	/* Rounded, but what is left is never told as nothing. */
	return (long)MAX((left + NSEC_PER_SEC / 2) / NSEC_PER_SEC, left ? UINT64_C(1) : 0);
}

static bool timeval_to_nsec(const struct linux_timeval *t, nsec_t *span)
{
	if (t->sec < 0 || t->usec < 0 || t->usec >= 1000000 || t->sec > INT32_MAX) {
		return false;
	}
	*span = (nsec_t)t->sec * NSEC_PER_SEC + (nsec_t)t->usec * NSEC_PER_USEC;
	return true;
}

static struct linux_timeval timeval_of(nsec_t t)
{
	return (struct linux_timeval){ (long)(t / NSEC_PER_SEC),
		(long)(t % NSEC_PER_SEC / NSEC_PER_USEC) };
}

static long itimer_out(vaddr_t user, nsec_t left, nsec_t interval)
{
	struct linux_itimerval value = { timeval_of(interval), timeval_of(left) };

	return user_copy_out(user, &value, sizeof(value));
}

/* ---- on CPU time ------------------------------------------------------------------------------ */

static int cpu_timer_number(int which)
{
	return -which;
}

static struct posix_timer_setting cpu_timer_get(int which)
{
	struct posix_timer_setting setting;

	/* One that was never set is not there. */
	return posix_timer_get(cpu_timer_number(which), &setting)
		? (struct posix_timer_setting){ 0 }
		: setting;
}

static int cpu_timer_set(int which, const struct posix_timer_setting *new)
{
	struct posix_timer_spec spec = { .clock = CLOCK_PROCESS_CPUTIME_ID,
		.is_cpu = true,
		.signo = which == ITIMER_PROF ? SIGPROF : SIGVTALRM,
		.itimer = cpu_timer_number(which) };
	struct posix_timer_setting old;
	int err = posix_timer_set(spec.itimer, new, false, &old);

	if (err && new->value) {
		err = posix_timer_create(&spec) == spec.itimer ? 0 : -ENOMEM;
		if (!err) {
			err = posix_timer_set(spec.itimer, new, false, &old);
		}
		return err;
	}
	return 0;
}

/* ---- all three ---------------------------------------------------------------------------------- */

static struct posix_timer_setting timer_get(int which)
{
	const struct process *p = process_current();

	if (which != ITIMER_REAL) {
		return cpu_timer_get(which);
	}
	return (struct posix_timer_setting){ alarm_left(p), p->alarm_interval };
}

long sys_getitimer(sys_int which, sys_ptr user)
{
	struct posix_timer_setting now;

	if (which < ITIMER_REAL || which > ITIMER_PROF) {
		return -EINVAL;
	}
	now = timer_get(which);
	return itimer_out(user, now.value, now.interval);
}

static int setting_in(vaddr_t user, struct posix_timer_setting *setting)
{
	struct linux_itimerval value;

	if (user_copy_in(&value, user, sizeof(value))) {
		return -EFAULT;
	}
	return timeval_to_nsec(&value.value, &setting->value) &&
			timeval_to_nsec(&value.interval, &setting->interval)
		? 0
		: -EINVAL;
}

long sys_setitimer(sys_int which, sys_ptr user_new, sys_ptr user_old)
{
	struct posix_timer_setting new = { 0 }, old;
	int err = user_new ? setting_in(user_new, &new) : 0;

	if (err) {
		return err;
	}
	if (which < ITIMER_REAL || which > ITIMER_PROF) {
		return -EINVAL;
	}
	old = timer_get(which);
	if (which == ITIMER_REAL) {
		alarm_set(process_current(), new.value, new.interval);
	} else {
		err = cpu_timer_set(which, &new);
	}
	return err || !user_old ? err : itimer_out(user_old, old.value, old.interval);
}
