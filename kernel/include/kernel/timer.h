/*
 * timer.h - timers on the monotonic clock, one-shot hardware underneath.
 *
 * Each CPU keeps its timers ordered by deadline and arms its one-shot event
 * for the first; without timers there is no interrupt. Arming costs a hypercall
 * on Xen, so the event is never put off: after timer_cancel(), or when the first
 * timer is moved to later, one interrupt may come for nothing.
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

/*
 * Arm for `deadline` on this CPU, moving it when it is pending. Any context. A
 * deadline in the past fires at once (from the interrupt). Timers of one
 * deadline fire in the order they were set. When two CPUs set one timer at a time, the last one's deadline counts.
 */
void timer_set(struct timer *timer, nsec_t deadline);

/*
 * Disarm; true when it was pending. On the CPU that armed it, it does not run
 * any more when this returns; on another it may be running.
 */
bool timer_cancel(struct timer *timer);

/*
 * The same, and wait for a fire() that is running: afterwards the timer may be freed.
 * Not from fire() itself, nor with a lock held that fire() takes.
 */
bool timer_cancel_wait(struct timer *timer);

/* The port's clock interrupt calls this, interrupts masked: run what is due, arm the next. */
void timer_interrupt(void);

#endif
