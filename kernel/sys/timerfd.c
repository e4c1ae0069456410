/*
 * timerfd.c - a timer as a file: reading tells how often it has expired since the
 * last time, and waits for the first.
 *
 * The timer itself fires once. What a period adds is reckoned when somebody asks
 * (settle()), so that a period of a nanosecond costs no interrupts.
 *
 * The lock is taken by the interrupt: irq-safe. Setting serializes on a mutex, which
 * the timer does not take, so that the old timer can be waited for.
 */
#include "timed.h"
#include "user_path.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/signal.h>
#include <kernel/string.h>
#include <kernel/timer.h>
#include <linux/epoll.h>
#include <linux/fcntl.h>

struct timerfd {
	struct mutex setting;
	int clock;
	struct timer timer;
	struct wait_queue expired;

	/* under the lock */
	struct spinlock lock; /* irq-safe */
	nsec_t next;	      /* when it expires next, or has expired last; 0: disarmed */
	nsec_t interval;
	bool has_fired; /* at `next`, and was not set again since */
	uint64_t ticks;
};

static const struct file_ops timerfd_ops;

static void timerfd_fire(struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);
	irq_state_t irq = spin_lock_irqsave(&t->lock);

	/* Else it was set anew while this waited for the lock. */
	if (t->next && clock_now() >= t->next) {
		t->has_fired = true;
		t->ticks++;
	}
	spin_unlock_irqrestore(&t->lock, irq);
	wait_wake_all(&t->expired);
}

/* Count the periods that are over, and arm for the next. The lock is held. */
static void settle(struct timerfd *t)
{
	nsec_t now = clock_now(), periods;

	if (!t->has_fired) {
		return;
	}
	t->has_fired = false;
	if (!t->interval) {
		t->next = 0;
		return;
	}
	periods = now > t->next ? (now - t->next) / t->interval : 0;
	t->ticks += periods;
	t->next += (periods + 1) * t->interval;
	timer_set(&t->timer, t->next);
}

/* 0: not yet. */
static uint64_t ticks_take(struct timerfd *t)
{
	irq_state_t irq = spin_lock_irqsave(&t->lock);
	uint64_t ticks;

	settle(t);
	ticks = t->ticks;
	t->ticks = 0;
	spin_unlock_irqrestore(&t->lock, irq);
	return ticks;
}

static bool has_expired(const struct timerfd *t)
{
	return READ_ONCE(t->ticks);
}

static long timerfd_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct timerfd *t = file->private;
	uint64_t ticks;

	if (len < sizeof(ticks)) {
		return -EINVAL;
	}
	while (!(ticks = ticks_take(t))) {
		if (READ_ONCE(file->flags) & O_NONBLOCK) {
			return -EAGAIN;
		}
		if (signal_is_pending()) {
			return -ERESTARTSYS;
		}
		wait_until(&t->expired, has_expired(t) || signal_is_pending(), WAIT_FOREVER);
	}
	memcpy(buf, &ticks, sizeof(ticks));
	return sizeof(ticks);
}

static unsigned timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *t = file->private;

	poll_wait_for(table, &t->expired, POLLIN);
	return has_expired(t) ? POLLIN : 0;
}

static void timerfd_release(struct file *file)
{
	struct timerfd *t = file->private;

	timer_cancel_wait(&t->timer);
	heap_free(t);
}

static const struct file_ops timerfd_ops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.kind = "[timerfd]",
};

/* ---- system calls -------------------------------------------------------------------- */

static bool is_clock(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
		clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
}

static struct file *timerfd_create(int clock, unsigned flags)
{
	struct timerfd *t = heap_alloc(sizeof(*t));
	struct file *file = NULL;

	if (t) {
		mutex_init(&t->setting, "timerfd");
		spin_init(&t->lock, "timerfd");
		t->clock = clock;
		timer_init(&t->timer, timerfd_fire);
		wait_queue_init(&t->expired);
		file = file_create(&timerfd_ops, O_RDWR | (flags & TFD_NONBLOCK), t);
	}
	if (!file) {
		heap_free(t);
	}
	return file;
}

long sys_timerfd_create(sys_int clock, sys_flags flags)
{
	if (flags & ~(unsigned)(TFD_NONBLOCK | TFD_CLOEXEC) || !is_clock(clock)) {
		return -EINVAL;
	}
	return user_file_install(timerfd_create(clock, flags), flags);
}

/* What is left and the period. The lock is held. */
static void setting_tell(struct timerfd *t, struct time_setting *setting)
{
	nsec_t now = clock_now();

	settle(t);
	setting->interval = t->interval;
	setting->value = !t->next ? 0 : t->next > now ? t->next - now : 1;
}

static void timerfd_set(struct timerfd *t, nsec_t next, nsec_t interval, struct time_setting *old)
{
	irq_state_t irq;

	mutex_lock(&t->setting);
	timer_cancel_wait(&t->timer);
	irq = spin_lock_irqsave(&t->lock);
	setting_tell(t, old);
	t->next = next;
	t->interval = interval;
	t->has_fired = false;
	t->ticks = 0;
	timer_cancel(&t->timer); /* setting_tell() may have armed it; it did not fire: masked */
	if (next) {
		timer_set(&t->timer, next);
	}
	spin_unlock_irqrestore(&t->lock, irq);
	mutex_unlock(&t->setting);
}

static struct file *timerfd_get(int fd, long *err)
{
	struct file *file = user_file(fd);

	*err = !file ? -EBADF : file->ops != &timerfd_ops ? -EINVAL : 0;
	if (*err) {
		file_unref(file);
		return NULL;
	}
	return file;
}

/* When to expire on the monotonic clock, 0 to disarm. */
static nsec_t next_from(int clock, unsigned flags, nsec_t value)
{
	nsec_t now = clock_now(), told;

	if (!value) {
		return 0;
	}
	if (!(flags & TFD_TIMER_ABSTIME)) {
		return now + value;
	}
	if (clock_value(clock, &told) || value <= told) {
		return now;
	}
	return now + (value - told);
}

long timerfd_settime(
	sys_fd fd, sys_flags flags, sys_ptr user_new, sys_ptr user_old, enum time_width width)
{
	struct time_setting new, old;
	struct timerfd *t;
	struct file *file;
	long err = setting_in(&new, user_new, width);

	if (!err && flags & ~(unsigned)(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) {
		err = -EINVAL;
	}
	if (err) {
		return err;
	}
	file = timerfd_get(fd, &err);
	if (!file) {
		return err;
	}
	t = file->private;
	timerfd_set(t, next_from(t->clock, flags, new.value), new.interval, &old);
	file_unref(file);
	return user_old ? setting_out(user_old, &old, width) : 0;
}

long sys_timerfd_settime(sys_fd fd, sys_flags flags, sys_ptr user_new, sys_ptr user_old)
{
	return timerfd_settime(fd, flags, user_new, user_old, TIME_WORD);
}

long timerfd_gettime(sys_fd fd, sys_ptr user, enum time_width width)
{
	struct time_setting setting;
	struct timerfd *t;
	irq_state_t irq;
	long err;
	struct file *file = timerfd_get(fd, &err);

	if (!file) {
		return err;
	}
	t = file->private;
	irq = spin_lock_irqsave(&t->lock);
	setting_tell(t, &setting);
	spin_unlock_irqrestore(&t->lock, irq);
	file_unref(file);
	return setting_out(user, &setting, width);
}

long sys_timerfd_gettime(sys_fd fd, sys_ptr user)
{
	return timerfd_gettime(fd, user, TIME_WORD);
}
