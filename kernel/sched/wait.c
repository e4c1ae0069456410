/*
 * wait.c - sleeping until something is true, or until a time.
 *
 * A sleeper first stands on the queue, then looks at its condition, then
 * blocks. It keeps running while it stands there (and may be preempted as any
 * running thread); a wake-up takes it off the queue, and wait_block() that finds
 * itself off the queue does not block. So no wake-up falls between.
 *
 * Invariants:
 *   W1  A thread is BLOCKED only while it is on a wait queue.
 *   W2  Whoever takes it off, wakes it: a waker or its time-out, one of them.
 *   W3  thread->wait_queue names the queue while it may be touched on the
 *       thread's behalf; only the thread sets and clears it, under wait_guard,
 *       which is taken before a queue's lock.
 *   W4  Whoever stands on a queue has passed a full barrier before he looks at his condition, and
 *       so has a waker between making it true and looking whether anybody stands there. One
 *       of the two sees the other; a queue without anybody need not be locked.
 */
#include <arch/clock.h>
#include <kernel/panic.h>
#include <kernel/poll.h>
#include <kernel/timer.h>
#include "sched.h"

struct time_out {
	struct timer timer;
	struct thread *thread;
	struct wait_queue *queue;
};

void wait_queue_init(struct wait_queue *q)
{
	spin_init(&q->lock, "wait");
	list_init(&q->waiters);
	list_init(&q->hooks);
}

void wait_hook_add(struct wait_queue *q, struct wait_hook *hook)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);

	list_push_back(&q->hooks, &hook->link);
	spin_unlock_irqrestore(&q->lock, irq);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* W4 */
}

void wait_hook_remove(struct wait_queue *q, struct wait_hook *hook)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);

	list_remove(&hook->link);
	spin_unlock_irqrestore(&q->lock, irq);
}

/* q->lock held. */
static void hooks_call(struct wait_queue *q)
{
	list_for_each_safe(node, &q->hooks) {
		struct wait_hook *hook = list_entry(node, struct wait_hook, link);

		hook->woken(hook);
	}
}

/* W2; q->lock held. */
static void waiter_wake(struct list *node)
{
	list_remove(node);
	sched_wake(list_entry(node, struct thread, wait_link));
}

static void __noinline wake_one(struct wait_queue *q)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);
	struct list *first = list_first(&q->waiters);

	if (first) {
		waiter_wake(first);
	}
	hooks_call(q);
	spin_unlock_irqrestore(&q->lock, irq);
}

static void __noinline wake_all(struct wait_queue *q)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);

	list_for_each_safe(node, &q->waiters) {
		waiter_wake(node);
	}
	hooks_call(q);
	spin_unlock_irqrestore(&q->lock, irq);
}

/* W4; most wake-ups find nobody. */
static bool is_deserted(const struct wait_queue *q)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return READ_ONCE(q->waiters.next) == &q->waiters && READ_ONCE(q->hooks.next) == &q->hooks;
}

void __leaf wait_wake_one(struct wait_queue *q)
{
	if (!is_deserted(q)) {
		wake_one(q);
	}
}

void __leaf wait_wake_all(struct wait_queue *q)
{
	if (!is_deserted(q)) {
		wake_all(q);
	}
}

static void timed_out(struct timer *timer)
{
	struct time_out *t = list_entry(timer, struct time_out, timer);
	irq_state_t irq = spin_lock_irqsave(&t->queue->lock);

	if (list_is_linked(&t->thread->wait_link)) {
		t->thread->wait_timed_out = true;
		waiter_wake(&t->thread->wait_link);
	}
	spin_unlock_irqrestore(&t->queue->lock, irq);
}

/* W3 */
static void queue_name(struct wait_queue *q)
{
	struct thread *self = thread_current();
	irq_state_t irq = spin_lock_irqsave(&self->wait_guard);

	self->wait_queue = q;
	spin_unlock_irqrestore(&self->wait_guard, irq);
}

void thread_interrupt(struct thread *thread)
{
	irq_state_t irq = spin_lock_irqsave(&thread->wait_guard);
	struct wait_queue *q = thread->wait_queue;

	if (q) {
		spin_lock(&q->lock);
		if (list_is_linked(&thread->wait_link)) {
			waiter_wake(&thread->wait_link);
		}
		spin_unlock(&q->lock);
	}
	sched_kick(thread);
	spin_unlock_irqrestore(&thread->wait_guard, irq);
}

void wait_prepare(struct wait_queue *q)
{
	struct thread *self = thread_current();
	irq_state_t irq;

	queue_name(q);
	irq = spin_lock_irqsave(&q->lock);

	self->wait_timed_out = false;
	list_push_back(&q->waiters, &self->wait_link);
	spin_unlock_irqrestore(&q->lock, irq);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* W4 */
}

void wait_finish(struct wait_queue *q)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);

	list_remove(&thread_current()->wait_link);
	spin_unlock_irqrestore(&q->lock, irq);
	queue_name(NULL);
}

/* Interrupts masked: block unless somebody has woken us since wait_prepare(). */
static bool block_begin(struct wait_queue *q)
{
	bool is_waiting;

	spin_lock(&q->lock);
	is_waiting = list_is_linked(&thread_current()->wait_link);
	if (is_waiting) {
		sched_state_set(THREAD_BLOCKED);
	}
	spin_unlock(&q->lock);
	return is_waiting;
}

static void sleep_until(struct wait_queue *q, nsec_t deadline)
{
	struct time_out t = { .thread = thread_current(), .queue = q };

	if (deadline == WAIT_FOREVER) {
		sched_switch();
		return;
	}
	timer_init(&t.timer, timed_out);
	timer_set(&t.timer, deadline);
	sched_switch();
	timer_cancel_wait(&t.timer); /* it lies on this stack */
}

/* It is too late to block: true if somebody has woken us all the same. */
static bool leave(struct wait_queue *q)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);
	struct list *node = &thread_current()->wait_link;
	bool is_woken = !list_is_linked(node);

	list_remove(node);
	spin_unlock_irqrestore(&q->lock, irq);
	queue_name(NULL);
	return is_woken;
}

bool wait_block(struct wait_queue *q, nsec_t deadline)
{
	struct thread *self = thread_current();
	irq_state_t irq;

	if (unlikely(!irq_is_enabled() || preempt_is_off())) {
		panic("wait: thread %s sleeps with interrupts masked or a lock held, at %pS",
			self->name, __builtin_return_address(0));
	}
	if (deadline <= clock_now()) {
		return leave(q);
	}
	irq = irq_save();
	if (block_begin(q)) {
		sleep_until(q, deadline);
	}
	irq_restore(irq);
	queue_name(NULL);
	return !self->wait_timed_out;
}

void thread_sleep_until(nsec_t when)
{
	struct wait_queue nobody;

	wait_queue_init(&nobody);
	wait_until(&nobody, clock_now() >= when, when);
}

void thread_sleep(nsec_t span)
{
	thread_sleep_until(clock_now() + span);
}
