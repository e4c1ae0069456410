/*
 * arch/cpu.h - contract: interrupt masking, idling, this CPU.
 *
 * Provided inline by <port/cpu.h>:
 *   struct port_cpu        per-CPU state of the port, first field of struct cpu
 *   irq_state_t            what irq_save() returns
 *   struct cpu *cpu_this(void)          asked anew each time: a thread may be moved
 *   PORT_CPU_READ(offset, type)         that field of this CPU's struct cpu, found and read in one step
 *   PORT_CPU_ADD(offset, n)             add a constant to an unsigned field, likewise
 *   irq_state_t irq_save(void)          mask interrupts, return how it was
 *   void irq_restore(irq_state_t s)     as it was; unmasking delivers what came in while masked
 *   void irq_disable(void), irq_enable(void)
 *   bool irq_is_enabled(void)
 *   void cpu_relax(void)                in a spin loop
 *
 * Invariant C1: interrupts that arrive while masked are not lost; the first
 * unmasking delivers them before the next instruction of the caller matters.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <port/cpu.h>

/*
 * Unmask interrupts and wait for one, atomically: an interrupt that arrives
 * after the caller last looked ends the wait. Called and returns with
 * interrupts masked; handlers have run.
 */
void cpu_idle(void);

/* Identify this CPU and log it: vendor, model, features, mode and privilege ring as measured. */
void cpu_describe(void);

#endif
