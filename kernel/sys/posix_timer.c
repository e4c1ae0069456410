/* posix_timer.c - system calls of POSIX timers: arguments checked; kernel/proc/posix_timer.c does it. */
#include "timed.h"

#include "../proc/posix_timer.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>

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
	return number < 0 ? -EINVAL : posix_timer_delete(number);
}

long sys_timer_getoverrun(sys_int number)
{
	return number < 0 ? -EINVAL : posix_timer_overrun(number);
}

static long told_out(vaddr_t user, const struct posix_timer_setting *setting, enum time_width width)
{
	struct time_setting out = { .interval = setting->interval, .value = setting->value };

	return setting_out(user, &out, width);
}

long timer_gettime(sys_int number, sys_ptr user, enum time_width width)
{
	struct posix_timer_setting setting;
	int err = number < 0 ? -EINVAL : posix_timer_get(number, &setting);

	return err ? err : told_out(user, &setting, width);
}

long sys_timer_gettime(sys_int number, sys_ptr user)
{
	return timer_gettime(number, user, TIME_WORD);
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

long timer_settime(
	sys_int number, sys_flags flags, sys_ptr user_new, sys_ptr user_old, enum time_width width)
{
	struct posix_timer_setting new, old;
	struct time_setting in;
	bool is_absolute = flags & TIMER_ABSTIME;
	int err;

	if (!user_new || number < 0) {
		return -EINVAL;
	}
	err = setting_in(&in, user_new, width);
	if (err) {
		return err;
	}
	new = (struct posix_timer_setting){ .interval = in.interval, .value = in.value };
	if (is_absolute && new.value) {
		err = monotonic_from(number, &new.value);
	}
	if (!err) {
		err = posix_timer_set(number, &new, is_absolute, &old);
	}
	return err || !user_old ? err : told_out(user_old, &old, width);
}

long sys_timer_settime(sys_int number, sys_flags flags, sys_ptr user_new, sys_ptr user_old)
{
	return timer_settime(number, flags, user_new, user_old, TIME_WORD);
}
