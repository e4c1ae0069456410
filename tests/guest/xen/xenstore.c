/* xenstore.c - the store's client against the real store; everything happens below our own data/. */
#include <arch/clock.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define SKIP_WITHOUT_STORE() KTEST_SKIP_IF(!xenstore_is_up(), "the domain has no xenstore")
#define PATIENCE	     (60 * NSEC_PER_SEC)

static bool reads_as(const char *node, const char *expected)
{
	char *value;
	size_t len;
	bool is_equal;

	if (xenstore_read(XS_NONE, "data", node, &value, &len)) {
		return false;
	}
	is_equal = len == strlen(expected) && !strcmp(value, expected);
	heap_free(value);
	return is_equal;
}

KTEST(xenstore_knows_us)
{
	uint64_t domid, target;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_read_number(XS_NONE, "domid", NULL, &domid) == 0);
	KTEST_EXPECT(domid > 0 && domid < 0x7ff0);
	KTEST_EXPECT(xenstore_read_number(XS_NONE, "memory", "target", &target) == 0);
	KTEST_EXPECT(target > 1024);
}

KTEST(xenstore_write_read_rm)
{
	char *value;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t/a", "one") == 0);
	KTEST_EXPECT(reads_as("t/a", "one"));
	KTEST_EXPECT(xenstore_printf(XS_NONE, "data", "t/a", "%u %s", 2u, "two") == 0);
	KTEST_EXPECT(reads_as("t/a", "2 two"));
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t/a", "") == 0);
	KTEST_EXPECT(reads_as("t/a", ""));
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
	KTEST_EXPECT(xenstore_read(XS_NONE, "data", "t/a", &value, NULL) == -ENOENT);
}

KTEST(xenstore_errors_are_the_stores)
{
	char *value;
	char buf[4];
	uint64_t number;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_read(XS_NONE, "data", "missing", &value, NULL) == -ENOENT);
	KTEST_EXPECT(xenstore_read(XS_NONE, "data/bad path", NULL, &value, NULL) == -EINVAL);
	KTEST_EXPECT(xenstore_read(XS_NONE, "data/", "x", &value, NULL) == -EINVAL);
	KTEST_EXPECT(xenstore_write(XS_NONE, "/local/domain/0/name", NULL, "us") == -EACCES);
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", "text") == 0);
	KTEST_EXPECT(xenstore_read_number(XS_NONE, "data", "t", &number) == -EPROTO);
	KTEST_EXPECT(xenstore_read_number_or(XS_NONE, "data", "t", 7) == 7);
	KTEST_EXPECT(xenstore_read_text(XS_NONE, "data", "t", buf, sizeof(buf)) == -ERANGE);
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}

/* A value that fills the message to its last byte travels both ways; one more byte does not leave. */
KTEST(xenstore_largest_message)
{
	const size_t max = XS_WIRE_PAYLOAD_MAX - sizeof("data/t");
	char *value = heap_alloc(max + 2);

	SKIP_WITHOUT_STORE();
	KTEST_REQUIRE(value);
	for (size_t i = 0; i < max; i++) {
		value[i] = (char)('a' + i % 23);
	}
	for (size_t len = 900; len < 1100; len += 41) { /* around the ring's size */
		char kept = value[len];

		value[len] = '\0';
		KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", value) == 0);
		KTEST_EXPECT(reads_as("t", value));
		value[len] = kept;
	}
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", value) == -ENOSPC ||
		reads_as("t", value)); /* a daemon may have a smaller quota */
	value[max] = 'x';
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", value) == -E2BIG);
	KTEST_EXPECT(xenstore_is_up());
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
	heap_free(value);
}

KTEST(xenstore_list)
{
	struct xs_list list;
	size_t offset = 0;
	unsigned seen = 0;
	const char *name;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_mkdir(XS_NONE, "data", "t") == 0);
	KTEST_REQUIRE(xenstore_list(XS_NONE, "data", "t", &list) == 0);
	KTEST_EXPECT(list.count == 0);
	heap_free(list.names);
	for (unsigned i = 0; i < 20; i++) {
		KTEST_EXPECT(xenstore_printf(XS_NONE, "data/t", i % 2 ? "odd" : "even", "x") == 0);
	}
	KTEST_REQUIRE(xenstore_list(XS_NONE, "data", "t", &list) == 0);
	while ((name = xs_wire_next(list.names, list.len, &offset))) {
		seen |= !strcmp(name, "odd") ? 1 : !strcmp(name, "even") ? 2 : 4;
	}
	KTEST_EXPECT(list.count == 2 && seen == 3);
	heap_free(list.names);
	KTEST_EXPECT(xenstore_list(XS_NONE, "data", "missing", &list) == -ENOENT);
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}

