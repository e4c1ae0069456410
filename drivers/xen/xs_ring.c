/*
 * xs_ring.c - bytes to and from the store: two rings in one shared page (public io/xs_wire.h).
 *
 * We own req_prod and rsp_cons. The other two indices are the store's word: more
 * in a ring than it holds ends the connection, for good, with one line.
 *
 * Invariants:
 *   N1  Bytes are in the ring before the index that covers them is (release);
 *       bytes are read after the index that covers them was (acquire).
 *   N2  An index of the store's is read once per decision: between two readings it
 *       may move.
 *   N3  A message is written whole or not at all; if the store stops taking one, or
 *       giving one, in the middle, the connection is dead.
 */
#include "xs-client.h"

#include <arch/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <xen/io/xs_wire.h>

static struct wait_queue moved = WAIT_QUEUE_INIT(moved); /* an index of the store's */
static bool is_dead = true;
static XENSTORE_RING_IDX req_cons_seen; /* the event handler's */

static struct xenstore_domain_interface *ring(void)
{
	return xen_platform.store_ring;
}

void xs_ring_kill(const char *why)
{
	if (!__atomic_exchange_n(&is_dead, true, __ATOMIC_SEQ_CST)) {
		log_err("xenstore: %s; connection given up", why);
		wait_wake_all(&moved);
	}
}

bool xs_ring_is_dead(void)
{
	return READ_ONCE(is_dead);
}

/* Bytes that wait between two indices; 0 and a dead connection for nonsense. */
static size_t distance(XENSTORE_RING_IDX from, XENSTORE_RING_IDX to)
{
	size_t len = to - from;

	if (len > XENSTORE_RING_SIZE) {
		xs_ring_kill("the store's ring indices make no sense");
		return 0;
	}
	return len;
}

static size_t room(void)
{
	struct xenstore_domain_interface *r = ring();

	return XENSTORE_RING_SIZE -
		distance(__atomic_load_n(&r->req_cons, __ATOMIC_ACQUIRE), r->req_prod);
}

static size_t waiting(void)
{
	struct xenstore_domain_interface *r = ring();

	return distance(r->rsp_cons, __atomic_load_n(&r->rsp_prod, __ATOMIC_ACQUIRE));
}

static void notify(void)
{
	evtchn_send(xen_platform.store_port);
}

/* Copy what fits before the ring's end; the bytes copied. */
static size_t put_some(const char *data, size_t len)
{
	struct xenstore_domain_interface *r = ring();
	XENSTORE_RING_IDX at = r->req_prod;
	size_t start = MASK_XENSTORE_IDX(at), free = room(); /* N2 */

	len = MIN(len, MIN(free, XENSTORE_RING_SIZE - start));
	memcpy(r->req + start, data, len);
	__atomic_store_n(&r->req_prod, at + (XENSTORE_RING_IDX)len, __ATOMIC_RELEASE);
	return len;
}

static size_t get_some(char *data, size_t len)
{
	struct xenstore_domain_interface *r = ring();
	XENSTORE_RING_IDX at = r->rsp_cons;
	size_t start = MASK_XENSTORE_IDX(at), there = waiting(); /* N2 */

	len = MIN(len, MIN(there, XENSTORE_RING_SIZE - start));
	memcpy(data, r->rsp + start, len);
	__atomic_store_n(&r->rsp_cons, at + (XENSTORE_RING_IDX)len, __ATOMIC_RELEASE);
	/* Only a store that found the ring full waits for room; it set its index before it looked at ours. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (distance(at, READ_ONCE(r->rsp_prod)) == XENSTORE_RING_SIZE) {
		notify();
	}
	return len;
}

/*
 * Until the store made room, or gave something, or the connection is dead; false when it did nothing in time. All may have
 * stood still meanwhile, a paused domain for hours: who finds the deadline over gives the store a last chance.
 */
static bool wait_for(size_t (*there)(void), nsec_t deadline)
{
	bool is_over = false;

	while (!wait_until(&moved, xs_ring_is_dead() || there(), deadline)) {
		if (is_over) {
			return false;
		}
		is_over = true;
		deadline = clock_now() + XENSTORE_LAST_CHANCE;
	}
	return true;
}

static int put_all(const char *data, size_t len, nsec_t deadline)
{
	while (len) {
		size_t done = xs_ring_is_dead() ? 0 : put_some(data, len);

		data += done;
		len -= done;
		if (len && !done) {
			notify();
			if (!wait_for(room, deadline)) {
				return -ETIMEDOUT;
			}
		}
		if (xs_ring_is_dead()) {
			return -EIO;
		}
	}
	return 0;
}

int xs_ring_write(const struct xs_part *parts, unsigned count, nsec_t deadline)
{
	if (!wait_for(room, deadline)) {
		return -ETIMEDOUT;
	}
	for (unsigned i = 0; i < count; i++) {
		int err = put_all(parts[i].data, parts[i].len, deadline);

		if (err == -ETIMEDOUT) {
			xs_ring_kill("the store stopped in the middle of a request"); /* N3 */
			err = -EIO;
		}
		if (err) {
			return err;
		}
	}
	notify();
	return 0;
}

bool xs_ring_has_more(void)
{
	return waiting();
}

bool xs_ring_wait(void)
{
	wait_for(waiting, WAIT_FOREVER);
	return !xs_ring_is_dead();
}

int xs_ring_read(void *data, size_t len, nsec_t deadline)
{
	char *to = data;

	while (len) {
		size_t done;

		if (!wait_for(waiting, deadline)) {
			xs_ring_kill("the store stopped in the middle of a message"); /* N3 */
		}
		if (xs_ring_is_dead()) {
			return -EIO;
		}
		done = get_some(to, len);
		to += done;
		len -= done;
	}
	return 0;
}

/* An event brought work if the store took or gave something. */
static bool store_event(evtchn_port_t port, void *arg)
{
	struct xenstore_domain_interface *r = ring();
	XENSTORE_RING_IDX cons = READ_ONCE(r->req_cons);
	bool took = cons != req_cons_seen;
	bool gave = READ_ONCE(r->rsp_prod) != READ_ONCE(r->rsp_cons);

	if (xs_ring_is_dead()) {
		return false; /* nobody listens: such events are throttled */
	}
	req_cons_seen = cons;
	if (took || gave) {
		wait_wake_all(&moved);
	}
	return took || gave;
}

static int port_take(void)
{
	struct evtchn_handler handler = {
		.handle = store_event, .name = "xenstore", .rebinds = true
	};
	int err;

	req_cons_seen = ring()->req_cons;
	err = evtchn_adopt(xen_platform.store_port, handler);
	if (!err) {
		WRITE_ONCE(is_dead, false);
		evtchn_unmask(xen_platform.store_port);
	}
	return err;
}

int xs_ring_init(void)
{
	return xen_platform.store_ring ? port_take() : -ENODEV;
}

int xs_ring_resume(void)
{
	struct xenstore_domain_interface *r = ring();

	__atomic_store_n(&r->rsp_cons, READ_ONCE(r->rsp_prod), __ATOMIC_RELEASE);
	return port_take();
}
