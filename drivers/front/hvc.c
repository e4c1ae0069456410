/*
 * hvc.c - the data path of consoles beyond the first: the same two byte rings in a page, this time a page of ours that
 * is granted to the back-end.
 *
 * Nobody waits here: what does not fit stays with the terminal, whose writers wait, and what is not taken stays in
 * the ring, so that the other side waits. The event's handler only has the terminals look; all is done by
 * threads, reading by one, writing by one at a time (O2 of kernel/tty/port.c).
 *
 * Invariants: H1 and H2 of hvc-front.h, N1 of console.c.
 */
#include "hvc-front.h"

#include <kernel/string.h>
#include "console-ring.h"

void hvc_ring_init(struct hvc *hvc, struct xencons_interface *ring)
{
	hvc->ring = ring;
	hvc->in_cons = hvc->out_prod = 0;
	hvc->in_seen = hvc->out_seen = 0;
	hvc->is_broken = false;
}

/* A port that is being closed, or was, has nobody to tell. */
static void notify(const struct hvc *hvc)
{
	(void)evtchn_send(READ_ONCE(hvc->port));
}

/* H2: bytes between two indices, one of which is theirs; -1 when the console is broken. */
static int distance(struct hvc *hvc, XENCONS_RING_IDX from, XENCONS_RING_IDX to, size_t size)
{
	int len = READ_ONCE(hvc->is_broken) ? -1 : console_ring_distance(from, to, size);

	if (len < 0 && !__atomic_exchange_n(&hvc->is_broken, true, __ATOMIC_RELAXED)) {
		hvc_break(hvc);
	}
	return len;
}

static size_t hvc_read(void *driver, char *buf, size_t size)
{
	struct hvc *hvc = driver;
	struct xencons_interface *r = hvc->ring;
	XENCONS_RING_IDX at = hvc->in_cons;
	int have = distance(
		hvc, at, __atomic_load_n(&r->in_prod, __ATOMIC_ACQUIRE), sizeof(r->in)); /* N1 */
	size_t len = MIN((size_t)MAX(have, 0), size);

	for (size_t i = 0; i < len; i++) {
		buf[i] = READ_ONCE(r->in[MASK_XENCONS_IDX(at + i, r->in)]);
	}
	if (len) {
		WRITE_ONCE(hvc->in_cons, at + len);
		__atomic_store_n(&r->in_cons, at + len, __ATOMIC_RELEASE); /* N1 */
		notify(hvc);
	}
	return len;
}

static size_t hvc_room(void *driver)
{
	struct hvc *hvc = driver;
	struct xencons_interface *r = hvc->ring;
	int used = distance(hvc, __atomic_load_n(&r->out_cons, __ATOMIC_ACQUIRE), hvc->out_prod,
		sizeof(r->out));

	return used < 0 ? 0 : sizeof(r->out) - (size_t)used;
}

static void hvc_write(void *driver, const char *text, size_t len)
{
	struct hvc *hvc = driver;
	struct xencons_interface *r = hvc->ring;
	XENCONS_RING_IDX at = hvc->out_prod;

	if (!len || READ_ONCE(hvc->is_broken)) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		r->out[MASK_XENCONS_IDX(at + i, r->out)] = text[i];
	}
	WRITE_ONCE(hvc->out_prod, at + len);
	__atomic_store_n(&r->out_prod, at + len, __ATOMIC_RELEASE); /* N1 */
	notify(hvc);
}

const struct tty_port_ops hvc_ops = {
	.read = hvc_read,
	.write = hvc_write,
	.room = hvc_room,
};

/* Work is what brings an index further. */
bool hvc_event(evtchn_port_t port, void *arg)
{
	struct hvc *hvc = arg;
	struct xencons_interface *r = hvc->ring;
	bool any = console_ring_has_come(
		&hvc->out_seen, READ_ONCE(r->out_cons), READ_ONCE(hvc->out_prod));

	any |= console_ring_has_come(&hvc->in_seen, READ_ONCE(r->in_prod),
		READ_ONCE(hvc->in_cons) + (XENCONS_RING_IDX)sizeof(r->in));
	tty_port_notice();
	return any;
}
