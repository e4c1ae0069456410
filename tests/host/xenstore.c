/* xenstore.c - the store's client against a daemon that may answer anything, or not at all. */
#include "harness.h"

#include <arch/clock.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define HOME "/local/domain/7/"

static char buf[5000];

TEST_BOOTED(reads_and_writes, "")
{
	struct xs_list list;
	size_t offset = 0;
	uint64_t number;
	char *value;
	size_t len;

	EXPECT(xenstore_is_up());
	EXPECT_EQ(xenstore_read(XS_NONE, "name", NULL, &value, &len), 0);
	EXPECT_STR(value, "guest");
	EXPECT_EQ(len, 5);
	heap_free(value);
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "greeting", "hello"), 0);
	EXPECT_STR(model_store_get(HOME "data/greeting"), "hello");
	EXPECT_EQ(xenstore_printf(XS_NONE, "data", "count", "%u", 42), 0);
	EXPECT_EQ(xenstore_read_number(XS_NONE, "data", "count", &number), 0);
	EXPECT_EQ(number, 42);
	EXPECT_EQ(xenstore_read_number(XS_NONE, "data", "greeting", &number), -EPROTO);
	EXPECT_EQ(xenstore_read_number_or(XS_NONE, "data", "none", 9), 9);
	EXPECT_EQ(xenstore_read_text(XS_NONE, "data", "greeting", buf, 5), -ERANGE);
	EXPECT_EQ(xenstore_read_text(XS_NONE, "data", "greeting", buf, 6), 0);
	EXPECT_STR(buf, "hello");
	EXPECT_EQ(xenstore_list(XS_NONE, "data", NULL, &list), 0);
	EXPECT_EQ(list.count, 2);
	EXPECT_STR(xs_wire_next(list.names, list.len, &offset), "count");
	EXPECT_STR(xs_wire_next(list.names, list.len, &offset), "greeting");
	EXPECT(!xs_wire_next(list.names, list.len, &offset));
	heap_free(list.names);
	EXPECT_EQ(xenstore_mkdir(XS_NONE, "data", "dir"), 0);
	EXPECT_EQ(xenstore_rm(XS_NONE, "data", NULL), 0);
	EXPECT_EQ(xenstore_read(XS_NONE, "data", "greeting", &value, &len), -ENOENT);
	EXPECT_EQ(xenstore_rm(XS_NONE, "data", NULL), -ENOENT);
	EXPECT_EQ(xenstore_write(XS_NONE, "/local/domain/0", "evil", "1"), -EACCES);
}

/* Every length, so that headers and bodies straddle the ring's end everywhere. */
static void all_lengths(unsigned step)
{
	static char text[4096];

	for (unsigned n = 0; n < 3000; n += step) {
		for (unsigned i = 0; i < n; i++) {
			text[i] = (char)('a' + (n + i) % 26);
		}
		text[n] = '\0';
		EXPECT_EQ(xenstore_write(XS_NONE, "data", "x", text), 0);
		EXPECT_STR(model_store_get(HOME "data/x"), text);
		EXPECT_EQ(xenstore_read_text(XS_NONE, "data", "x", buf, sizeof(buf)), 0);
		EXPECT_STR(buf, text);
	}
}

TEST_BOOTED(any_length, "", .seed = 8)
{
	all_lengths(7);
}

TEST_BOOTED(byte_by_byte, "", .seed = 9)
{
	model_store_chunk(1);
	all_lengths(501);
}

TEST_BOOTED(in_odd_pieces, "", .seed = 10)
{
	model_store_chunk(13);
	all_lengths(97);
}

TEST_BOOTED(too_long_is_refused, "")
{
	static char text[5000];

	memset(text, 'z', sizeof(text) - 1);
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "x", text), -E2BIG);
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "x", "fine"), 0);
	memset(text, 0, sizeof(text));
	memset(text, 'p', 3500);
	EXPECT(xenstore_write(XS_NONE, text, "x", "1") < 0);
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "x", "fine"), 0);
}

static unsigned bodies;

static int add_one(struct xs_tx tx, void *arg)
{
	uint64_t n = xenstore_read_number_or(tx, "data", "n", 0);

	bodies++;
	return xenstore_printf(tx, "data", "n", "%lu", (unsigned long)n + 1);
}

