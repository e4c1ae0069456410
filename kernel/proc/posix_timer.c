/*
 * posix_timer.c - POSIX timers: a clock, a time, a period, and a signal.
 *
 * A timer's signal has one entry for all its life, so that it can always be sent,
 * and is pending once at most. The period is reckoned when the signal is taken: how
 * many were missed is its overrun, and then the timer is set again. So a short
 * period costs no more than the program takes.
 *
 * Real clocks are all the monotonic one by the time they come here. CPU time cannot be
 * translated, so a timer on it looks again when the time would be used up if all
 * threads ran.
 *
 * Invariants:
 *   X1  The list of a process's timers is under the process's mutex, what changes
 *       of a timer under the signal state's lock.
 *   X2  Only fire() makes a timer due, only a timer that is set and not due fires: one
 *       that comes late, after a new setting, does nothing.
 *   X3  A timer is freed when nobody will set it again and fire() has returned; its
 *       entry when it is taken, if it is pending then.
 */
#include "posix_timer.h"

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/timer.h>
#include <linux/resource.h>

/* How long to wait before another look: at CPU time, or when the signal is ignored. */
#define PATIENCE (4 * NSEC_PER_MSEC)

struct posix_timer {
	struct list link;
	struct process *process;
	struct posix_timer_spec spec;
	int number;
	struct signal_entry *entry; /* NULL: no signal */
	struct timer timer;

	nsec_t next, interval; /* 0: disarmed; no period */
	bool is_due;	       /* fired at `next`, not set again since */
	uint64_t overrun;      /* since the last signal was taken */
	int overrun_told;
};

/* ---- time: process_lock and the state's lock held ----------------------------------------- */

static nsec_t now_of(const struct posix_timer *t)
{
	nsec_t now;

	if (!t->spec.is_cpu) {
		return clock_now();
	}
	return cpu_clock_now_locked(&t->spec.cpu, t->process, &now) ? 0 : now;
}

/* After `span` of the timer's clock, or earlier. */
static void arm(struct posix_timer *t, nsec_t span)
{
	if (t->spec.is_cpu) {
		span = MAX(span / MAX(t->process->thread_count, 1u), PATIENCE);
	}
	if (t->entry) {
		timer_set(&t->timer, clock_now() + span);
	}
}

/* Pass over the periods that have gone by, that of `next` included: how many. */
static nsec_t periods_pass(struct posix_timer *t, nsec_t now)
{
	nsec_t periods = now < t->next ? 0 : (now - t->next) / t->interval + 1;

	t->next += periods * t->interval;
	return periods;
}

/* ---- the signal ------------------------------------------------------------------------------ */

/* The state's lock is held, process_lock is not: CPU time is left for fire() to look at. */
void posix_timer_taken(struct posix_timer *t, struct signal_info *info)
{
	if (t->is_due && t->interval) {
		t->is_due = false;
		if (t->spec.is_cpu) {
			t->next += t->interval;
			arm(t, 0);
		} else {
			nsec_t now = clock_now();

			t->overrun += periods_pass(t, now) - 1;
			arm(t, t->next - now);
		}
	}
	t->overrun_told = (int)MIN(t->overrun, (uint64_t)INT32_MAX);
	t->overrun = 0;
	info->uid = t->spec.itimer ? 0 : (uint32_t)t->overrun_told;
}

/* Nobody wants the signal: the periods go on without. */
static void ignored(struct posix_timer *t, nsec_t now)
{
	if (t->interval) {
		t->overrun += periods_pass(t, now);
		t->is_due = false;
		arm(t, MAX(t->next - now, PATIENCE));
	}
}

/* Due and to be sent? X2; process_lock held. */
static bool becomes_due(struct posix_timer *t, nsec_t *now)
{
	struct spinlock *lock = &t->process->signals->lock;
	bool is_to_send = false;

	spin_lock(lock);
	*now = now_of(t);
	if (t->next && !t->is_due && *now < t->next) {
		arm(t, t->next - *now);
	} else if (t->next && !t->is_due) {
		t->is_due = true;
		is_to_send = !list_is_linked(&t->entry->link);
		t->overrun += !is_to_send;
	}
	spin_unlock(lock);
	return is_to_send;
}

