/*
 * console.c - the console's data path: two byte rings in one shared page (public
 * io/console.h).
 *
 * Indices run freely and are reduced when used. We own out_prod and in_cons; the
 * other two are the other side's word and are checked at each use: more in a
 * ring than it holds breaks the console for good, and the kernel goes on without.
 *
 * A full ring means waiting for the daemon. The wait is bounded: patience is WAIT_TIME, what is waited is taken
 * from it, and each byte that the daemon takes restores a ring's share of it; so a daemon that takes now and then
 * a byte cannot hold the machine up for longer than one that takes none. When it has come to its end the
 * console is stalled: output is dropped and counted, without waiting, until there is room again.
 *
 * Nothing can be said about the console while the log writes to it. A stall and a broken ring are noted, and
 * console_ring_trouble() has the set-up look at them as soon as interrupts are let in.
 *
 * Writes come from the log, one at a time, interrupts masked; reads from the
 * event handler only.
 *
 * Invariants:
 *   N1  Bytes are in the ring before the index that covers them is (release);
 *       bytes are read after the index that covers them was (acquire).
 *   N2  An index of the other side is read once per decision.
 *   N3  The other side is told of output once: until it has taken what it was told of, more goes untold.
 *       When it has taken something it tells us, and then it is told of what is left, if anything is. So
 *       lines written in a row cost one hypercall, not one each. A daemon that does not say what it
 *       took is told again with what is written TELL_AGAIN later.
 */
#include "console-ring.h"

#include <arch/clock.h>
#include <drivers/front/console.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/platform.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <xen/io/console.h>

/* For a ring's worth of output: long enough for a dom0 that is busy. */
#define WAIT_TIME  (10 * NSEC_PER_SEC)
#define PAIR_TRIES 16u
#define NAP_TIME   (1 * NSEC_PER_MSEC)

#define TELL_AGAIN (100 * NSEC_PER_MSEC)

static struct console_stats stats;
static bool is_stalled;
static bool is_stall_told;   /* to the set-up; the next one after the ring was empty */
static bool is_stall_unsaid; /* the set-up has not yet asked */
static nsec_t patience = WAIT_TIME;
static int64_t taken_count; /* of stats.written, what has restored patience */
static uint64_t lost_told;  /* of stats.lost, what the reader of the console knows of */
static XENCONS_RING_IDX drained_to;
static XENCONS_RING_IDX told_to; /* N3; by whoever writes, and the event's handler on its CPU */
static nsec_t told_at;

/* The port moves its mapping during boot. */
static struct xencons_interface *ring(void)
{
	return xen_platform.console_ring;
}

void console_ring_notify(void)
{
	evtchn_send(xen_platform.console_port);
}

bool console_ring_is_broken(void)
{
	return READ_ONCE(stats.is_broken);
}

void console_front_stats(struct console_stats *out)
{
	*out = stats;
}

bool console_ring_has_stalled(void)
{
	return __atomic_exchange_n(&is_stall_unsaid, false, __ATOMIC_RELAXED);
}

static void broken_note(void)
{
	if (!stats.is_broken) {
		WRITE_ONCE(stats.is_broken, true);
		console_ring_trouble();
	}
}

static void stall_note(void)
{
	is_stalled = true;
	if (!is_stall_told && !stats.is_broken) {
		is_stall_told = true;
		WRITE_ONCE(is_stall_unsaid, true);
		console_ring_trouble();
	}
}

/*
 * The index that is ours and the other side's. Who has not the log's lock may see another CPU move ours between the two, and
 * would take the pair for a lie. (The other side can move it too: this is tried a few times.)
 */
static XENCONS_RING_IDX __noinline pair_read(
	const XENCONS_RING_IDX *ours, const XENCONS_RING_IDX *theirs, XENCONS_RING_IDX *their_value)
{
	XENCONS_RING_IDX before;
	unsigned tries = 0;

	do {
		before = __atomic_load_n(ours, __ATOMIC_ACQUIRE);
		*their_value = __atomic_load_n(theirs, __ATOMIC_ACQUIRE);
	} while (READ_ONCE(*ours) != before && ++tries < PAIR_TRIES);
	return before;
}

/* Bytes between two indices, or a broken console and 0. */
static size_t __noinline distance(XENCONS_RING_IDX from, XENCONS_RING_IDX to, size_t size)
{
	int len = console_ring_distance(from, to, size);

	if (len < 0) {
		broken_note();
		return 0;
	}
	return (size_t)len;
}

/* ---- out -------------------------------------------------------------- */

/* Whoever takes the same bytes twice has earned nothing by the second time. */
static void patience_restore(size_t used)
{
	int64_t taken = (int64_t)(stats.written - used);

	if (taken > taken_count) {
		nsec_t earned = (nsec_t)(taken - taken_count) * (WAIT_TIME / CONSOLE_RING_OUT_LEN);

		patience = MIN(patience + earned, WAIT_TIME);
		taken_count = taken;
	}
}

