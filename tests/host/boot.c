/* boot.c - the whole kernel over the model: it boots, works, and ends as it was told to. */
#include "harness.h"

#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

static void verdict_is_success(void)
{
	EXPECT(strstr(model_console_output(), "verdict: 0"));
}

TEST_BOOTED(boots_and_powers_off, "run=\"poweroff\"")
{
	expect_end(verdict_is_success);
}

TEST_BOOTED(reports, "run=\"report; poweroff\"", .seed = 3)
{
	expect_end(verdict_is_success);
}

TEST_BOOTED(runs_a_command, "")
{
	thread_sleep(NSEC_PER_SEC);
	EXPECT(strstr(model_console_output(), "hosttest") || model_now() > NSEC_PER_SEC);
}

TEST_BOOTED(fifo_events, "run=\"report; poweroff\"", .seed = 9, .fifo = true)
{
	expect_end(verdict_is_success);
}

TEST_BOOTED(spurious_upcalls, "run=\"report; poweroff\"", .seed = 9, .spurious = true)
{
	expect_end(verdict_is_success);
}
