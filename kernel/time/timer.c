/*
 * timer.c - timers, one ordered list for each CPU over its one-shot event.
 *
 * Invariants:
 *   T1  timer->cpu says on which CPU's list a timer stands; NULL on none.
 *   T2  `armed` is the deadline the event was last set to. It is never later
 *       than the first timer's; earlier means one interrupt for nothing.
 *   T3  `firing` is set before the timer is taken off: who finds it on no list and
 *       fired by no CPU knows that its fire() has returned.
 */
#include <arch/clock.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>
#include <kernel/timer.h>

struct timer_queue {
	struct spinlock lock; /* irq-safe */
	struct list timers;   /* ascending deadlines */
	nsec_t armed;	      /* CLOCK_NEVER: no event is set */
	struct timer *firing; /* whose fire() runs; read without the lock */
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
	__atomic_store_n(&timer->cpu, NULL, __ATOMIC_RELEASE);
}

/* --------------------------------------------------------------------------- */

/* It may be moved from one CPU's list to another's meanwhile. */
bool timer_cancel(struct timer *timer)
{
	struct cpu *cpu;

	while ((cpu = __atomic_load_n(&timer->cpu, __ATOMIC_ACQUIRE))) {
		struct timer_queue *q = queue_of(cpu);
		irq_state_t irq = spin_lock_irqsave(&q->lock);
		bool was_there = timer->cpu == cpu;

		if (was_there) {
			take_off(timer);
		}
		spin_unlock_irqrestore(&q->lock, irq);
		if (was_there) {
			return true;
		}
	}
	return false;
}

/* T3 */
static bool is_firing(const struct timer *timer)
{
	for (unsigned i = 0; i < CONFIG_NR_CPUS; i++) {
		if (__atomic_load_n(&queues[i].firing, __ATOMIC_ACQUIRE) == timer) {
			return true;
		}
	}
	return false;
}

bool timer_cancel_wait(struct timer *timer)
{
	bool was_pending = false;

	do {
		was_pending |= timer_cancel(timer);
		for (unsigned turns = 0; is_firing(timer); turns++) {
			smp_wait(turns);
		}
	} while (READ_ONCE(timer->cpu)); /* fire() has set it again */
	return was_pending;
}

/* False when another CPU has put it on a list of its own meanwhile. Interrupts masked. */
static bool put_on(struct timer_queue *q, struct timer *timer, nsec_t deadline)
{
	struct cpu *nobody = NULL;
	bool is_ours;

	spin_lock(&q->lock);
	is_ours = __atomic_compare_exchange_n(&timer->cpu, &nobody, cpu_this(), false,
		__ATOMIC_ACQ_REL, __ATOMIC_RELAXED); /* T1 */
	if (is_ours) {
		timer->deadline = deadline;
		insert(q, timer);
		event_arm(q);
	}
	spin_unlock(&q->lock);
	return is_ours;
}

void timer_set(struct timer *timer, nsec_t deadline)
{
	bool is_set;

	do {
		irq_state_t irq;

		timer_cancel(timer);
		irq = irq_save();
		is_set = put_on(queue_of(cpu_this()), timer, deadline);
		irq_restore(irq);
	} while (!is_set);
}

/* The first timer if it is due, taken off; NULL when none is. */
static struct timer *due_take(struct timer_queue *q)
{
	struct timer *timer;

	spin_lock(&q->lock);
	timer = first_of(q);
	if (timer && timer->deadline <= clock_now()) {
		__atomic_store_n(&q->firing, timer, __ATOMIC_RELEASE); /* T3 */
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
		__atomic_store_n(&q->firing, NULL, __ATOMIC_RELEASE);
	}
	spin_lock(&q->lock);
	q->armed = CLOCK_NEVER; /* the event has happened */
	event_arm(q);
	spin_unlock(&q->lock);
}
