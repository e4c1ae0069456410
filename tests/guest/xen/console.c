/* console.c - the console against the real daemon: more than a ring full goes out without a loss. */
#include <drivers/front/console.h>
#include <drivers/xen/platform.h>
#include <kernel/ktest.h>
#include <kernel/log.h>

KTEST(console_long_output_is_complete)
{
	struct console_stats before, after;

	KTEST_SKIP_IF(!xen_platform.console_ring, "the domain has no console");
	console_front_stats(&before);
	for (unsigned i = 0; i < 64; i++) {
		log_print(
			"console test line %2u, one of 64 that are more than the ring holds\n", i);
	}
	console_front_stats(&after);
	KTEST_EXPECT(after.lost == before.lost);
	KTEST_EXPECT(after.written - before.written == 64 * 67);
	KTEST_EXPECT(!after.is_broken);
}
