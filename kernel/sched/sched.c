/*
 * sched.c - who runs: one run queue for each CPU, round robin, preemptive.
 *
 * A thread that becomes ready goes to the end of the queue of a CPU that
 * balance.c chooses. The running one is made to give way
 *   - when its slice is over; one is armed only while others are ready, and the kernel's own threads,
 *     which sleep soon, have a long one: its event is seldom set for nothing,
 *   - at the end of an interrupt that made a thread ready, for the sake of
 *     latency, and so when another CPU made one ready here; a thread that wakes
 *     another goes on, since it often waits for that one next and a switch is saved,
 *   - at once when it is the idle thread.
 * All of this is put off while preemption is off: preempt_enable() makes up.
 *
 * Invariants:
 *   S1  A READY thread is on the queue of its CPU, or on its way there (S5); but the
 *       idle thread never is.
 *   S2  The run-queue lock is taken before the switch and released after it, by
 *       the thread that was switched to. So who has the lock of a CPU sees all its
 *       threads but the running one with their registers saved.
 *   S3  A thread changes its CPU only under the lock of the queue it leaves, and
 *       only while it is not that CPU's running thread.
 *   S4  A blocked thread that has not yet been switched away from is woken where it is.
 *   S5  Two queues are never locked at a time: a thread that moves is READY and on no
 *       queue in between, and only who moves it touches it.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/thread.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include "sched.h"

#define SLICE	     (10 * NSEC_PER_MSEC)
#define KERNEL_SLICE (100 * NSEC_PER_MSEC)
#define OFFER	     (1 * NSEC_PER_MSEC) /* into a slice: time for an idle CPU to take who waits */

struct run_queue sched_queues[CONFIG_NR_CPUS];

static struct run_queue *queue_this(void)
{
	return &sched_queues[cpu_id()];
}

static nsec_t slice_of(const struct thread *thread)
{
	return thread->task ? SLICE : KERNEL_SLICE;
}

/* For who runs on this CPU, or is to; interrupts masked. */
static void slice_start(struct run_queue *rq, const struct thread *thread, nsec_t now)
{
	rq->is_offering = cpu_count > 1;
	timer_set(&rq->slice, now + (rq->is_offering ? OFFER : slice_of(thread)));
}

static void slice_over(struct timer *timer)
{
	struct run_queue *rq = queue_this();

	sched_offer();
	if (rq->is_offering) {
		rq->is_offering = false;
		timer_set(timer, timer->deadline + slice_of(thread_current()) - OFFER);
	} else {
		cpu_this()->resched_wanted = true;
	}
}

void sched_cpu_init(struct cpu *cpu, struct thread *self, struct thread *idle)
{
	struct run_queue *rq = &sched_queues[cpu->id];

	spin_init(&rq->lock, "run queue");
	list_init(&rq->ready);
	timer_init(&rq->slice, slice_over);
	rq->idle = idle;
	self->state = THREAD_RUNNING;
	self->run_start = clock_now();
	cpu->current = self;
}

struct run_queue *sched_queue_lock(const struct thread *thread, irq_state_t *irq)
{
	for (;;) {
		struct cpu *cpu = READ_ONCE(thread->cpu);
		struct run_queue *rq = &sched_queues[cpu->id];

		*irq = spin_lock_irqsave(&rq->lock);
		if (READ_ONCE(thread->cpu) == cpu) {
			return rq; /* S3: it stays so */
		}
		spin_unlock_irqrestore(&rq->lock, *irq);
	}
}

/* ---- becoming ready ------------------------------------------------------ */

/* The lock of the queue is held. */
static void ready_push(struct run_queue *rq, struct thread *thread)
{
	thread->state = THREAD_READY;
	list_push_back(&rq->ready, &thread->run_link);
	WRITE_ONCE(rq->ready_count, rq->ready_count + 1);
}

void sched_dequeue(struct run_queue *rq, struct thread *thread)
{
	list_remove(&thread->run_link);
	WRITE_ONCE(rq->ready_count, rq->ready_count - 1);
}

