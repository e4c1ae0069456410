/* console.c - the console front-end: a slow, an absent and a lying daemon. */
#include "harness.h"

#include <arch/clock.h>
#include <drivers/front/console.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <xen/io/console.h>
#include <xen/xen.h>

#define STALLED "console: nobody takes its output; what does not fit is lost"
#define BROKEN	"console: the back-end's ring indices make no sense; the console is off"

static struct xencons_interface *ring(void)
{
	return model_console_ring();
}

static struct console_stats stats_now(void)
{
	struct console_stats stats;

	console_front_stats(&stats);
	return stats;
}

TEST_BOOTED(everything_arrives, "")
{
	static char line[64];

	for (unsigned i = 0; i < 500; i++) {
		log_print("number %u of many lines\n", i);
	}
	log_drain();
	for (unsigned i = 0; i < 500; i++) {
		fmt_print(line, sizeof(line), "number %u of many lines\r\n", i);
		EXPECT(strstr(model_console_output(), line));
	}
	EXPECT_EQ(stats_now().lost, 0);
}

TEST_BOOTED(only_text_gets_carriage_returns, "")
{
	log_print("told\n");
	log_bytes("raw\nraw\r\n", 9);
	log_drain();
	EXPECT(strstr(model_console_output(), "told\r\nraw\nraw\r\n"));
}

static uint64_t events_sent(void)
{
	uint64_t calls, entries;

	hypercall_count_one(__HYPERVISOR_event_channel_op, &calls, &entries);
	return calls;
}

/* The daemon does not run while we print: it is told once, and of the rest when it says what it took. */
TEST_BOOTED(lines_in_a_row_are_told_once, "")
{
	uint64_t before;

	log_drain();
	model_console_stop(true);
	before = events_sent();
	for (unsigned i = 0; i < 20; i++) {
		log_print("in a row %u\n", i);
	}
	EXPECT_EQ(events_sent() - before, 1);
	model_console_stop(false);
	thread_sleep(10 * NSEC_PER_MSEC);
	EXPECT(strstr(model_console_output(), "in a row 19"));
	log_print("afterwards\n");
	thread_sleep(10 * NSEC_PER_MSEC);
	EXPECT(strstr(model_console_output(), "afterwards"));
}

/* It looked before we were done, and says so: then it is told of what it left. */
TEST_BOOTED(what_is_left_is_told, "")
{
	uint32_t first;
	uint64_t before;

	log_drain();
	model_console_stop(true);
	log_print("first\n");
	first = ring()->out_prod;
	log_print("second\n");
	before = events_sent();
	ring()->out_cons = first;
	model_evtchn_raise(model_start.console_port);
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(events_sent() - before, 1);
}

/* A daemon that has taken nothing of what it was told of may have missed it. */
TEST_BOOTED(who_is_silent_is_told_again, "")
{
	uint64_t before;

	log_drain();
	model_console_stop(true);
	log_print("first\n");
	thread_sleep(NSEC_PER_SEC);
	before = events_sent();
	log_print("second\n");
	log_print("third\n");
	EXPECT_EQ(events_sent() - before, 1);
	model_console_stop(false);
	thread_sleep(10 * NSEC_PER_MSEC);
	EXPECT(strstr(model_console_output(), "third"));
}

/* The ring's log from before the console was there is replayed. */
TEST_BOOTED(the_past_is_replayed, "")
{
	log_drain();
	EXPECT(strstr(model_console_output(), "paravane"));
}

TEST_BOOTED(stalled_daemon_costs_bounded_time, "")
{
	nsec_t before = clock_now();

	model_console_stop(true);
	for (unsigned i = 0; i < 2000; i++) {
		log_print("nobody listens to line %u\n", i);
	}
	EXPECT(clock_now() - before < 15 * NSEC_PER_SEC);
	EXPECT(stats_now().lost > 0);
	EXPECT(!stats_now().is_broken);
	EXPECT_EQ(times_logged(STALLED), 1);
	model_console_stop(false);
	thread_sleep(10 * NSEC_PER_MSEC);
	log_print("somebody listens again\n");
	log_drain();
	EXPECT_EQ(times_logged(STALLED), 1);
	EXPECT(strstr(model_console_output(), "bytes lost]"));
	EXPECT(strstr(model_console_output(), "somebody listens again"));
}

