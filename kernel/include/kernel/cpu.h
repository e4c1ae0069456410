/*
 * cpu.h - per-CPU data.
 *
 * Each CPU has one struct cpu, found through a segment base, and static arrays
 * indexed by cpu_id() for the data of subsystems. Per-CPU data may be touched
 * only while preemption is off (preempt_disable(), a spinlock held, or
 * interrupts masked), else the thread may continue on another CPU between two
 * accesses.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <kernel/types.h>
#include <port/cpu.h>

struct thread;

struct cpu {
	struct port_cpu port; /* first: entry code knows its layout */
	unsigned id;	      /* 0 is the boot CPU */
	struct thread *current;
	unsigned preempt_off; /* depth; 0: the scheduler may switch */
	bool resched_wanted;  /* set by wake-ups, honoured when preempt_off falls to 0 */
};

/* The boot CPU's, static: it is needed before any allocator exists. */
extern struct cpu cpu_boot;

/* Indexed by id; NULL for a CPU that was not brought up. */
extern struct cpu *cpus[CONFIG_NR_CPUS];
extern unsigned cpu_count;

static inline unsigned cpu_id(void)
{
	return cpu_this()->id;
}

static inline struct thread *thread_current(void)
{
	return cpu_this()->current;
}

static inline void preempt_disable(void)
{
	cpu_this()->preempt_off++;
	barrier();
}

/* Leaving the outermost level switches when a wake-up asked for it and interrupts are on. */
void preempt_enable(void);

/* As preempt_enable(), without the switch. */
static inline void preempt_enable_no_switch(void)
{
	barrier();
	cpu_this()->preempt_off--;
}

#endif
