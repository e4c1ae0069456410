/* cpu_time.h - clocks that count CPU time: of a process, or of a thread; see cpu_time.c. */
#ifndef PROC_CPU_TIME_H
#define PROC_CPU_TIME_H

#include "proc.h"

struct cpu_clock {
	bool is_thread;
	int number; /* of the process or thread; 0: the caller's */
};

/* Whether it is such a clock, and which; negative ones as clock_getcpuclockid() makes them. */
bool cpu_clock_decode(int clock, struct cpu_clock *which);

/* What it says: 0, -EINVAL when there is none. A thread is one of the caller's process. */
int cpu_clock_now(const struct cpu_clock *which, nsec_t *now) __must_check;

/* As cpu_clock_now(), of `self` and its threads. process_lock held. */
int cpu_clock_now_locked(
	const struct cpu_clock *which, struct process *self, nsec_t *now) __must_check;

/* What all its threads have used. process_lock held. */
nsec_t process_cpu_time(const struct process *process);

#endif
