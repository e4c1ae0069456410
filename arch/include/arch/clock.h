/*
 * arch/clock.h - contract: time.
 *
 * The port calls timer_interrupt() when a one-shot event is due. Events may
 * come early; they never get lost.
 */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <kernel/types.h>

/* Monotonic nanoseconds; never goes back on one CPU nor between CPUs. Any context. Near 0 at boot. */
nsec_t clock_now(void);

/* Nanoseconds since 1970-01-01 UTC. Any context. */
nsec_t clock_wall(void);

/* Make clock_wall() continue from `wall`; nobody outside this machine learns of it. Threads only. */
void clock_wall_set(nsec_t wall);

/* Arm this CPU's event for `deadline`, replacing the previous; CLOCK_NEVER disarms. Interrupts masked. */
#define CLOCK_NEVER UINT64_MAX
void clock_event_set(nsec_t deadline);

/* How long a CPU that runs would have gone on but the hypervisor ran others; 0 where there is none. Any context. */
nsec_t clock_stolen(unsigned cpu);

/* "xen pvclock, 2400 MHz tsc" and the like, for the boot report. */
const char *clock_describe(char *buf, size_t size);

#endif