/* Bytes that the other side has not taken. */
static size_t out_used(struct xencons_interface *r)
{
	XENCONS_RING_IDX taken, put = pair_read(&r->out_prod, &r->out_cons, &taken);
	size_t used = distance(taken, put, sizeof(r->out));

	patience_restore(used);
	is_stall_told = is_stall_told && used;
	return used;
}

/* N3. The index that covers what was written is out before theirs is read: they look after that, or we see that they did. */
static bool out_is_told(struct xencons_interface *r)
{
	XENCONS_RING_IDX awaited;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	awaited = READ_ONCE(told_to) - READ_ONCE(r->out_cons);
	return awaited - 1 < sizeof(r->out) && clock_now() - READ_ONCE(told_at) < TELL_AGAIN;
}

void console_ring_tell(void)
{
	struct xencons_interface *r = ring();

	if (!stats.is_broken && out_used(r) && !out_is_told(r)) {
		WRITE_ONCE(told_to, r->out_prod);
		WRITE_ONCE(told_at, clock_now());
		console_ring_notify();
	}
}

/* Who writes looks at what was typed as well: a lie there is found though no event tells of it. */
static void in_check(struct xencons_interface *r)
{
	XENCONS_RING_IDX typed, read = pair_read(&r->in_cons, &r->in_prod, &typed);

	(void)distance(read, typed, sizeof(r->in));
}

/* Wait until at most `most` bytes are left in the ring; false when that did not happen in time. */
static bool out_wait(struct xencons_interface *r, size_t most)
{
	nsec_t began, deadline, now;

	if (out_used(r) <= most) {
		return true;
	}
	console_ring_notify();
	began = now = clock_now();
	deadline = began + patience;
	patience = 0;
	while (!stats.is_broken && out_used(r) > most) {
		if (now >= deadline) {
			return false;
		}
		evtchn_poll(xen_platform.console_port, now + NAP_TIME);
		now = clock_now();
		in_check(r);
	}
	patience = MIN(patience + (now < deadline ? deadline - now : 0), WAIT_TIME);
	return !stats.is_broken;
}

/* Room for one byte, waiting for it unless waiting is known to be in vain. */
static bool out_has_room(struct xencons_interface *r)
{
	size_t most = sizeof(r->out) - 1;

	if (out_used(r) <= most) {
		is_stalled = false;
	} else if (!is_stalled && !out_wait(r, most)) {
		stall_note();
	}
	return !is_stalled && !stats.is_broken;
}

static bool out_put(struct xencons_interface *r, char c)
{
	XENCONS_RING_IDX at = r->out_prod;

	if (!out_has_room(r)) {
		stats.lost++;
		return false;
	}
	r->out[MASK_XENCONS_IDX(at, r->out)] = c;
	__atomic_store_n(&r->out_prod, at + 1, __ATOMIC_RELEASE); /* N1 */
	stats.written++;
	return true;
}

static void out_text(struct xencons_interface *r, const char *text, size_t len, enum log_form form)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && form == LOG_TEXT) {
			out_put(r, '\r');
		}
		out_put(r, text[i]);
	}
}

static void lost_tell(struct xencons_interface *r)
{
	char line[64];

	if (stats.lost != lost_told && out_has_room(r)) {
		fmt_print(line, sizeof(line), "\n[console: %lu bytes lost]\n",
			(unsigned long)(stats.lost - lost_told));
		lost_told = stats.lost;
		out_text(r, line, strlen(line), LOG_TEXT);
	}
}

static void console_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	struct xencons_interface *r = ring();

	in_check(r);
	if (stats.is_broken) {
		stats.lost += len;
		return;
	}
	lost_tell(r);
	out_text(r, text, len, form);
	console_ring_tell();
}

static void console_drain(struct log_sink *sink)
{
	if (!stats.is_broken) {
		out_wait(ring(), 0);
	}
}

bool console_ring_has_drained(void)
{
	struct xencons_interface *r = ring();

	return console_ring_has_come(
		&drained_to, __atomic_load_n(&r->out_cons, __ATOMIC_ACQUIRE), r->out_prod);
}

void console_ring_restart(void)
{
	drained_to = told_to = READ_ONCE(ring()->out_cons);
	is_stalled = false;
}

void console_front_early(void)
{
	static struct log_sink sink = { .write = console_write, .drain = console_drain };

	if (xen_platform.console_ring) {
		drained_to = told_to = ring()->out_prod;
		log_sink_add(&sink);
	}
}

/* ---- in --------------------------------------------------------------- */

size_t console_ring_read(char *buf, size_t size)
{
	struct xencons_interface *r = ring();
	XENCONS_RING_IDX at = r->in_cons;
	size_t len = distance(at, __atomic_load_n(&r->in_prod, __ATOMIC_ACQUIRE), sizeof(r->in));

	if (stats.is_broken) {
		return 0;
	}
	len = MIN(len, size);
	for (size_t i = 0; i < len; i++) {
		buf[i] = READ_ONCE(r->in[MASK_XENCONS_IDX(at + i, r->in)]);
	}
	__atomic_store_n(&r->in_cons, at + len, __ATOMIC_RELEASE); /* N1 */
	stats.read += len;
	return len;
}
