/*
 * study.c - takes the measurements, and prints them as the bench program does (tests/bench/main.c
 * describes the lines), so that what reads that reads this:
 *
 *     bench: start T
 *     bench: mark T0 T1               a CPUID instruction with leaf MARK_LEAF was between them; MARKS times
 *     bench: row NAME/N COUNT         COUNT times N in each of its samples
 *     bench: sample T0 T1
 *     bench: counted T0 T1            of each sample: when counting began and ended
 *     bench: own NAME CALLS ENTRIES   what the kernel counted over all samples
 *     bench: skipped NAME/N           its setup said that it cannot be here
 *     bench: clock TICKS NS           time stamps and nanoseconds of the whole run
 */
#include "study.h"

#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/asm.h>

#define SAMPLES	  7u
#define MARK_LEAF 0x5a5a5a5au
#define MARKS	  16u
#define QUIET	  10000u /* ticks; some microseconds */

extern const struct study studies_start[], studies_end[]; /* kernel.lds */

/* How thoroughly: `step` from one n to the next; then whoever shows what was printed shall be done with it. */
static const struct thoroughness {
	unsigned samples, share, step;
	nsec_t settle;
} thorough = { SAMPLES, 1, 2, 100 * NSEC_PER_MSEC }, quick = { 2, 8, 8, NSEC_PER_MSEC };

static const struct thoroughness *how;
static uint64_t stamps[SAMPLES][2], counted[SAMPLES][2];

/*
 * No hypercall for a while. What Xen's trace says of a PVH domain's calls may be a little early on the domain's clock, or late
 * (tools/bench/xentrace.py): so counting begins between two such whiles, and a call is on one side of that moment.
 */
static void quiet(void)
{
	uint64_t began = rdtsc_ordered();

	while (rdtsc_ordered() - began < QUIET) {
	}
}

static void samples_take(const struct study *s, unsigned n, unsigned count, bool *is_done)
{
	irq_state_t irq = irq_save();

	s->run(n, 1); /* tables, caches: warm */
	*is_done = !s->check || s->check(n, 1);
	for (unsigned i = 0; i < how->samples; i++) {
		quiet();
		study_counts_begin();
		counted[i][0] = rdtsc_ordered();
		quiet();
		stamps[i][0] = rdtsc_ordered();
		s->run(n, count);
		stamps[i][1] = rdtsc_ordered();
		study_counts_end();
		counted[i][1] = stamps[i][1];
		*is_done = *is_done && (!s->check || s->check(n, count)); /* S1 */
	}
	irq_restore(irq);
}

static void name_print(const char *kind, const struct study *s, unsigned n)
{
	log_print("bench: %s %s", kind, s->name);
	if (s->largest) {
		log_print("/%u", n);
	}
}

static int row_run(const struct study *s, unsigned n)
{
	unsigned count = MAX(s->work / how->share / n, 1u);
	bool is_done;

	count = s->most ? MIN(count, s->most) : count;
	if (s->setup && !s->setup(n)) {
		name_print("skipped", s, n);
		log_print("\n");
		return 0;
	}
	samples_take(s, n, count, &is_done);
	if (s->teardown) {
		s->teardown(n);
	}
	name_print("row", s, n);
	log_print(" %u\n", count);
	for (unsigned i = 0; i < how->samples; i++) {
		log_print("bench: sample %llu %llu\n", (unsigned long long)stamps[i][0],
			(unsigned long long)stamps[i][1]);
		log_print("bench: counted %llu %llu\n", (unsigned long long)counted[i][0],
			(unsigned long long)counted[i][1]);
	}
	study_counts_print();
	if (!is_done) {
		log_print("bench: failed: %s/%u: not all of it was done\n", s->name, n);
	}
	thread_sleep(how->settle);
	return is_done ? 0 : -EIO;
}

static int study_run(const struct study *s)
{
	int err = 0;

	for (unsigned n = 1; n <= MAX(s->largest, 1u) && !err; n *= how->step) {
		err = row_run(s, n);
	}
	return err;
}

static bool is_wanted(const struct study *s, int count, char **names)
{
	for (int i = 0; i < count; i++) {
		if (!strncmp(s->name, names[i], strlen(names[i]))) {
			return true;
		}
	}
	return !count;
}

/* Where a PVH domain's time stamps begin is not known; Xen's trace shows these instructions. */
static void marks_print(void)
{
	uint64_t marks[MARKS][2];

	for (unsigned i = 0; i < MARKS; i++) {
		uint32_t ignored;

		marks[i][0] = rdtsc_ordered();
		cpuid(MARK_LEAF, 0, &ignored, &ignored, &ignored, &ignored);
		marks[i][1] = rdtsc_ordered();
	}
	for (unsigned i = 0; i < MARKS; i++) {
		log_print("bench: mark %llu %llu\n", (unsigned long long)marks[i][0],
			(unsigned long long)marks[i][1]);
	}
}

MONITOR_COMMAND(study, "[quick] [NAME...] - measure what begins so, or all; quick: for counts only")
{
	bool is_quick = argc > 1 && !strcmp(argv[1], "quick");
	int skip = is_quick ? 2 : 1, err = 0;
	nsec_t began = clock_now();
	uint64_t ticks = rdtsc_ordered();

	how = is_quick ? &quick : &thorough;
	log_print("bench: start %llu\n", (unsigned long long)ticks);
	marks_print();
	thread_sleep(thorough.settle);
	for (const struct study *s = studies_start; s < studies_end && !err; s++) {
		if (is_wanted(s, argc - skip, argv + skip)) {
			err = study_run(s);
		}
	}
	log_print("bench: clock %llu %llu\n", (unsigned long long)(rdtsc_ordered() - ticks),
		(unsigned long long)(clock_now() - began));
	return err;
}