/* A byte taken now and then buys its share of the time that is waited, not all of it; one taken again buys none. */
TEST_BOOTED(trickling_daemon_costs_bounded_time, "")
{
	static char line[120];
	nsec_t before = clock_now();

	memset(line, 'x', sizeof(line) - 1);
	model_console_stop(true);
	while (!stats_now().lost) {
		log_print("%s", line);
	}
	for (unsigned i = 0; i < 100; i++) {
		ring()->out_cons += 1;
		log_print("%s", line);
	}
	EXPECT(clock_now() - before < 12 * NSEC_PER_SEC);
	for (unsigned i = 0; i < 20; i++) {
		ring()->out_cons += 100;
		log_print("y");
		for (unsigned j = 0; j < 4; j++) {
			ring()->out_cons -= 50;
			log_print("y");
			ring()->out_cons += 50;
			log_print("y");
		}
		log_print("%s", line);
	}
	EXPECT(clock_now() - before < 24 * NSEC_PER_SEC);
	EXPECT(stats_now().lost > 0);
	EXPECT(!stats_now().is_broken);
}

TEST_BOOTED(input_arrives, "")
{
	static const char typed[] = "hello\r";

	model_console_input(typed);
	for (unsigned i = 0; i < sizeof(typed) - 1; i++) {
		EXPECT_EQ(console_input_read(clock_now() + NSEC_PER_SEC), typed[i]);
	}
	EXPECT_EQ(console_input_read(clock_now() + NSEC_PER_MSEC), -ETIMEDOUT);
	EXPECT_EQ(stats_now().read, sizeof(typed) - 1);
}

/* More than a ring: what the kernel's own buffer cannot hold may be dropped, nothing else happens. */
TEST_BOOTED(a_lot_of_input, "")
{
	static char lots[8000];
	unsigned count = 0;

	memset(lots, 'k', sizeof(lots) - 1);
	model_console_input(lots);
	while (console_input_read(clock_now() + 10 * NSEC_PER_MSEC) == 'k') {
		count++;
	}
	EXPECT(count > 100);
	model_console_input("z");
	EXPECT_EQ(console_input_read(clock_now() + NSEC_PER_SEC), 'z');
}

/* It is said where it can still be read, once. */
static void broken_and_alive(void)
{
	EXPECT(stats_now().is_broken);
	EXPECT_EQ(times_logged(BROKEN), 1);
	thread_sleep(10 * NSEC_PER_MSEC);
	EXPECT(strstr(model_store_get("/local/domain/7/error/console/error"), "make no sense"));
	log_print("goes nowhere\n");
	EXPECT(strstr(model_xen_console(), BROKEN));
	EXPECT(strstr(model_xen_console(), "goes nowhere"));
	model_evtchn_raise(model_start.console_port);
	thread_sleep(NSEC_PER_SEC);
	EXPECT_EQ(times_logged(BROKEN), 1);
}

TEST_BOOTED(lying_input_index, "")
{
	model_console_stop(true);
	ring()->in_prod = ring()->in_cons + sizeof(ring()->in) + 1;
	model_evtchn_raise(model_start.console_port);
	thread_sleep(NSEC_PER_MSEC);
	broken_and_alive();
	EXPECT_EQ(stats_now().read, 0);
}

TEST_BOOTED(input_index_goes_back, "")
{
	model_console_stop(true);
	ring()->in_prod = ring()->in_cons - 1;
	log_print("finds out\n");
	broken_and_alive();
	EXPECT_EQ(stats_now().read, 0);
}

/* Of these the daemon sends no event: who writes finds out, and it is said before he goes on. */
TEST_BOOTED(lying_output_index, "")
{
	model_console_stop(true);
	ring()->out_cons = ring()->out_prod + 1;
	log_print("finds out\n");
	broken_and_alive();
}

TEST_BOOTED(output_index_far_behind, "")
{
	model_console_stop(true);
	ring()->out_cons = ring()->out_prod - sizeof(ring()->out) - 1;
	log_print("finds out\n");
	broken_and_alive();
}

/* Not even the store: one line in the log, all the same. */
TEST_BOOTED(broken_without_a_store, "")
{
	model_store_fault(MODEL_STORE_SILENT, 1000);
	model_console_stop(true);
	ring()->out_cons = ring()->out_prod + 1;
	log_print("finds out\n");
	EXPECT_EQ(times_logged(BROKEN), 1);
	thread_sleep(30 * NSEC_PER_SEC);
	EXPECT_EQ(times_logged(BROKEN), 1);
}

/* Our own indices are ours: the other side changing them must not make us read or write elsewhere. */
TEST_BOOTED(random_indices, "")
{
	test_seed(81);
	model_console_stop(true);
	for (unsigned i = 0; i < 2000; i++) {
		uint32_t *index[] = { &ring()->in_prod, &ring()->in_cons, &ring()->out_prod,
			&ring()->out_cons };

		*index[test_random_below(4)] =
			test_random_below(2) ? test_random() : test_random_below(4096);
		model_evtchn_raise(model_start.console_port);
		log_print("x");
		if (test_random_below(20) == 0) {
			thread_sleep(NSEC_PER_MSEC);
		}
	}
	EXPECT(stats_now().is_broken);
}
