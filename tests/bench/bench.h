/*
 * bench.h - what the files of the bench program share: rows, and the time stamp counter.
 *
 * A row is one operation of an operating system. It is done `count` times in one
 * sample; between the two time stamps of a sample nothing else is done, no system
 * call either, so that whatever Xen's trace holds between them is the row's.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

struct row {
	const char *name;
	unsigned count; /* operations in one sample */
	/* Before the first sample and after the last one; NULL: nothing to do. */
	void (*begin)(const struct row *row);
	void (*end)(const struct row *row);
	/* Before each sample of `count`, and not part of it. NULL: nothing to do. */
	void (*prepare)(const struct row *row, unsigned count);
	void (*run)(const struct row *row, unsigned count);
	/* The same without what is measured: its time is subtracted. NULL: nothing is. */
	void (*overhead)(const struct row *row, unsigned count);
	unsigned processes, size; /* the row's own: of those that switch between processes */
};

/* Each ended by a row without a name; all together by NULL (tables.c, or another program's). */
extern const struct row *const row_tables[];
extern const struct row rows_calls[], rows_processes[], rows_memory[], rows_pipes[],
	rows_switches[];

/* Ends the program with a message if `bad`. */
void require(int good, const char *what);

static inline uint64_t time_stamp(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* The size of a page, and of the region that the rows of kernel/vm's costs touch. */
#define PAGE   4096u
#define REGION (4u << 20)

#endif
