/*
 * ktest.c - running tests inside the kernel, one at a time, in the monitor's thread.
 *
 * A test that ends with interrupts masked or preemption off would spoil all
 * that follow; that is its error, and is put right.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <stdarg.h>

#define LONG (100 * NSEC_PER_MSEC) /* a test that takes so long is named: many boots run it */

extern const struct ktest ktests_start[], ktests_end[]; /* kernel.lds */

static const char *const verdict_names[] = {
	[KTEST_SUCCESS] = "success",
	[KTEST_SKIP] = "skip",
	[KTEST_FAILURE] = "failure",
	[KTEST_ERROR] = "error",
};

/* Of the test that runs. */
static enum ktest_verdict verdict;
static char reason[200];

void ktest_verdict(enum ktest_verdict worse, const char *fmt, ...)
{
	va_list args;

	if (worse <= verdict) {
		return;
	}
	verdict = worse;
	va_start(args, fmt);
	fmt_vprint(reason, sizeof(reason), fmt, args);
	va_end(args);
}

static void result_print(const char *name)
{
	log_print(
		"ktest %s: %s%s%s\n", name, verdict_names[verdict], reason[0] ? ": " : "", reason);
}

static void surroundings_check(void)
{
	if (!irq_is_enabled()) {
		ktest_verdict(KTEST_ERROR, "left interrupts masked");
		irq_enable();
	}
	if (preempt_is_off()) {
		ktest_verdict(KTEST_ERROR, "left preemption off, %u deep", cpu_this()->preempt_off);
		cpu_this()->preempt_off = 0;
	}
}

static void run(const struct ktest *test, struct ktest_counts *counts)
{
	nsec_t began = clock_now(), took;

	verdict = KTEST_SUCCESS;
	reason[0] = '\0';
	log_print("ktest %s: begin\n", test->name);
	test->run();
	surroundings_check();
	result_print(test->name);
	counts->of[verdict]++;
	took = clock_now() - began;
	if (took >= LONG) {
		log_info("ktest: %s took %lld ms\n", test->name, (long long)(took / NSEC_PER_MSEC));
	}
}

static const struct ktest *find(const char *name, bool is_breakage)
{
	for (const struct ktest *t = ktests_start; t < ktests_end; t++) {
		if (!strcmp(t->name, name) && (t->expect != NULL) == is_breakage) {
			return t;
		}
	}
	return NULL;
}

int ktest_run(const char *name, struct ktest_counts *counts)
{
	const struct ktest *test = find(name, false);

	if (!test) {
		log_print("ktest %s: error: there is no such test\n", name);
		counts->of[KTEST_ERROR]++;
		return -ENOENT;
	}
	run(test, counts);
	return 0;
}

void ktest_run_all(struct ktest_counts *counts)
{
	for (const struct ktest *t = ktests_start; t < ktests_end; t++) {
		if (!t->expect) {
			run(t, counts);
		}
	}
}

int ktest_summary(const struct ktest_counts *counts)
{
	log_print("ktest summary: %u success, %u skip, %u failure, %u error\n",
		counts->of[KTEST_SUCCESS], counts->of[KTEST_SKIP], counts->of[KTEST_FAILURE],
		counts->of[KTEST_ERROR]);
	return counts->of[KTEST_FAILURE] || counts->of[KTEST_ERROR] ? -EIO : 0;
}

int ktest_break(const char *name)
{
	const struct ktest *breakage = find(name, true);

	if (!breakage) {
		log_print("ktest %s: error: there is no such breakage\n", name);
		return -ENOENT;
	}
	log_print("ktest %s: begin\n", name);
	breakage->run();
	log_print("ktest %s: failure: the kernel goes on as if nothing had happened\n", name);
	return -EIO;
}

void ktest_list(void)
{
	for (const struct ktest *t = ktests_start; t < ktests_end; t++) {
		if (t->expect) {
			log_print("ktest %s: breakage \"%s\"\n", t->name, t->expect);
		} else {
			log_print("ktest %s: test\n", t->name);
		}
	}
}
