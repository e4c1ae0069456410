/*
 * arch/plain.h - contract: counting what needs no hypercall.
 *
 * Much of what a kernel on bare hardware asks of the processor by an instruction that Xen would trap is, to a
 * paravirtualized one, a plain access of memory: of memory that it shares with Xen, or that Xen has not been told of yet.
 * An image with CONFIG_COUNT_PLAIN counts them, for the study of batching; in others plain_count() is nothing.
 */
#ifndef ARCH_PLAIN_H
#define ARCH_PLAIN_H

#include <kernel/types.h>

enum plain {
	PLAIN_MASK,  /* interrupts masked or unmasked: a byte in the shared page */
	PLAIN_TIME,  /* the time read: Xen's, in the shared page */
	PLAIN_TABLE, /* an entry of a page table that is not registered yet */
	PLAIN_GRANT, /* a grant given or ended: an entry of the shared table */
	PLAIN_KINDS
};

extern unsigned long plain_counts[PLAIN_KINDS];

/* Any context, interrupts too; of all CPUs together. */
static inline void plain_count(enum plain kind)
{
	if (IS_ENABLED(CONFIG_COUNT_PLAIN)) {
		__atomic_fetch_add(&plain_counts[kind], 1, __ATOMIC_RELAXED);
	}
}

#endif