static int change_mind(struct xs_tx tx, void *arg)
{
	EXPECT_EQ(xenstore_write(tx, "data", "n", "wrong"), 0);
	return -ENODEV;
}

TEST_BOOTED(transactions, "")
{
	struct xs_tx tx;

	EXPECT_EQ(xenstore_transaction(add_one, NULL), 0);
	EXPECT_STR(model_store_get(HOME "data/n"), "1");
	EXPECT_EQ(xenstore_transaction(change_mind, NULL), -ENODEV);
	EXPECT_STR(model_store_get(HOME "data/n"), "1");
	model_store_conflicts(3);
	bodies = 0;
	EXPECT_EQ(xenstore_transaction(add_one, NULL), 0);
	EXPECT_EQ(bodies, 4);
	EXPECT_STR(model_store_get(HOME "data/n"), "2");
	model_store_conflicts(1000);
	bodies = 0;
	EXPECT_EQ(xenstore_transaction(add_one, NULL), -EAGAIN);
	EXPECT(bodies > 3 && bodies < 100);
	model_store_conflicts(0);
	EXPECT_EQ(model_store_transactions(), 0);

	EXPECT_EQ(xenstore_begin(&tx), 0);
	EXPECT_EQ(xenstore_write(tx, "data", "n", "77"), 0);
	model_store_set(HOME "data/other", "changed meanwhile");
	EXPECT_EQ(xenstore_end(tx, true), -EAGAIN);
	EXPECT_STR(model_store_get(HOME "data/n"), "2");
}

static struct {
	unsigned count;
	char last[128];
} fired;

static void on_fire(struct xs_watch *watch, const char *changed)
{
	fired.count++;
	strlcpy(fired.last, changed, sizeof(fired.last));
}

static struct xs_watch watch = { .path = "data/w", .fire = on_fire };

TEST_BOOTED(watches, "")
{
	unsigned before = model_store_watches();

	EXPECT_EQ(xenstore_watch(&watch), 0);
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 1); /* once at the start */
	EXPECT_EQ(model_store_watches(), before + 1);
	model_store_set(HOME "data/w/below", "1");
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 2);
	EXPECT_STR(fired.last, "data/w/below");
	model_store_set(HOME "data/elsewhere", "1");
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 2);
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "w", "mine"), 0);
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 3);
	xenstore_unwatch(&watch);
	EXPECT_EQ(model_store_watches(), before);
	model_store_set(HOME "data/w", "2");
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 3);
	EXPECT_EQ(xenstore_watch(&watch), 0); /* and again */
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 4);
	xenstore_unwatch(&watch);
}

/* A flood of changes is merged; the last state is never missed. */
TEST_BOOTED(watch_flood, "")
{
	struct xenstore_stats stats;
	char path[64];

	EXPECT_EQ(xenstore_watch(&watch), 0);
	thread_sleep(NSEC_PER_MSEC);
	fired.count = 0;
	for (unsigned i = 0; i < 2000; i++) {
		fmt_print(path, sizeof(path), HOME "data/w/n%u", i % 200);
		model_store_set(path, "x");
	}
	thread_sleep(100 * NSEC_PER_MSEC);
	EXPECT(fired.count > 0);
	xenstore_stats_get(&stats);
	EXPECT(stats.watch_events >= 2000);
	EXPECT(fired.count + stats.watch_merged >= 2000);
	fired.count = 0;
	model_store_set(HOME "data/w/last", "x");
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired.count, 1);
	xenstore_unwatch(&watch);
}

static void on_fire_slowly(struct xs_watch *w, const char *changed)
{
	on_fire(w, changed);
	thread_sleep(50 * NSEC_PER_MSEC);
}

