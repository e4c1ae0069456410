/* counts.c - what the kernel's own counters of hypercalls say of a row. */
#include <drivers/xen/hypercall.h>
#include <kernel/log.h>
#include <kernel/string.h>

#include "../study.h"

/* Of the row so far: ends added, beginnings subtracted. */
static struct hypercall_count sum;
static struct hypercall_count now;

static void add(uint64_t *sums, const uint64_t *counts, bool is_end)
{
	for (unsigned nr = 0; nr < HYPERCALL_NR_MAX; nr++) {
		sums[nr] += is_end ? counts[nr] : -counts[nr];
	}
}

static void take(bool is_end)
{
	hypercall_count_sum(&now);
	add(sum.calls, now.calls, is_end);
	add(sum.entries, now.entries, is_end);
}

void study_counts_begin(void)
{
	take(false);
}

void study_counts_end(void)
{
	take(true);
}

void study_counts_print(void)
{
	for (unsigned nr = 0; nr < HYPERCALL_NR_MAX; nr++) {
		if (sum.calls[nr] || sum.entries[nr]) {
			log_print("bench: own %s %lu %lu\n", hypercall_name(nr),
				(unsigned long)sum.calls[nr], (unsigned long)sum.entries[nr]);
		}
	}
	memset(&sum, 0, sizeof(sum));
}
