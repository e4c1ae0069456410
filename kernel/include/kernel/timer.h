/*
 * timer.h - timers on the monotonic clock, one-shot hardware underneath.
 *
 * Each CPU keeps its timers ordered by deadline and arms its one-shot event
 * for the first; with none there is no interrupt at all.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <kernel/list.h>

struct cpu;

struct timer {
	struct list link;
	nsec_t deadline;
	void (*fire)(struct timer *timer); /* interrupt context, interrupts masked, no locks held */
	struct cpu *cpu;		   /* that holds it, NULL when not pending */
};

void timer_init(struct timer *timer, void (*fire)(struct timer *timer));

/* Arm for `deadline` on this CPU, moving it when it is pending. Any context. A deadline in the past fires at once (from the interrupt). */
void timer_set(struct timer *timer, nsec_t deadline);

/* Disarm; true when it was pending. It may be running on another CPU when this returns. */
bool timer_cancel(struct timer *timer);

/* The port's clock interrupt calls this, interrupts masked: run what is due, arm the next. */
void timer_interrupt(void);

#endif
