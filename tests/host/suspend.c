/*
 * suspend.c - the guest has itself saved, and runs on, or finds itself on another machine.
 */
#include "harness.h"

#include <arch/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define HOME "/local/domain/7/"

static unsigned fired;

static void on_fire(struct xs_watch *watch, const char *changed)
{
	fired++;
}

static struct xs_watch watch = { .path = "data/w", .fire = on_fire };

static void watch_start(void)
{
	EXPECT_EQ(xenstore_watch(&watch), 0);
	thread_sleep(NSEC_PER_MSEC);
	fired = 0;
}

/* As `xl save` asks; when it is over the request is taken, and "xenwatch" free again. */
static void save(enum model_saved how)
{
	unsigned before = model_suspends();

	model_on_suspend(how);
	model_store_set(HOME "control/shutdown", "suspend");
	thread_sleep(100 * NSEC_PER_MSEC);
	EXPECT_EQ(model_suspends(), before + 1);
	EXPECT_STR(model_store_get(HOME "control/shutdown"), "");
}

/* The store answers, its events come, and time goes on and wakes. */
static void all_is_well(void)
{
	nsec_t now = clock_now();
	uint64_t domid;

	EXPECT_EQ(xenstore_read_number(XS_NONE, "domid", NULL, &domid), 0);
	EXPECT_EQ(domid, 7);
	fired = 0;
	model_store_set(HOME "data/w", "1");
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(fired, 1);
	EXPECT(clock_now() - now >= NSEC_PER_MSEC && clock_now() - now < NSEC_PER_SEC);
}

TEST_BOOTED(runs_on, "")
{
	nsec_t now = clock_now();

	watch_start();
	save(MODEL_RUNS_ON);
	EXPECT_EQ(fired, 0);
	EXPECT(clock_now() > now);
	all_is_well();
}

static bool never(evtchn_port_t port, void *arg)
{
	FAIL("an event on a port of before");
}

static int open(void)
{
	struct evtchn_handler handler = { .handle = never, .name = "host test" };
	int port = evtchn_alloc_unbound(0, handler);

	EXPECT(port > 0);
	return port;
}

/* Ports of before stay their owners', whoever binds others meanwhile. */
static void ports_are_kept(void)
{
	int low = open(), gap = open(), high = open();

	evtchn_unmask((evtchn_port_t)low);
	evtchn_close((evtchn_port_t)gap);
	save(MODEL_RESTORED);
	save(MODEL_RESTORED);
	EXPECT_EQ(evtchn_counts((evtchn_port_t)low, &(struct evtchn_counts){ 0 }), 0);
	gap = open();
	EXPECT(gap != low && gap != high);
	EXPECT(model_evtchn_is_masked((evtchn_port_t)low));
	evtchn_close((evtchn_port_t)low);
	evtchn_close((evtchn_port_t)high);
	EXPECT(!model_evtchn_is_open((evtchn_port_t)low));
	EXPECT(!model_evtchn_is_open((evtchn_port_t)high));
	EXPECT(model_evtchn_is_open((evtchn_port_t)gap));
	EXPECT_EQ(model_evtchn_connect((evtchn_port_t)gap, NULL), 0);
}

static void restore(void)
{
	nsec_t now = clock_now(), wall = clock_wall();

	watch_start();
	ports_are_kept();
	EXPECT(fired > 0); /* watches fire when they are made anew */
	EXPECT(clock_now() > now && clock_now() - now < 10 * NSEC_PER_SEC);
	EXPECT(clock_wall() < wall); /* as it is there */
	all_is_well();
	EXPECT_STR(model_store_get(HOME "control/feature-suspend"), "1");
}

TEST_BOOTED(restored_two_level, "evtchn=2l")
{
	restore();
}

TEST_BOOTED(restored_fifo, "", .fifo = true)
{
	restore();
}

TEST_BOOTED(restored_without_one_clock, "", .tsc_ahead = 1000)
{
	restore();
}

/* What was granted no longer is; the reference is still its owner's, and can be given anew. */
TEST_BOOTED(grants_end, "")
{
	struct page *page = page_alloc(0);
	struct grant_stats before, after;
	void *seen;
	gref_t ref;

	EXPECT(page);
	grant_stats_get(&before);
	EXPECT_EQ(grant_access(0, page_pfn(page), false, &ref), 0);
	EXPECT_EQ(model_grant_map(ref.n, true, &seen), 0);
	EXPECT_EQ(grant_try_end(ref), -EBUSY);
	save(MODEL_RESTORED);
	EXPECT(!model_grant_is_mapped(ref.n));
	EXPECT(model_grant_map(ref.n, true, &seen) < 0);
	EXPECT_EQ(grant_try_end(ref), 0);
	EXPECT_EQ(grant_access(0, page_pfn(page), false, &ref), 0);
	EXPECT_EQ(model_grant_map(ref.n, true, &seen), 0);
	EXPECT_EQ(model_grant_unmap(ref.n), 0);
	grant_end(ref, page);
	grant_stats_get(&after);
	EXPECT_EQ(after.in_use, before.in_use);
}

static unsigned steps;

static void suspender(void *arg)
{
	unsigned long requests;

	steps = 1;
	xenstore_suspend();
	steps = 2;
	requests = model_store_requests();
	thread_sleep(10 * NSEC_PER_MSEC);
	EXPECT_EQ(model_store_requests(), requests);
	xenstore_resume(false);
}

static void caller(void *arg)
{
	uint64_t domid;

	EXPECT_EQ(xenstore_read_number(XS_NONE, "domid", NULL, &domid), 0);
	steps = 3;
}

/* A transaction is ended before the domain is saved, and who comes later waits until it was. */
TEST_BOOTED(store_is_quiet, "")
{
	struct thread *asks, *waits;
	struct xs_tx tx;

	EXPECT_EQ(xenstore_begin(&tx), 0);
	EXPECT_EQ(thread_create(&asks, "suspender", suspender, NULL), 0);
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(steps, 1);
	EXPECT_EQ(xenstore_write(tx, "data", "x", "1"), 0);
	EXPECT_EQ(steps, 1);
	EXPECT_EQ(xenstore_end(tx, true), 0);
	thread_sleep(NSEC_PER_MSEC);
	EXPECT_EQ(steps, 2);
	EXPECT_EQ(thread_create(&waits, "caller", caller, NULL), 0);
	EXPECT_EQ(thread_join(asks), 0);
	EXPECT_EQ(thread_join(waits), 0);
	EXPECT_EQ(steps, 3);
}

/* The old store stopped within a message, which nobody ends. */
TEST_BOOTED(half_a_message_is_dropped, "")
{
	watch_start();
	model_store_chunk(3);
	for (unsigned i = 0; i < 5; i++) {
		model_store_set(HOME "data/w/below", "1");
		save(MODEL_RESTORED);
	}
	model_store_chunk(0);
	all_is_well();
}
