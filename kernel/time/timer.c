/*
 * timer.c - timers, one ordered list for each CPU over its one-shot event.
 *
 * Invariants:
 *   T1  timer->cpu says on which CPU's list a timer stands; NULL on none.
 *   T2  `armed` is the deadline the event was last set to. It is never later
 *       than the first timer's; earlier means one interrupt for nothing.
 */
#include <arch/clock.h>
#include <kernel/panic.h>
#include <kernel/spinlock.h>
#include <kernel/timer.h>

struct timer_queue {
	struct spinlock lock; /* irq-safe */
	struct list timers;   /* ascending deadlines */
	nsec_t armed;	      /* CLOCK_NEVER: no event is set */
};

static struct timer_queue queues[CONFIG_NR_CPUS] = {
	[0 ... CONFIG_NR_CPUS - 1] = { .lock = SPINLOCK_INIT("timer"), .armed = CLOCK_NEVER },
};

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){ .fire = fire };
	list_init(&timer->link);
}

/* Lists cannot be linked to themselves statically in an array of any length. */
static struct timer_queue *queue_of(const struct cpu *cpu)
{
	struct timer_queue *q = &queues[cpu->id];

	if (unlikely(!q->timers.next)) {
		list_init(&q->timers);
	}
	return q;
}

/* ---- with the queue's lock ------------------------------------------------ */

static struct timer *first_of(const struct timer_queue *q)
{
	struct list *first = list_first(&q->timers);

	return first ? list_entry(first, struct timer, link) : NULL;
}

/* Behind all that are due earlier or at the same time. */
static void insert(struct timer_queue *q, struct timer *timer)
{
	struct list *before = q->timers.prev;

	while (before != &q->timers &&
		list_entry(before, struct timer, link)->deadline > timer->deadline) {
		before = before->prev;
	}
	list_push_front(before, &timer->link);
}

/* T2 */
static void event_arm(struct timer_queue *q)
{
	const struct timer *first = first_of(q);

	if (first && first->deadline < q->armed) {
		q->armed = first->deadline;
		clock_event_set(q->armed);
	}
}

static void take_off(struct timer *timer)
{
	list_remove(&timer->link);
	timer->cpu = NULL;
}

/* --------------------------------------------------------------------------- */

bool timer_cancel(struct timer *timer)
{
	struct cpu *cpu = READ_ONCE(timer->cpu);
	struct timer_queue *q;
	irq_state_t irq;
	bool was_pending;

	if (!cpu) {
		return false;
	}
	q = queue_of(cpu);
	irq = spin_lock_irqsave(&q->lock);
	was_pending = timer->cpu == cpu;
	if (was_pending) {
		take_off(timer);
	}
	spin_unlock_irqrestore(&q->lock, irq);
	return was_pending;
}

void timer_set(struct timer *timer, nsec_t deadline)
{
	struct timer_queue *q;
	irq_state_t irq;

	timer_cancel(timer);
	irq = irq_save();
	q = queue_of(cpu_this());
	spin_lock(&q->lock);
	timer->deadline = deadline;
	timer->cpu = cpu_this();
	insert(q, timer);
	event_arm(q);
	spin_unlock(&q->lock);
	irq_restore(irq);
}

/* The first timer if it is due, taken off; NULL when none is. */
static struct timer *due_take(struct timer_queue *q)
{
	struct timer *timer;

	spin_lock(&q->lock);
	timer = first_of(q);
	if (timer && timer->deadline <= clock_now()) {
		take_off(timer);
	} else {
		timer = NULL;
	}
	spin_unlock(&q->lock);
	return timer;
}

void timer_interrupt(void)
{
	struct timer_queue *q = queue_of(cpu_this());
	struct timer *timer;

	while ((timer = due_take(q))) {
		timer->fire(timer);
	}
	spin_lock(&q->lock);
	q->armed = CLOCK_NEVER; /* the event has happened */
	event_arm(q);
	spin_unlock(&q->lock);
}