/* The lock of the queue is held. */
static void ready_add(struct run_queue *rq, struct thread *thread)
{
	ready_push(rq, thread);
	rq->was_added = true;
	if (thread->cpu != cpu_this()) {
		smp_interrupt(thread->cpu);
	} else if (thread_current() == rq->idle) {
		cpu_this()->resched_wanted = true;
	} else if (!rq->slice.cpu) {
		slice_start(rq, thread_current(), clock_now());
	}
}

/* What a thread may use can change while it is on its way. */
void sched_enqueue(struct thread *thread)
{
	for (;;) {
		struct cpu *cpu = thread->cpu;
		struct run_queue *rq = &sched_queues[cpu->id];
		irq_state_t irq = spin_lock_irqsave(&rq->lock);
		bool is_home = sched_is_allowed(thread, cpu);

		if (is_home) {
			ready_add(rq, thread);
		} else {
			thread->cpu = sched_cpu_choose(thread);
		}
		spin_unlock_irqrestore(&rq->lock, irq);
		if (is_home) {
			return;
		}
	}
}

void sched_add(struct thread *thread)
{
	thread->state = THREAD_READY;
	thread->cpu = sched_cpu_choose(thread);
	sched_enqueue(thread);
}

void sched_wake(struct thread *thread)
{
	irq_state_t irq;
	struct run_queue *rq = sched_queue_lock(thread, &irq);
	struct cpu *here = thread->cpu;
	bool is_moving = false;

	if (thread->state == THREAD_BLOCKED) {
		if (here->current != thread) { /* S4 */
			thread->cpu = sched_cpu_choose(thread);
		}
		is_moving = thread->cpu != here;
		if (is_moving) {
			thread->state = THREAD_READY;
		} else {
			ready_add(rq, thread);
		}
	}
	spin_unlock_irqrestore(&rq->lock, irq);
	if (is_moving) {
		sched_enqueue(thread);
	}
}

/*
 * Whoever asks has stored before what the thread is to see. Either it runs where
 * it is looked for, or it was not yet running then and sees it on its way to user mode.
 */
void sched_kick(const struct thread *thread)
{
	struct cpu *cpu;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	cpu = READ_ONCE(thread->cpu);
	if (READ_ONCE(cpu->current) == thread && cpu != cpu_this()) {
		smp_interrupt(cpu);
	}
}

void sched_state_set(enum thread_state state)
{
	struct run_queue *rq = queue_this();

	spin_lock(&rq->lock);
	thread_current()->state = state;
	spin_unlock(&rq->lock);
}

/* ---- switching ------------------------------------------------------------ */

/* S1, S5 */
static void running_back(struct run_queue *rq, struct thread *thread)
{
	if (thread == rq->idle) {
		thread->state = THREAD_READY;
	} else if (sched_is_allowed(thread, thread->cpu)) {
		ready_push(rq, thread);
	} else {
		thread->state = THREAD_READY;
		rq->is_leaving = true;
	}
}

static struct thread *next_take(struct run_queue *rq)
{
	struct list *first = list_first(&rq->ready);
	struct thread *next;

	if (!first) {
		return rq->idle;
	}
	next = list_entry(first, struct thread, run_link);
	sched_dequeue(rq, next);
	return next;
}

static void slice_update(struct run_queue *rq, const struct thread *next, nsec_t now)
{
	if (next != rq->idle && !list_is_empty(&rq->ready)) {
		slice_start(rq, next, now);
	} else {
		timer_cancel(&rq->slice);
	}
}

/* ---- time ------------------------------------------------------------------- */

static void time_add(struct sched_times *times, const struct run_queue *rq,
	const struct thread *thread, nsec_t span)
{
	if (thread == rq->idle) {
		times->idle += span;
	} else if (thread->task) {
		times->programs += span;
	} else {
		times->kernel += span;
	}
}

static void run_time_count(
	struct run_queue *rq, struct thread *prev, struct thread *next, nsec_t now)
{
	prev->run_time += now - prev->run_start;
	time_add(&rq->times, rq, prev, now - prev->run_start);
	next->run_start = now;
}

