/* sched.h - between the scheduler, threads and waiting; nobody else's business. */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include <kernel/thread.h>

/* This CPU's queue starts with `self` running and `idle` to fall back on. */
void sched_cpu_init(struct thread *self, struct thread *idle);

/* A thread that has never run becomes ready on its CPU. Any context. */
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

/* thread.c: `thread` is dead and has left its stack. Interrupts masked. */
void thread_left(struct thread *thread);

/* thread.c: free what dead threads left behind. */
void thread_reap(void);

#endif
