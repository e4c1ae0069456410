/* contract.c - the in-kernel tests, run by the kernel itself over the model. */
#include "harness.h"

#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/string.h>

/* Each result line becomes a line of ours. */
static void results_print(void)
{
	static char line[512];
	const char *at = model_console_output();
	unsigned count = 0;

	while ((at = strstr(at, "ktest "))) {
		size_t n = 0;

		while (at[n] && at[n] != '\r' && at[n] != '\n' && n < sizeof(line) - 2) {
			line[n] = at[n];
			n++;
		}
		line[n] = '\n';
		line[n + 1] = '\0';
		at += n;
		if (!strstr(line, ": begin") && !strstr(line, "summary")) {
			test_print(line);
			count++;
		}
	}
	EXPECT(count > 0);
	EXPECT(strstr(model_console_output(), "verdict: 0"));
}

TEST_BOOTED(ktests, "run=\"test all; poweroff\"", .seed = 1, .tlb_prefetch = true)
{
	expect_end(results_print);
}

static void verdict_check(void)
{
	EXPECT(strstr(model_console_output(), "verdict: 0"));
}

TEST_BOOTED(ktests_fifo, "run=\"test all; poweroff\"", .seed = 2, .fifo = true, .spurious = true)
{
	expect_end(verdict_check);
}

TEST_BOOTED(
	ktests_unbatched, "batch=1 run=\"test all; poweroff\"", .seed = 3, .tlb = MODEL_TLB_RANDOM)
{
	expect_end(verdict_check);
}

/* ---- deliberate faults: each must end the machine with the message it declares ---------- */

extern const struct ktest ktests_start[], ktests_end[];

static void breakage_expect(void)
{
	const char *name = test_name();

	for (const struct ktest *t = ktests_start; t < ktests_end; t++) {
		if (t->expect && !strcmp(t->name, name)) {
			expect_panic(t->expect, NULL);
		}
	}
}

/* They are found in the table, so that a new one is run without a word here. */
static __attribute__((constructor(200))) void breakages_register(void)
{
	static struct test tests[32];
	static char lines[32][96];
	unsigned count = 0;

	for (const struct ktest *t = ktests_start; t < ktests_end && count < 32; t++) {
		if (t->expect) {
			fmt_print(lines[count], sizeof(lines[0]), "run=\"break %s\"", t->name);
			tests[count] = (struct test){ __FILE__, t->name, breakage_expect,
				TEST_IN_KERNEL, { .seed = 1 }, lines[count], NULL };
			test_register(&tests[count++]);
		}
	}
}
