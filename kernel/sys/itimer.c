/*
 * itimer.c - alarm() and setitimer(): one real-time timer for each process, which
 * sends SIGALRM. The timer fires in interrupt context, where sending is allowed.
 */
#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/signal.h>
#include <linux/time.h>

enum { ITIMER_REAL = 0, ITIMER_PROF = 2 };

static void alarm_fire(struct timer *timer)
{
	struct process *process = container_of(timer, struct process, alarm);
	struct signal_info info = { .signo = SIGALRM, .code = SI_KERNEL };

	signal_send_process(process, &info);
	if (process->alarm_interval) {
		timer_set(timer, timer->deadline + process->alarm_interval);
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
	timer_cancel(&p->alarm);
	p->alarm_interval = interval;
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

long sys_getitimer(sys_int which, sys_ptr user)
{
	const struct process *p = process_current();

	if (which != ITIMER_REAL) {
		return which < 0 || which > ITIMER_PROF ? -EINVAL : itimer_out(user, 0, 0);
	}
	return itimer_out(user, alarm_left(p), p->alarm_interval);
}

long sys_setitimer(sys_int which, sys_ptr user_new, sys_ptr user_old)
{
	struct process *p = process_current();
	nsec_t left = alarm_left(p), old_interval = p->alarm_interval, span = 0, interval = 0;
	struct linux_itimerval value;

	if (which != ITIMER_REAL) {
		return -EINVAL; /* CPU-time timers are not offered */
	}
	if (user_new) {
		if (user_copy_in(&value, user_new, sizeof(value))) {
			return -EFAULT;
		}
		if (!timeval_to_nsec(&value.value, &span) ||
			!timeval_to_nsec(&value.interval, &interval)) {
			return -EINVAL;
		}
	}
	alarm_set(p, span, interval);
	return user_old ? itimer_out(user_old, left, old_interval) : 0;
}
