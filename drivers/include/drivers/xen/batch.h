/*
 * drivers/xen/batch.h - the per-CPU batch of things to tell Xen.
 *
 * Entries are queued in order and carried out in order, at the latest at the
 * next batch_flush(). Consecutive page-table writes become one mmu_update list,
 * consecutive extended operations one mmuext_op list, everything else one
 * multicall entry; a batch that comes to a single call skips the multicall.
 *
 * The limit (option batch=N, batch_limit_set()) is how many entries may wait;
 * 1 means that every entry goes alone, at once.
 *
 * Each entry is attributed to its site: the return address into the code that
 * asked for it, which the symbol table turns into function+offset. Per site
 * and CPU the batch counts flushes that the site's entries caused, entries, and
 * the sizes of the batches they travelled in.
 *
 * Invariants:
 *   B1  Queue and flush run with preemption off, never in interrupt context.
 *   B2  Order is kept across kinds of entries.
 *   B3  A refused entry is a kernel bug: panic, printing the batch and sites.
 *   B4  Nothing that depends on a queued entry happens before the flush.
 */
#ifndef DRIVERS_XEN_BATCH_H
#define DRIVERS_XEN_BATCH_H

#include <kernel/types.h>

#define BATCH_LIMIT_MAX	    1024u
#define BATCH_LIMIT_DEFAULT 128u

enum batch_why {
	BATCH_FULL,    /* the limit was reached */
	BATCH_COMMIT,  /* end of a page-table transaction */
	BATCH_DEPENDS, /* something that needs the result comes next */
	BATCH_SWITCH,  /* context switch */
	BATCH_USER,    /* return to user mode */
	BATCH_SLEEP,   /* the CPU goes idle */
	BATCH_WHY_COUNT
};

struct mmuext_op;

/* Write `value` to the entry at machine address `machine` (with the command in its low bits, MMU_*). */
void batch_mmu_update(const void *site, uint64_t machine, uint64_t value);

/* One extended operation; copied. */
void batch_mmuext(const void *site, const struct mmuext_op *op);

/* Any other hypercall that returns 0 on success. */
void batch_call(const void *site, unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5);

/* Carry out all that waits on this CPU; nothing when nothing waits. */
void batch_flush(enum batch_why why);

/* Entries waiting on this CPU. */
unsigned batch_pending(void);

/* 0; -EINVAL outside 1..BATCH_LIMIT_MAX; -ENOMEM. Takes effect at each CPU's next queue. May sleep. */
int batch_limit_set(unsigned limit) __must_check;
unsigned batch_limit(void);

/* Batch sizes are counted in powers of two: bucket i holds sizes in [2^i, 2^(i+1)). */
#define BATCH_BUCKETS 11
#define BATCH_SITES   256 /* a power of two */

struct batch_site {
	const void *pc;			   /* NULL: free slot */
	uint64_t entries;		   /* queued from here */
	uint64_t flushed[BATCH_WHY_COUNT]; /* batches whose last entry came from here, by reason */
	uint64_t sizes[BATCH_BUCKETS];	   /* of those batches */
};

struct batch_stats {
	uint64_t trips;	  /* hypercalls that batches cost */
	uint64_t entries; /* entries they carried */
	uint64_t flushed[BATCH_WHY_COUNT];
	uint64_t carried[BATCH_WHY_COUNT]; /* the entries, by why their batch was flushed */
	uint64_t sizes[BATCH_BUCKETS];
	uint64_t sites_lost; /* entries from sites that found no slot */
};

void batch_stats_sum(struct batch_stats *sum);
void batch_site_for_each(void (*each)(const struct batch_site *site, void *arg), void *arg);
const char *batch_why_name(enum batch_why why);

/*
 * What to say about a refused extended operation beyond its numbers, called on
 * the way to the panic. The page-table layer of the port provides it.
 */
void port_explain_refusal(const struct mmuext_op *op);

/* Boot: allocate this CPU's buffers for the limit; before it, a small static one serves the boot CPU. */
void batch_init(void);

/* A batch for a further CPU, before it starts. 0 or -ENOMEM. */
int batch_cpu_init(unsigned cpu) __must_check;

#endif