/* Since the thread was switched to; the lock of its queue is held. Another CPU's clock may be a little ahead. */
static nsec_t running_for(const struct thread *thread)
{
	nsec_t now = clock_now();

	return now > thread->run_start ? now - thread->run_start : 0;
}

nsec_t thread_run_time(const struct thread *thread)
{
	irq_state_t irq;
	struct run_queue *rq = sched_queue_lock(thread, &irq);
	nsec_t time = thread->run_time;

	if (thread->cpu->current == thread) {
		time += running_for(thread);
	}
	spin_unlock_irqrestore(&rq->lock, irq);
	return time;
}

void sched_times_get(unsigned cpu, struct sched_times *times)
{
	struct run_queue *rq = &sched_queues[cpu];
	irq_state_t irq = spin_lock_irqsave(&rq->lock);

	*times = rq->times;
	time_add(times, rq, cpus[cpu]->current, running_for(cpus[cpu]->current));
	spin_unlock_irqrestore(&rq->lock, irq);
}

/* ---- the switch --------------------------------------------------------------- */

void sched_switch(void)
{
	struct run_queue *rq = queue_this();
	struct thread *prev = thread_current(), *next;
	nsec_t now;

	assert_that(!preempt_is_off(), "no locks held over a switch");
	spin_lock(&rq->lock);
	rq->is_leaving = false;
	if (prev->state == THREAD_RUNNING) {
		running_back(rq, prev);
	}
	next = next_take(rq);
	next->state = THREAD_RUNNING;
	now = clock_now();
	slice_update(rq, next, now);
	cpu_this()->resched_wanted = rq->was_added = false;
	run_time_count(rq, prev, next, now);
	if (next == prev) {
		spin_unlock(&rq->lock);
		return;
	}
	next->switches++;
	rq->times.switches++;
	rq->previous = prev;
	cpu_this()->current = next;
	port_thread_switch(prev, next, next->aspace);
	sched_switch_finish();
}

/* S2; on return of port_thread_switch() every local of sched_switch() is of another time. */
void sched_switch_finish(void)
{
	struct run_queue *rq = queue_this();
	struct thread *prev = rq->previous;
	bool is_dead = prev->state == THREAD_DEAD, is_leaving = rq->is_leaving;

	if (is_leaving) {
		prev->cpu = sched_cpu_choose(prev);
	}
	spin_unlock(&rq->lock);
	if (is_leaving) {
		sched_enqueue(prev);
	}
	if (is_dead) {
		thread_left(prev);
	}
}

/* ---- preemption ------------------------------------------------------------ */

static void preempt(bool is_within)
{
	struct thread *self = thread_current();

	self->is_amid = is_within;
	sched_switch();
	self->is_amid = false;
}

void sched_interrupt_exit(bool is_within)
{
	struct cpu *cpu = cpu_this();

	if (!cpu->current) {
		return;
	}
	if (sched_queues[cpu->id].was_added) {
		cpu->resched_wanted = true;
	}
	if (cpu->resched_wanted && !cpu->preempt_off) {
		preempt(is_within);
	}
}

void preempt_make_up(void)
{
	irq_state_t irq;

	if (preempt_is_off() || !irq_is_enabled()) {
		return;
	}
	irq = irq_save();
	if (cpu_this()->resched_wanted && !cpu_this()->preempt_off) {
		preempt(true);
	}
	irq_restore(irq);
}

/* An idle thread does nothing that could be half done. */
static void amid_find(const struct thread *thread, void *arg)
{
	bool *found = arg;

	*found |= READ_ONCE(thread->is_amid) && thread != sched_queues[thread->cpu->id].idle;
}

bool sched_is_at_rest(void)
{
	bool found = false;

	thread_for_each(amid_find, &found);
	return !found;
}

void thread_yield(void)
{
	irq_state_t irq = irq_save();

	sched_switch();
	irq_restore(irq);
}

void sched_idle_loop(void)
{
	irq_disable();
	for (;;) {
		irq_enable();
		thread_reap();
		irq_disable();
		if (list_is_empty(&queue_this()->ready)) {
			sched_pull();
		}
		if (list_is_empty(&queue_this()->ready)) {
			cpu_idle();
		} else {
			sched_switch();
		}
	}
}
