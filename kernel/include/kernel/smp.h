/*
 * smp.h - several CPUs: bringing them up, calling a function on them, stopping them.
 *
 * A call runs a function on other CPUs and waits until all are through. It runs
 * there at any moment, also while that CPU waits for a spinlock with interrupts masked, so
 * that nobody who waits for such a call, a lock held, is waited for in turn.
 */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <arch/smp.h>

/* Boot: start every CPU there is, but no more than option cpus= says. Threads run. */
void smp_start_all(void);

/* That is over: no more will come. */
bool smp_is_complete(void);

/* A further CPU's first call of the kernel's, by the port: it is up, and idles. Interrupts masked. */
void smp_cpu_main(void) __noreturn;

/* CPUs that run, this one among them. */
uint64_t smp_running(void);

/*
 * Run `fn` on each CPU of `set` but this one, and return when all have. There it
 * runs with interrupts masked, takes no lock, makes no call and is short. Preemption
 * off; interrupts may be masked and locks held.
 */
void smp_call(uint64_t set, void (*fn)(void *arg), void *arg);

/* Carry out what others have called for here. Any context. */
void smp_poll(void);

/* One turn of a wait for another CPU; `turns` counts them from 0. Any context. */
void smp_wait(unsigned turns);

/*
 * Stop all other CPUs for good, or this one if another was first; those that do
 * not heed it within a tenth of a second are left alone. Interrupts masked.
 */
void smp_stop_others(void);

#endif