KTEST(xenstore_perms)
{
	struct xs_perm perms[4];
	unsigned count = ARRAY_SIZE(perms);
	uint64_t domid;

	SKIP_WITHOUT_STORE();
	KTEST_REQUIRE(xenstore_read_number(XS_NONE, "domid", NULL, &domid) == 0);
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", "") == 0);
	KTEST_REQUIRE(xenstore_get_perms(XS_NONE, "data", "t", perms, &count) == 0);
	KTEST_EXPECT(count >= 1);
	KTEST_EXPECT(perms[0].domain == domid);
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}

/* ---- transactions ----------------------------------------------------- */

KTEST(xenstore_transaction_conflict_is_eagain)
{
	struct xs_tx tx;
	char *value;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", "before") == 0);
	KTEST_REQUIRE(xenstore_begin(&tx) == 0);
	KTEST_REQUIRE(xenstore_read(tx, "data", "t", &value, NULL) == 0);
	heap_free(value);
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", "meanwhile") == 0);
	KTEST_EXPECT(xenstore_write(tx, "data", "t", "mine") == 0);
	KTEST_EXPECT(reads_as("t", "meanwhile"));
	KTEST_EXPECT(xenstore_end(tx, true) == -EAGAIN);
	KTEST_EXPECT(reads_as("t", "meanwhile"));
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}

static int increment(struct xs_tx tx, void *arg)
{
	unsigned *runs = arg;
	uint64_t number;
	int err = xenstore_read_number(tx, "data", "t", &number);

	*runs += 1;
	if (*runs <= 3) { /* somebody else is faster, three times */
		xenstore_printf(XS_NONE, "data", "t", "%lu", (unsigned long)number + 10);
	}
	return err ? err : xenstore_printf(tx, "data", "t", "%lu", (unsigned long)number + 1);
}

KTEST(xenstore_transaction_retries)
{
	unsigned runs = 0;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t", "100") == 0);
	KTEST_EXPECT(xenstore_transaction(increment, &runs) == 0);
	KTEST_EXPECT(runs == 4);
	KTEST_EXPECT(reads_as("t", "131"));
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}

static int write_and_fail(struct xs_tx tx, void *arg)
{
	int err = xenstore_write(tx, "data", "t", "half done");

	return err ? err : -EPERM;
}

KTEST(xenstore_transaction_abandoned_has_no_effect)
{
	char *value;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_transaction(write_and_fail, NULL) == -EPERM);
	KTEST_EXPECT(xenstore_read(XS_NONE, "data", "t", &value, NULL) == -ENOENT);
}

/* ---- watches ---------------------------------------------------------- */

struct watcher {
	struct xs_watch watch;
	volatile unsigned fires;
	char last[64];
	uint64_t value_seen;
	bool gives_up; /* from within */
	volatile bool is_held;
	uint64_t
		nodes_seen; /* t/0 to t/63 of which we were told, one by one or by "look at everything" */
};

static void node_note(struct watcher *w, const char *changed)
{
	uint64_t number;

	if (!strcmp(changed, "data/t")) {
		w->nodes_seen = UINT64_MAX;
	} else if (!str_to_u64(changed + strlen("data/t/"), &number)) {
		w->nodes_seen |= UINT64_C(1) << number % 64;
	}
}

static void watcher_fire(struct xs_watch *watch, const char *changed)
{
	struct watcher *w = watch->arg;

	while (w->is_held) {
		thread_sleep(NSEC_PER_MSEC);
	}
	node_note(w, changed);
	strlcpy(w->last, changed, sizeof(w->last));
	w->value_seen = xenstore_read_number_or(XS_NONE, "data", "t/n", 0);
	if (w->gives_up) {
		xenstore_unwatch(watch);
	}
	w->fires++;
}

static int watcher_start(struct watcher *w)
{
	w->watch = (struct xs_watch){ .path = "data/t", .fire = watcher_fire, .arg = w };
	return xenstore_watch(&w->watch);
}

