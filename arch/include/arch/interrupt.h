/*
 * arch/interrupt.h - contract: what interrupts this machine, and how often it did.
 *
 * A port's sources have numbers, which mean something to it only, and names. Each counts for each CPU
 * where it was handled. Kinds are words of Linux's /proc/interrupts, or the port's own.
 */
#ifndef ARCH_INTERRUPT_H
#define ARCH_INTERRUPT_H

#include <kernel/types.h>

struct interrupt_source {
	unsigned number;
	const char *kind, *name;
	uint64_t counts[CONFIG_NR_CPUS];
};

/* Calls `each` for every source that has a handler, in ascending order of numbers. Threads only. */
void interrupt_source_for_each(
	void (*each)(const struct interrupt_source *source, void *arg), void *arg);

#endif
