/* posix_timer.c - system calls of POSIX timers: arguments checked; kernel/proc/posix_timer.c does it. */
#include "times.h"

#include "../proc/posix_timer.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>

static int clock_check(int clock, struct posix_timer_spec *spec)
{
	nsec_t now;

	spec->is_cpu = cpu_clock_decode(clock, &spec->cpu);
	if (spec->is_cpu) {
		/* Of the own process only; "the caller's" is settled now. */
		if (spec->cpu.is_thread && !spec->cpu.number) {
			spec->cpu.number = task_current()->tid;
		}
		if (!spec->cpu.is_thread && spec->cpu.number &&
			spec->cpu.number != process_current()->pid) {
			return -EINVAL;
		}
		return cpu_clock_now(&spec->cpu, &now);
	}
	switch (clock) {
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM: /* nothing wakes the machine */
	case CLOCK_BOOTTIME_ALARM:
		return -ENOTSUP;
	default:
		return clock_value(clock, &now);
	}
}

static bool is_own_thread(int tid)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool is_own = task_find(process_current(), tid);

	spin_unlock_irqrestore(&process_lock, irq);
	return is_own;
}

static int event_check(const struct linux_sigevent *event, struct posix_timer_spec *spec)
{
	switch (event->notify) {
	case SIGEV_THREAD_ID:
		if (!is_own_thread(event->tid)) {
			return -EINVAL;
		}
		spec->tid = event->tid;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		break;
	case SIGEV_NONE:
		return 0;
	default:
		return -EINVAL;
	}
	if (event->signo <= 0 || event->signo > SIGNAL_COUNT) {
		return -EINVAL;
	}
	spec->signo = event->signo;
	spec->has_value = true;
	spec->value = event->value;
	return 0;
}

long sys_timer_create(sys_int clock, sys_ptr user_event, sys_ptr user_number)
{
	struct posix_timer_spec spec = { .clock = clock, .signo = SIGALRM };
	struct linux_sigevent event;
	int number, err;

	if (user_event && user_copy_in(&event, user_event, sizeof(event))) {
		return -EFAULT;
	}
	err = clock_check(clock, &spec);
	if (!err && user_event) {
		spec.signo = 0;
		err = event_check(&event, &spec);
	}
	if (err) {
		return err;
	}
	number = posix_timer_create(&spec);
	if (number >= 0 && user_copy_out(user_number, &number, sizeof(number))) {
		(void)!posix_timer_delete(number);
		return -EFAULT;
	}
	return MIN(number, 0);
}

long sys_timer_delete(sys_int number)
{
	return posix_timer_delete(number);
}

long sys_timer_getoverrun(sys_int number)
{
	return posix_timer_overrun(number);
}

static long setting_out(vaddr_t user, const struct posix_timer_setting *setting)
{
	struct linux_itimerspec out = { .interval = timespec_of(setting->interval),
		.value = timespec_of(setting->value) };

	return user_copy_out(user, &out, sizeof(out));
}

long sys_timer_gettime(sys_int number, sys_ptr user)
{
	struct posix_timer_setting setting;
	int err = posix_timer_get(number, &setting);

	return err ? err : setting_out(user, &setting);
}

/* A time of a real clock, as the monotonic one will tell it; what has passed is long ago, but not 0. */
static int monotonic_from(int number, nsec_t *value)
{
	struct cpu_clock cpu;
	nsec_t told;
	int clock, err = posix_timer_clock(number, &clock);

	if (!err && !cpu_clock_decode(clock, &cpu)) {
		err = clock_value(clock, &told);
		*value = *value > told ? clock_now() + (*value - told) : 1;
	}
	return err;
}

long sys_timer_settime(sys_int number, sys_flags flags, sys_ptr user_new, sys_ptr user_old)
{
	struct posix_timer_setting new, old;
	struct linux_itimerspec in;
	bool is_absolute = flags & TIMER_ABSTIME;
	int err = 0;

	if (!user_new) {
		return -EINVAL;
	}
	if (user_copy_in(&in, user_new, sizeof(in))) {
		return -EFAULT;
	}
	if (!timespec_to_nsec(&in.value, &new.value) ||
		!timespec_to_nsec(&in.interval, &new.interval)) {
		return -EINVAL;
	}
	if (is_absolute && new.value) {
		err = monotonic_from(number, &new.value);
	}
	if (!err) {
		err = posix_timer_set(number, &new, is_absolute, &old);
	}
	return err || !user_old ? err : setting_out(user_old, &old);
}
