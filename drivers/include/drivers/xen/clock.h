/* drivers/xen/clock.h - Xen's clock beyond arch/clock.h: its start, and system time. */
#ifndef DRIVERS_XEN_CLOCK_H
#define DRIVERS_XEN_CLOCK_H

#include <kernel/types.h>

/*
 * The monotonic time at which the time stamp counter read `tsc`, not long ago; 0 for
 * a moment before the clock's start.
 * If nobody has asked for the time yet, the clock is made to start there, so the
 * port's entry code can call this first with what it read at the first
 * instruction.
 */
nsec_t clock_at_tsc(uint64_t tsc);

/* A monotonic time as Xen's system time, as hypercalls want it. */
uint64_t clock_to_system(nsec_t when);

/* Bind the timer's interrupt on the boot CPU; event channels work. */
void clock_init(void);

/* The same for a further CPU, before it starts. 0 or Xen's negative errno. */
int clock_cpu_init(unsigned cpu) __must_check;

/*
 * After a restore, perhaps on another machine: time continues from `now`, the wall clock is right again, no event is
 * set. The boot CPU, the others stopped, interrupts masked; the shared info page is there. 0, or -ENODATA: Xen
 * publishes no time.
 */
int clock_resume(nsec_t now) __must_check;

#endif
