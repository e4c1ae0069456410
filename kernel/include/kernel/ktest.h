/*
 * ktest.h - tests that run inside the kernel, on whichever port it runs.
 *
 * KTEST(name) declares one; "run=test NAME..." on the command line or `test` at
 * the monitor runs it. Each ends in one of four verdicts and prints one line
 *     ktest NAME: success|skip|failure|error [: why]
 * A failure blames the code under test, an error the test or its surroundings.
 * The runner on the host turns the lines into results and adds "crash" for a
 * test that began and never ended.
 *
 * BREAKAGE(name, "substring of the message") declares a deliberate fault; running it must end
 * the guest with a message that holds the substring. Only `break NAME` starts it.
 */
#ifndef KERNEL_KTEST_H
#define KERNEL_KTEST_H

#include <kernel/types.h>

enum ktest_verdict { KTEST_SUCCESS, KTEST_SKIP, KTEST_FAILURE, KTEST_ERROR };

struct ktest {
	const char *name;
	void (*run)(void);
	const char *expect; /* for a breakage: what the last message must say; else NULL */
};

#define KTEST(id)                                                                                  \
	static void ktest_run_##id(void);                                                          \
	static const struct ktest ktest_##id __used __section(".ktests")                           \
		__aligned(sizeof(long)) = { #id, ktest_run_##id, NULL };                           \
	static void ktest_run_##id(void)

#define BREAKAGE(id, expected)                                                                     \
	static void ktest_run_##id(void);                                                          \
	static const struct ktest ktest_##id __used __section(".ktests")                           \
		__aligned(sizeof(long)) = { #id, ktest_run_##id, expected };                       \
	static void ktest_run_##id(void)

/* Record a verdict of the running test, if it is worse than the one so far, with its reason. */
void ktest_verdict(enum ktest_verdict worse, const char *fmt, ...) __printf(2, 3);

#define KTEST_EXPECT(cond)                                                                         \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			ktest_verdict(KTEST_FAILURE, "%s:%d: %s", __FILE__, __LINE__, #cond);      \
		}                                                                                  \
	} while (0)

/* As KTEST_EXPECT, and leave the test function. */
#define KTEST_REQUIRE(cond)                                                                        \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			ktest_verdict(KTEST_FAILURE, "%s:%d: %s", __FILE__, __LINE__, #cond);      \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#define KTEST_SKIP_IF(cond, why)                                                                   \
	do {                                                                                       \
		if (cond) {                                                                        \
			ktest_verdict(KTEST_SKIP, "%s", why);                                      \
			return;                                                                    \
		}                                                                                  \
	} while (0)

/* How many ended with which verdict. */
struct ktest_counts {
	unsigned of[KTEST_ERROR + 1];
};

/*
 * Run one by name, or all but the breakages; prints "ktest NAME: begin" before
 * each and the result line after it, and counts. -ENOENT when there is none of
 * that name, which is printed and counted as an error.
 */
int ktest_run(const char *name, struct ktest_counts *counts);
void ktest_run_all(struct ktest_counts *counts);

/* Print "ktest summary: N success, N skip, N failure, N error"; 0, or -EIO if any failed or erred. */
int ktest_summary(const struct ktest_counts *counts);

/* Run a breakage: -ENOENT when there is none of that name, -EIO when the kernel survived it. */
int ktest_break(const char *name);

/* Print "ktest NAME: test" or "ktest NAME: breakage "substring"" for each. */
void ktest_list(void);

#endif