static void wait_fires(const struct watcher *w, unsigned fires)
{
	nsec_t deadline = clock_now() + PATIENCE;

	while (w->fires < fires && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
}

KTEST(xenstore_watch_fires)
{
	struct watcher w = { .fires = 0 };
	unsigned fires;

	SKIP_WITHOUT_STORE();
	KTEST_EXPECT(xenstore_mkdir(XS_NONE, "data", "t") == 0);
	KTEST_REQUIRE(watcher_start(&w) == 0);
	wait_fires(&w, 1);
	KTEST_EXPECT(w.fires == 1 && !strcmp(w.last, "data/t"));
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t/n", "5") == 0);
	wait_fires(&w, 2);
	KTEST_EXPECT(w.fires == 2 && !strcmp(w.last, "data/t/n") && w.value_seen == 5);
	xenstore_unwatch(&w.watch);
	fires = w.fires;
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
	thread_sleep(50 * NSEC_PER_MSEC);
	KTEST_EXPECT(w.fires == fires);
}

KTEST(xenstore_watch_gives_itself_up)
{
	struct watcher w = { .gives_up = true };

	SKIP_WITHOUT_STORE();
	KTEST_REQUIRE(watcher_start(&w) == 0);
	wait_fires(&w, 1);
	KTEST_EXPECT(xenstore_write(XS_NONE, "data", "t/n", "1") == 0);
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
	thread_sleep(50 * NSEC_PER_MSEC);
	KTEST_EXPECT(w.fires == 1);
}

/* However many events come, and whatever is merged: we are told of each node, and see the last state. */
KTEST(xenstore_watch_flood_loses_nothing)
{
	struct watcher w = { .fires = 0 };
	struct xenstore_stats before, after;
	nsec_t deadline;

	SKIP_WITHOUT_STORE();
	KTEST_REQUIRE(watcher_start(&w) == 0);
	wait_fires(&w, 1);
	w.is_held = true;
	w.nodes_seen = 0;
	xenstore_stats_get(&before);
	for (unsigned i = 0; i < 64; i++) {
		char node[16];

		fmt_print(node, sizeof(node), "t/%u", i);
		KTEST_EXPECT(xenstore_write(XS_NONE, "data", node, "x") == 0);
		KTEST_EXPECT(xenstore_printf(XS_NONE, "data", "t/n", "%u", i + 1) == 0);
	}
	xenstore_stats_get(&after);
	w.is_held = false;
	deadline = clock_now() + PATIENCE;
	while ((w.value_seen != 64 || ~w.nodes_seen) && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(w.value_seen == 64 && w.nodes_seen == UINT64_MAX);
	KTEST_EXPECT(after.watch_merged - before.watch_merged >= XS_WATCH_QUEUE_MAX);
	xenstore_unwatch(&w.watch);
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}

/* ---- many callers ----------------------------------------------------- */

#define CALLERS 8u
#define ROUNDS	25u

struct caller {
	unsigned number;
	unsigned wrong;
	int err;	/* of the last that was wrong */
	uint64_t value; /* that it read */
};

static void caller_run(void *arg)
{
	struct caller *c = arg;
	char node[24];

	fmt_print(node, sizeof(node), "t/caller-%u", c->number);
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned long number = c->number * 1000 + i;
		uint64_t value = 0;
		int err = xenstore_printf(XS_NONE, "data", node, "%lu", number);

		err = err ? err : xenstore_read_number(XS_NONE, "data", node, &value);
		if (err || value != number) {
			c->wrong++;
			c->err = err;
			c->value = value;
		}
	}
}

KTEST(xenstore_many_callers)
{
	struct xenstore_stats before, after;
	struct caller callers[CALLERS];
	struct thread *threads[CALLERS];

	SKIP_WITHOUT_STORE();
	xenstore_stats_get(&before);
	for (unsigned i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .number = i };
		KTEST_REQUIRE(!thread_create(&threads[i], "xs-caller", caller_run, &callers[i]));
	}
	for (unsigned i = 0; i < CALLERS; i++) {
		thread_join(threads[i]);
		if (callers[i].wrong) {
			ktest_verdict(KTEST_FAILURE,
				"caller %u: %u wrong, the last with %d and %lu", i,
				callers[i].wrong, callers[i].err, (unsigned long)callers[i].value);
		}
	}
	xenstore_stats_get(&after);
	KTEST_EXPECT(after.requests - before.requests >= 2 * CALLERS * ROUNDS);
	KTEST_EXPECT(after.stray == before.stray && after.timeouts == before.timeouts);
	KTEST_EXPECT(xenstore_rm(XS_NONE, "data", "t") == 0);
}
