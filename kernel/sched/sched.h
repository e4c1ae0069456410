/* sched.h - between the scheduler, threads, waiting and other CPUs; nobody else's business. */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include <kernel/thread.h>
#include <kernel/timer.h>

/* One for each CPU: sched.c has the invariants. */
struct run_queue {
	struct spinlock lock; /* irq-safe */
	struct list ready;
	struct thread *idle;
	struct thread *previous; /* who was switched away from, until the switch is finished */
	struct timer slice;
	unsigned ready_count;
	bool is_leaving;  /* `previous` may not stay on this CPU */
	bool was_added;	  /* since the last switch */
	bool is_offering; /* the slice's first part: when `slice` fires, others may take who waits */
	struct sched_times times; /* without what still runs */
};

extern struct run_queue sched_queues[CONFIG_NR_CPUS];

/* ---- sched.c ------------------------------------------------------------- */

/* The CPU's queue starts with `self` running and `idle` to fall back on. */
void sched_cpu_init(struct cpu *cpu, struct thread *self, struct thread *idle);

/* A thread that has never run becomes ready. Any context. */
void sched_add(struct thread *thread);

/* Make it ready if it is blocked. Any context; q->lock may be held. */
void sched_wake(struct thread *thread);

/*
 * The running thread is blocked, or dead, from now on; interrupts are masked
 * and sched_switch() follows. A wake-up in between is not lost.
 */
void sched_state_set(enum thread_state state);

/* Run another thread if there is one. Interrupts masked, no locks held. */
void sched_switch(void);

/* The second half of a switch, on the new thread's stack; interrupts masked. */
void sched_switch_finish(void);

/* Lock the queue of the CPU that the thread belongs to. */
struct run_queue *sched_queue_lock(const struct thread *thread, irq_state_t *irq);

/* S5: put a thread that is on no queue on that of thread->cpu. Any context. */
void sched_enqueue(struct thread *thread);

/* Take a ready thread off its queue, whose lock is held. */
void sched_dequeue(struct run_queue *rq, struct thread *thread);

/* If the thread runs on another CPU, have it pass through the kernel. Preemption off. */
void sched_kick(const struct thread *thread);

/* ---- balance.c ------------------------------------------------------------ */

/* Where a thread that becomes ready had best run. */
struct cpu *sched_cpu_choose(const struct thread *thread);

static inline bool sched_is_allowed(const struct thread *thread, const struct cpu *cpu)
{
	return READ_ONCE(thread->allowed) & cpu_bit(cpu->id);
}

/* This CPU has nothing to do: take a thread from one that has too much. Interrupts masked. */
void sched_pull(void);

/* This CPU has more than it can run: tell one that has nothing to do. */
void sched_offer(void);

/* ---- thread.c -------------------------------------------------------------- */

/* An idle thread for a CPU that does not run yet; NULL when memory is out. */
struct thread *thread_idle_make(struct cpu *cpu) __must_check;

/* `thread` is dead and has left its stack. Interrupts masked. */
void thread_left(struct thread *thread);

/* Free what dead threads left behind. */
void thread_reap(void);

/* ---- smp.c ----------------------------------------------------------------- */

/* The CPU runs and takes part in calls. */
void smp_running_add(unsigned cpu);

#endif