/* Who cannot keep up is told once to look at everything. */
TEST_BOOTED(watch_queue_is_bounded, "")
{
	struct xenstore_stats stats;
	char path[64];

	watch.fire = on_fire_slowly;
	EXPECT_EQ(xenstore_watch(&watch), 0);
	thread_sleep(NSEC_PER_MSEC);
	for (unsigned i = 0; i < 300; i++) {
		fmt_print(path, sizeof(path), HOME "data/w/n%u", i);
		model_store_set(path, "x");
	}
	thread_sleep(NSEC_PER_SEC);
	EXPECT(watch.queued <= XS_WATCH_QUEUE_MAX);
	thread_sleep(20 * NSEC_PER_SEC);
	xenstore_stats_get(&stats);
	EXPECT(fired.count <= XS_WATCH_QUEUE_MAX + 3);
	EXPECT(fired.count + stats.watch_merged >= 300);
	xenstore_unwatch(&watch);
}

static unsigned workers_done;

static void worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;
	char node[16], text[32];

	fmt_print(node, sizeof(node), "t%u", me);
	for (unsigned i = 0; i < 60; i++) {
		EXPECT_EQ(xenstore_printf(XS_NONE, "data", node, "%u.%u", me, i), 0);
		EXPECT_EQ(xenstore_read_text(XS_NONE, "data", node, text, sizeof(text)), 0);
		fmt_print(node + 8, 8, "%u.%u", me, i);
		EXPECT_STR(text, node + 8);
	}
	workers_done++;
}

TEST_BOOTED(many_threads_at_once, "")
{
	struct thread *threads[6];

	model_store_chunk(17);
	for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
		EXPECT_EQ(thread_create(&threads[i], "worker", worker, (void *)(uintptr_t)i), 0);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
		thread_join(threads[i]);
	}
	EXPECT_EQ(workers_done, ARRAY_SIZE(threads));
}

/* ---- a daemon that misbehaves ------------------------------------------------ */

static void still_works(void)
{
	model_store_fault(MODEL_STORE_OK, 0);
	EXPECT(xenstore_is_up());
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "alive", "yes"), 0);
	EXPECT_EQ(xenstore_read_text(XS_NONE, "data", "alive", buf, sizeof(buf)), 0);
	EXPECT_STR(buf, "yes");
}

static void is_given_up(void)
{
	nsec_t before = clock_now();

	EXPECT(!xenstore_is_up());
	EXPECT_EQ(xenstore_write(XS_NONE, "data", "alive", "yes"), -EIO);
	EXPECT(clock_now() - before < NSEC_PER_SEC);
}

static int read_under(enum model_store_fault fault)
{
	model_store_fault(fault, 1);
	return xenstore_read_text(XS_NONE, "name", NULL, buf, sizeof(buf));
}

TEST_BOOTED(silence_times_out, "")
{
	nsec_t before = clock_now();

	EXPECT_EQ(read_under(MODEL_STORE_SILENT), -ETIMEDOUT);
	EXPECT(clock_now() - before >= XENSTORE_TIMEOUT);
	EXPECT(clock_now() - before < 2 * XENSTORE_TIMEOUT);
	still_works();
}

/* All stands still, and goes on an hour later. */
static void stand_still(void *arg)
{
	thread_sleep(NSEC_PER_SEC);
	model_advance(3600 * NSEC_PER_SEC);
	model_store_stop(false);
}

/* A domain may be paused, and its host be busy: that is not the daemon's silence. */
TEST_BOOTED(standing_still_is_no_silence, "")
{
	struct thread *thread;

	EXPECT_EQ(thread_create(&thread, "stand-still", stand_still, NULL), 0);
	model_store_stop(true);
	EXPECT_EQ(xenstore_read_text(XS_NONE, "name", NULL, buf, sizeof(buf)), 0);
	EXPECT_STR(buf, "guest");
	thread_join(thread);
	still_works();
}

TEST_BOOTED(stray_reply_is_dropped, "")
{
	struct xenstore_stats stats;

	EXPECT_EQ(read_under(MODEL_STORE_WRONG_ID), 0);
	EXPECT_STR(buf, "guest");
	xenstore_stats_get(&stats);
	EXPECT_EQ(stats.stray, 1);
	still_works();
}

TEST_BOOTED(wrong_type_is_an_error, "")
{
	EXPECT(read_under(MODEL_STORE_WRONG_TYPE) < 0);
}

