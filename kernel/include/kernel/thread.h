/*
 * thread.h - kernel threads, the scheduler, sleeping and sleeping locks.
 *
 * One run queue per CPU, round robin, preemptive: a timer slice is armed only
 * while another thread waits to run. A blocked thread is on exactly one wait
 * queue; wake-ups move it to the run queue of the CPU it last ran on, or of one
 * that has less to do. A thread may use the CPUs of its set `allowed`, which it has
 * from its maker; the boot thread, and so the kernel's own, stay on CPU 0.
 *
 * Kernel stacks are mapped in their own region with an unmapped guard page
 * below; running into it is reported with the thread's name.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <kernel/list.h>
#include <kernel/spinlock.h>
#include <port/thread.h>
#include <port/user.h>

struct mmu_aspace;
struct task;
struct wait_queue;

#define THREAD_STACK_SIZE (16 * 1024ul)
#define THREAD_NAME_LEN	  24

/*
 * Threads that sleep until something is true; used through wait_until() below.
 * Hooks (kernel/poll.h) hear of every wake-up and stay.
 */
struct wait_queue {
	struct spinlock lock; /* irq-safe */
	struct list waiters;
	struct list hooks;
};

#define WAIT_QUEUE_INIT(q)                                                                         \
	{                                                                                          \
		.lock = SPINLOCK_INIT("wait"), .waiters = LIST_INIT((q).waiters),                  \
		.hooks = LIST_INIT((q).hooks)                                                      \
	}

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_DEAD };

struct thread {
	struct port_thread port; /* first: saved context, entry code knows its layout */

	/* constant after creation */
	unsigned id;
	char name[THREAD_NAME_LEN];
	vaddr_t stack_base; /* lowest mapped byte; 0: the port's static boot stack */
	size_t stack_size;
	void (*entry)(void *arg);
	void *arg;

	/* under the run-queue lock of `cpu` */
	enum thread_state state;
	struct cpu *cpu;
	struct list run_link;
	uint64_t allowed; /* CPUs it may use, one bit each */
	nsec_t run_time;  /* CPU time used until run_start; thread_run_time() knows all of it */
	nsec_t run_start; /* of what is not yet counted, while it runs */
	unsigned long switches;
	bool is_amid;		   /* it lost the CPU within the kernel, wherever it stood */
	struct mmu_aspace *aspace; /* NULL: kernel thread, keeps whatever is loaded */

	/* of a thread of a program; task is NULL for a kernel thread */
	struct port_user user; /* TLS and vector state while it does not run */
	struct task *task;

	/* under the wait queue's lock */
	struct list wait_link;
	bool wait_timed_out;

	/* under wait_guard */
	struct spinlock wait_guard;
	struct wait_queue *wait_queue; /* that it may be waiting on */

	/* under the thread table's lock */
	struct list all_link;
	unsigned
		refs; /* one of the thread itself until it has left its stack, one of its creator */

	/* written by the thread's end, read by who joins it */
	int exit_code;
	bool is_gone; /* it has left its stack for good */
	struct wait_queue exit_waiters;
};

/*
 * A new thread, ready to run: 0, or -ENOMEM. With `thread` not NULL
 * the caller gets a reference there, which thread_join() takes. Interrupts may
 * be masked and locks held that stand before the run queue's.
 */
int thread_create(
	struct thread **thread, const char *name, void (*entry)(void *), void *arg) __must_check;

/*
 * In two steps, for who has to fill in more before it runs: made, then either
 * launched or discarded. NULL when memory is out.
 */
struct thread *thread_create_stopped(
	const char *name, void (*entry)(void *), void *arg) __must_check;
void thread_launch(struct thread *thread);
void thread_discard(struct thread *thread);
/* Before it is launched: a reference for the caller, which thread_join() takes. Any locks that stand before the run queue's. */
void thread_hold(struct thread *thread);

/* End the calling thread, holding no locks. Returning from `entry` does the same with 0. */
void thread_exit(int code) __noreturn;

