/*
 * study.h - measurements inside the kernel: what an operation costs, by how many are done at once.
 *
 * STUDY(id, ...) declares one; `study` at the monitor, or run="study; poweroff", takes them all.
 * A measurement has one row for each n = 1, 2, 4 ... `largest`, and a row some samples:
 *
 *     setup(n)   run(n, 1) check(n, 1)   [ run(n, count) ] check(n, count) ...   teardown(n)
 *
 * Between the two readings of the time stamp counter, in brackets, interrupts are masked and
 * nothing is done but run(): so whatever Xen's trace holds between them is the row's, and so is
 * what the kernel's own counters say.
 *
 * Invariant S1: what was measured was really done. check() is asked after each sample, and a row
 * for which it says no is a failure. It also puts things as run() wants to find them.
 */
#ifndef STUDY_H
#define STUDY_H

#include <kernel/types.h>

struct study {
	const char *name; /* rows are called NAME/n; without `largest` there is one, NAME */
	unsigned largest;
	unsigned work; /* of the n's in one sample: run() gets count = work / n, at least 1 */
	unsigned most; /* and at most that; 0: no bound */
	/* All but run() may be NULL. setup() and check() say whether all is well. */
	bool (*setup)(unsigned n);
	void (*run)(unsigned n, unsigned count);
	bool (*check)(unsigned n, unsigned count);
	void (*teardown)(unsigned n);
};

#define STUDY(id, ...)                                                                             \
	static const struct study study_##id __used __section(".studies")                          \
		__aligned(8) = { __VA_ARGS__ }

/* The most things that are done at once, by default: Xen's page-table lists and multicalls alike. */
#define STUDY_LARGEST 1024u

/*
 * Provided by the environment (xen/counts.c, native/counts.c): count the calls made between begin
 * and end, summed up since the last print, which prints them as "bench: own NAME CALLS ENTRIES".
 */
void study_counts_begin(void);
void study_counts_end(void);
void study_counts_print(void);

#endif
