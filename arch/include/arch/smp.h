/*
 * arch/smp.h - contract: other CPUs.
 *
 * boot_info.cpus_present says how many CPUs the machine has; the boot CPU is
 * number 0 and the only one that runs at first. The kernel (kernel/sched/bringup.c) makes
 * a struct cpu and an idle thread for each further one and hands them to
 * smp_cpu_start(). The port sets that CPU up as it set up the first (traps,
 * stack, page tables, clock event, vector units) and ends in smp_cpu_main(),
 * interrupts masked, on the idle thread's stack.
 *
 *    boot CPU                                further CPU
 *    struct cpu, idle thread
 *    smp_cpu_start(cpu)  ------------------> port's entry
 *         waits until it is counted          smp_cpu_main()   counts itself, idles
 *
 * CPUs talk to each other by one kind of interrupt, smp_interrupt(): come and
 * look. What there is to see is in memory: a run queue, a call that waits
 * (kernel/smp.h). The port's handler calls smp_poll() and ends like every
 * interrupt, in sched_interrupt_exit().
 *
 * TLBs are the business of mmu_commit() (arch/mmu.h); how a port reaches other
 * CPUs' is its own choice.
 */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include <kernel/cpu.h>

/*
 * Start a CPU: cpu->id is its number, cpu->current its idle thread, the rest of
 * *cpu zeroes; cpu stands at the start of a page of its own. Threads only; may sleep.
 * 0 when it was told to start, or a negative errno: nothing runs.
 */
int smp_cpu_start(struct cpu *cpu) __must_check;

/* Interrupt `cpu`, which runs. Any context; ordered after earlier stores. */
void smp_interrupt(struct cpu *cpu);

/*
 * In a wait that is getting long: a virtual CPU lets others run, among them
 * perhaps the one that is waited for. Any context.
 */
void smp_yield(void);

/*
 * Sleep, without a thread, in a wait for another CPU: forget the kicks so far, look whether
 * what is waited for is there, and if not, wait. That returns after a kick since they were
 * forgotten, after an interrupt, masked or not, after a millisecond at the latest, and at
 * times for no reason; on a port that has no such thing, or not yet, it is smp_yield().
 * Preemption off, and no interrupt's handler between the three; kicks come from any context.
 */
void smp_kick_forget(void);
void smp_kick_wait(void);
void smp_kick(struct cpu *cpu);

/* Stop this CPU for good, interrupts masked: the machine is ending. */
void smp_halt(void) __noreturn;

#endif