/* Sleep until the thread has ended; returns its exit code and drops the caller's reference. */
int thread_join(struct thread *thread);

/* Let others run; never blocks. */
void thread_yield(void);

/* Sleep for at least `span`, or until at least `when` on the monotonic clock. */
void thread_sleep(nsec_t span);
void thread_sleep_until(nsec_t when);

/*
 * Let a thread use the CPUs of `set` only; bits of CPUs that do not run count for
 * nothing. 0, or -EINVAL when none is left. The caller itself, which holds no lock then, runs on
 * one of them on return; another thread moves soon.
 */
int thread_affinity_set(struct thread *thread, uint64_t set) __must_check;

/* Where a CPU's time went. */
struct sched_times {
	nsec_t idle, kernel, programs;
	unsigned long switches;
};
void sched_times_get(unsigned cpu, struct sched_times *times);

/* CPU time that a thread has used up to now. Any context but the thread's own switch. */
nsec_t thread_run_time(const struct thread *thread);

/* Call `each` for every thread, the thread table's lock held. */
void thread_for_each(void (*each)(const struct thread *thread, void *arg), void *arg);

/*
 * The port calls this after the handlers of an interrupt, interrupts masked; it
 * may switch to another thread and return much later. `is_within`: it was the kernel
 * that was interrupted, not a program.
 */
void sched_interrupt_exit(bool is_within);

/*
 * Whether no thread but those that run stands in the kernel other than where it sleeps, yields, or
 * is on its way out. Only a hint, unless all other CPUs are stopped and interrupts masked.
 */
bool sched_is_at_rest(void);

/* First instruction of a new thread after the switch; the port's trampoline calls it. */
void thread_start(struct thread *self) __noreturn;

/* Boot: make the running context thread 0 of this CPU, and give the CPU its idle thread. */
void thread_init(void);

/* What an idle thread does, and a further CPU once it is up. */
void sched_idle_loop(void) __noreturn;

/* ---- waiting -------------------------------------------------------- */

#define WAIT_FOREVER UINT64_MAX

void wait_queue_init(struct wait_queue *q);

/* Wake one or all; any context. The condition must have been made true before. */
void wait_wake_one(struct wait_queue *q);
void wait_wake_all(struct wait_queue *q);

/*
 * Two-step sleep, used through the macros below: enqueue, test the condition,
 * then block (or leave). wait_block() returns false when `deadline` passed.
 */
void wait_prepare(struct wait_queue *q);
bool wait_block(struct wait_queue *q, nsec_t deadline);
void wait_finish(struct wait_queue *q);

/*
 * For signals: make a sleeping thread look at its condition again, as a wake-up of
 * its queue would, and one that runs on another CPU pass through user_leave(). Any
 * context; the thread must not go away meanwhile.
 */
void thread_interrupt(struct thread *thread);

/*
 * Sleep until `cond`; false when `deadline` (monotonic, or WAIT_FOREVER) passed
 * first. Threads only, no locks held, interrupts on. `cond` is evaluated any
 * number of times, without a lock.
 */
#define wait_until(q, cond, deadline)                                                              \
	({                                                                                         \
		bool wait_met_ = true;                                                             \
		while (!(cond)) {                                                                  \
			wait_prepare(q);                                                           \
			if (cond) {                                                                \
				wait_finish(q);                                                    \
				break;                                                             \
			}                                                                          \
			if (!wait_block(q, deadline)) {                                            \
				wait_met_ = (cond);                                                \
				break;                                                             \
			}                                                                          \
		}                                                                                  \
		wait_met_;                                                                         \
	})

/* A lock that sleeps. Not from interrupts; not recursive (panics). */
struct mutex {
	struct thread *holder;
	struct wait_queue waiters;
	const char *name;
};

#define MUTEX_INIT(m, lock_name)                                                                   \
	{                                                                                          \
		.waiters = WAIT_QUEUE_INIT((m).waiters), .name = (lock_name)                       \
	}

void mutex_init(struct mutex *m, const char *name);
void mutex_lock(struct mutex *m);
bool mutex_try_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

#endif
