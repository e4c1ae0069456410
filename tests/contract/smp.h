/* smp.h - threads on all CPUs, for the tests of several. */
#ifndef CONTRACT_SMP_H
#define CONTRACT_SMP_H

#include <kernel/smp.h>
#include <kernel/thread.h>

#define ROUNDS 200u

/* Until another thread has set it to that; false: it takes too long. Works on one CPU too, and is no burden on one. */
bool smp_wait_for(const unsigned *value, unsigned wanted);
void smp_set(unsigned *value, unsigned to);
/* Keep the CPU busy. */
void smp_run_for(nsec_t span);

/* A thread that begins on that CPU: on the caller's it has no chance to. */
bool smp_start_on(struct thread **thread, unsigned cpu, void (*entry)(void *), void *arg);
/* One on each, and wait for their ends. */
bool smp_start_everywhere(void (*entry)(void *), void *arg);
void smp_join_everywhere(void);
/* Whether a thread on each sleeps, and wakes there. */
bool smp_all_sleep(void);

#endif