TEST_BOOTED(too_long_a_reply_ends_it, "")
{
	EXPECT_EQ(read_under(MODEL_STORE_TOO_LONG), -EIO);
	is_given_up();
}

TEST_BOOTED(half_a_reply_ends_it, "")
{
	nsec_t before = clock_now();
	int err = read_under(MODEL_STORE_HALF);

	EXPECT(err == -EIO || err == -ETIMEDOUT);
	thread_sleep(NSEC_PER_SEC);
	EXPECT(clock_now() - before < 2 * XENSTORE_TIMEOUT);
	is_given_up();
}

TEST_BOOTED(bad_producer_ends_it, "")
{
	EXPECT_EQ(read_under(MODEL_STORE_BAD_INDEX), -EIO);
	is_given_up();
}

TEST_BOOTED(bad_consumer_ends_it, "")
{
	EXPECT(read_under(MODEL_STORE_BAD_CONSUMER) < 0);
	EXPECT(xenstore_write(XS_NONE, "data", "x", "1") < 0);
	is_given_up();
}

TEST_BOOTED(error_without_nul, "")
{
	int err = read_under(MODEL_STORE_NO_NUL);

	EXPECT(err == -ENOENT || err == -EIO || err == -EPROTO);
	still_works();
}

TEST_BOOTED(unknown_error_text, "")
{
	EXPECT_EQ(read_under(MODEL_STORE_UNKNOWN_ERROR), -EIO);
	still_works();
}

TEST_BOOTED(odd_watch_events, "")
{
	EXPECT_EQ(read_under(MODEL_STORE_STRAY_WATCH), 0);
	still_works();
}

TEST_BOOTED(watch_event_without_token, "")
{
	int err = read_under(MODEL_STORE_BAD_WATCH);

	EXPECT(err == 0 || err == -EIO);
}

TEST_BOOTED(binary_value, "")
{
	char *value;
	size_t len;

	model_store_fault(MODEL_STORE_BINARY, 1);
	EXPECT_EQ(xenstore_read(XS_NONE, "name", NULL, &value, &len), 0);
	EXPECT_EQ(len, 7);
	EXPECT_EQ(memcmp(value,
			  "a\0\xff"
			  "b\0\n\x80\0",
			  8),
		0);
	heap_free(value);
	still_works();
}

TEST_BOOTED(empty_answers, "")
{
	struct xs_list list;
	struct xs_tx tx;

	EXPECT_EQ(read_under(MODEL_STORE_EMPTY), 0);
	EXPECT_STR(buf, "");
	model_store_fault(MODEL_STORE_EMPTY, 1);
	EXPECT_EQ(xenstore_list(XS_NONE, "data", NULL, &list), -EIO); /* an error without a name */
	model_store_fault(MODEL_STORE_EMPTY, 1);
	EXPECT(xenstore_begin(&tx) < 0); /* a transaction without a number */
	still_works();
}

/* Faults of any kind, in any order: errors, but the kernel goes on. */
static void faults_play(uint32_t seed)
{
	static const enum model_store_fault harmless[] = { MODEL_STORE_OK, MODEL_STORE_SILENT,
		MODEL_STORE_WRONG_ID, MODEL_STORE_NO_NUL, MODEL_STORE_UNKNOWN_ERROR,
		MODEL_STORE_STRAY_WATCH, MODEL_STORE_BINARY, MODEL_STORE_EMPTY };
	struct xs_list list;

	test_seed(seed);
	for (unsigned i = 0; i < 300; i++) {
		model_store_fault(harmless[test_random_below(ARRAY_SIZE(harmless))], 1);
		model_store_chunk(test_random_below(40));
		switch (test_random_below(4)) {
		case 0:
			(void)!xenstore_read_text(XS_NONE, "name", NULL, buf, sizeof(buf));
			break;
		case 1:
			if (!xenstore_list(XS_NONE, "", "data", &list)) {
				heap_free(list.names);
			}
			break;
		case 2:
			(void)!xenstore_transaction(add_one, NULL);
			break;
		default:
			(void)!xenstore_write(XS_NONE, "data", "x", "y");
		}
	}
	still_works();
}

TEST_BOOTED(random_faults, "", .seed = 71)
{
	faults_play(71);
}