static void fire(struct timer *timer)
{
	struct posix_timer *t = container_of(timer, struct posix_timer, timer);
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct spinlock *lock = &t->process->signals->lock;
	nsec_t now;

	if (becomes_due(t, &now)) {
		struct task *task = t->spec.tid ? task_find(t->process, t->spec.tid) : NULL;
		bool has_taker = task || !t->spec.tid;

		if (has_taker && !signal_send_entry(t->process, task, t->entry)) {
			spin_lock(lock);
			ignored(t, now);
			spin_unlock(lock);
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
}

/* ---- life: the process's mutex held ------------------------------------------------------------ */

static struct posix_timer *find(int number)
{
	list_for_each(node, &process_current()->timers) {
		struct posix_timer *t = list_entry(node, struct posix_timer, link);

		if (t->number == number) {
			return t;
		}
	}
	return NULL;
}

static bool is_at_limit(const struct process *process)
{
	uint64_t count = 0;

	list_for_each(node, &process->timers) {
		count++;
	}
	return count >= process->limits[RLIMIT_SIGPENDING].soft;
}

static struct posix_timer *make(struct process *process, const struct posix_timer_spec *spec)
{
	struct posix_timer *t = heap_alloc(sizeof(*t));

	if (!t) {
		return NULL;
	}
	t->process = process;
	t->spec = *spec;
	t->number = spec->itimer ? spec->itimer : process->timer_number;
	timer_init(&t->timer, fire);
	if (spec->signo) {
		t->entry = heap_alloc(sizeof(*t->entry));
		if (!t->entry) {
			heap_free(t);
			return NULL;
		}
		t->entry->timer = t;
		t->entry->info = (struct signal_info){ .signo = spec->signo,
			.code = spec->itimer ? SI_KERNEL : SI_TIMER,
			.pid = spec->itimer ? 0 : t->number,
			.value = spec->itimer	  ? 0
				: spec->has_value ? spec->value
						  : (uint64_t)t->number };
		list_init(&t->entry->link);
	}
	return t;
}

int posix_timer_create(const struct posix_timer_spec *spec)
{
	struct process *process = process_current();
	struct posix_timer *t;
	int number = -EAGAIN;

	mutex_lock(&process->lock);
	t = is_at_limit(process) && !spec->itimer ? NULL : make(process, spec);
	if (t) {
		list_push_back(&process->timers, &t->link);
		number = t->number;
		if (!spec->itimer) {
			process->timer_number = number == INT32_MAX ? 0 : number + 1;
		}
	}
	mutex_unlock(&process->lock);
	return number;
}

/* X3 */
static void end(struct posix_timer *t)
{
	struct spinlock *lock = &t->process->signals->lock;
	irq_state_t irq = spin_lock_irqsave(lock);

	list_remove(&t->link);
	t->next = t->interval = 0;
	spin_unlock_irqrestore(lock, irq);
	timer_cancel_wait(&t->timer);
	irq = spin_lock_irqsave(lock);
	if (t->entry) {
		t->entry->timer = NULL;
		if (!list_is_linked(&t->entry->link)) {
			heap_free(t->entry);
		}
	}
	spin_unlock_irqrestore(lock, irq);
	heap_free(t);
}

int posix_timer_delete(int number)
{
	struct process *process = process_current();
	struct posix_timer *t;

	mutex_lock(&process->lock);
	t = find(number);
	if (t) {
		end(t);
	}
	mutex_unlock(&process->lock);
	return t ? 0 : -EINVAL;
}

void posix_timers_end(struct process *process, bool is_exec)
{
	mutex_lock(&process->lock);
	list_for_each_safe(node, &process->timers) {
		struct posix_timer *t = list_entry(node, struct posix_timer, link);

		if (!is_exec || !t->spec.itimer) {
			end(t);
		}
	}
	process->timer_number = 0;
	mutex_unlock(&process->lock);
}

/* ---- settings ------------------------------------------------------------------------------------- */

static struct posix_timer_setting setting_of(const struct posix_timer *t, nsec_t now)
{
	struct posix_timer_setting setting = { 0, t->interval };

	if (t->next > now) {
		setting.value = t->next - now;
	} else if (t->next && t->interval) {
		setting.value = t->interval - (now - t->next) % t->interval;
	} else if (t->next && t->entry && !t->is_due) {
		setting.value = 1; /* about to fire */
	}
	return setting;
}

/* Look at the timer and, with `new`, set it. */
static int with_timer(int number, const struct posix_timer_setting *new, bool is_absolute,
	struct posix_timer_setting *old)
{
	struct process *process = process_current();
	struct spinlock *lock = &process->signals->lock;
	struct posix_timer *t;
	irq_state_t irq;
	nsec_t now;

	mutex_lock(&process->lock);
	t = find(number);
	if (!t) {
		mutex_unlock(&process->lock);
		return -EINVAL;
	}
	irq = spin_lock_irqsave(&process_lock);
	spin_lock(lock);
	now = now_of(t);
	*old = setting_of(t, now);
	if (new) {
		timer_cancel(&t->timer); /* one that is firing finds the new setting: X2 */
		t->interval = new->value ? new->interval : 0;
		t->next = !new->value ? 0 : is_absolute ? new->value : now + new->value;
		t->is_due = false;
		t->overrun = 0;
		t->overrun_told = 0;
		if (t->next) {
			arm(t, t->next > now ? t->next - now : 0);
		}
	}
	spin_unlock(lock);
	spin_unlock_irqrestore(&process_lock, irq);
	mutex_unlock(&process->lock);
	return 0;
}

int posix_timer_set(int number, const struct posix_timer_setting *setting, bool is_absolute,
	struct posix_timer_setting *old)
{
	return with_timer(number, setting, is_absolute, old);
}

int posix_timer_get(int number, struct posix_timer_setting *setting)
{
	return with_timer(number, NULL, false, setting);
}

int posix_timer_clock(int number, int *clock)
{
	struct process *process = process_current();
	const struct posix_timer *t;

	mutex_lock(&process->lock);
	t = find(number);
	*clock = t ? t->spec.clock : 0;
	mutex_unlock(&process->lock);
	return t ? 0 : -EINVAL;
}

long posix_timer_overrun(int number)
{
	struct process *process = process_current();
	const struct posix_timer *t;
	long overrun;

	mutex_lock(&process->lock);
	t = find(number);
	overrun = t ? READ_ONCE(t->overrun_told) : -EINVAL;
	mutex_unlock(&process->lock);
	return overrun;
}
