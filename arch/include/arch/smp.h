/*
 * arch/smp.h - contract: other CPUs.
 *
 * One CPU runs so far: boot_info.cpus_present says how many there are, and
 * cpu_count how many run. Everything below the contract is per CPU already.
 */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include <kernel/cpu.h>

/* Make `cpu` look at its run queue soon. Any context. */
void smp_resched(struct cpu *cpu);

#endif
