/*
 * cpu.h - per-CPU data.
 *
 * Each CPU has one struct cpu, found through a segment base, and static arrays
 * indexed by cpu_id() for the data of subsystems. Per-CPU data may be touched
 * only while preemption is off (preempt_disable(), a spinlock held, or
 * interrupts masked), else the thread may continue on another CPU between two
 * accesses. What has to work with preemption on is one access: the running
 * thread, and the depth of preempt_disable() itself.
 *
 * CPUs are numbered without gaps, 0 is the one that booted; sets of them are
 * words of one bit each. How the others come up is kernel/smp.h.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <kernel/types.h>
#include <port/cpu.h>

struct spinlock;
struct thread;

struct cpu {
	struct port_cpu port; /* first: entry code knows its layout */
	unsigned id;	      /* 0 is the boot CPU */
	struct thread *current;
	unsigned preempt_off; /* depth; 0: the scheduler may switch */
	bool resched_wanted;  /* set by wake-ups, honoured when preempt_off falls to 0 */
	uint64_t calls_from;  /* atomic: CPUs whose call waits to be carried out here (smp.c) */
	const struct spinlock *sleeps_for; /* atomic: or is about to (spinlock.c) */
};

/* The boot CPU's, static: it is needed before any allocator exists. */
extern struct cpu cpu_boot;

/* Indexed by id; NULL for a CPU that was not brought up. */
extern struct cpu *cpus[CONFIG_NR_CPUS];
extern unsigned cpu_count; /* how many run */

_Static_assert(CONFIG_NR_CPUS <= 64, "a set of CPUs is one word");

#define CPUS_ALL UINT64_MAX

static inline uint64_t cpu_bit(unsigned id)
{
	return UINT64_C(1) << id;
}

static inline unsigned cpu_id(void)
{
	return cpu_this()->id;
}

static inline struct thread *thread_current(void)
{
	return PORT_CPU_READ(offsetof(struct cpu, current), struct thread *);
}

static inline void preempt_disable(void)
{
	PORT_CPU_ADD(offsetof(struct cpu, preempt_off), 1);
	barrier();
}

static inline bool preempt_is_off(void)
{
	return PORT_CPU_READ(offsetof(struct cpu, preempt_off), unsigned);
}

/* preempt_enable() without the switch. */
static inline void preempt_enable_no_switch(void)
{
	barrier();
	PORT_CPU_ADD(offsetof(struct cpu, preempt_off), -1);
}

/* Switch if preemption is on, interrupts too: what preempt_enable() does when a switch is wanted. */
void preempt_make_up(void);

/*
 * Leaving the outermost level switches when a wake-up asked for it and interrupts are on. The
 * thread may be on another CPU from the first line on: what it sees there is as good.
 */
static inline void preempt_enable(void)
{
	preempt_enable_no_switch();
	if (unlikely(PORT_CPU_READ(offsetof(struct cpu, resched_wanted), bool))) {
		preempt_make_up();
	}
}

#endif
