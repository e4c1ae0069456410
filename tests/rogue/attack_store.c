/*
 * attack_store.c - xenstored's end of the store's ring. The guest is made to ask by an event of its watch of
 * control/sysrq: it looks whether there is something, begins a transaction, reads the node, empties it and ends
 * the transaction.
 */
#include "rogue.h"

#include <stdio.h>
#include <string.h>
#include <xen/grant_table.h>
#include <xen/io/xs_wire.h>

#define PORT "store/port"

struct message {
	struct xsd_sockmsg header;
	char body[XENSTORE_PAYLOAD_MAX + 1];
};

static volatile struct xenstore_domain_interface *ring;
static char event[64]; /* the payload of the watch's events */
static uint32_t event_len;

/* ---- the ring --------------------------------------------------------------------------------- */

static void put(const void *data, size_t len)
{
	const char *bytes = data;

	for (unsigned waited = 0; len; waited++) {
		size_t room = XENSTORE_RING_SIZE - (ring->rsp_prod - ring->rsp_cons);

		if (waited == 1500) {
			give_up("the guest takes nothing");
		}
		for (size_t n = room < len ? room : len; n; n--, len--) {
			ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod)] = *bytes++;
			wmb();
			ring->rsp_prod++;
		}
		daemon_notify();
		if (len) {
			nap(10);
		}
	}
}

static void say_of(uint32_t type, uint32_t id, const void *body, uint32_t there, uint32_t len)
{
	struct message m = { .header = { .type = type, .req_id = id, .len = len } };

	memcpy(m.body, body, there);
	put(&m, sizeof(m.header) + there);
}

static void say(uint32_t type, uint32_t id, const void *body, uint32_t len)
{
	say_of(type, id, body, len, len);
}

static void get(void *data, size_t len)
{
	char *bytes = data;

	for (unsigned waited = 0; len; waited++) {
		if (waited == 1500) {
			give_up("the guest asks nothing");
		}
		for (; len && ring->req_cons != ring->req_prod; len--) {
			*bytes++ = ring->req[MASK_XENSTORE_IDX(ring->req_cons)];
			ring->req_cons++;
		}
		if (len) {
			nap(10);
		}
	}
	daemon_notify();
}

static struct message *take(void)
{
	static struct message m;

	get(&m.header, sizeof(m.header));
	if (m.header.len > XENSTORE_PAYLOAD_MAX) {
		give_up("the guest asks with %u bytes", m.header.len);
	}
	get(m.body, m.header.len);
	m.body[m.header.len] = '\0';
	return &m;
}

/* ---- in xenstored's place ------------------------------------------------------------------------ */

/* An honest answer to the part of the question that is up; true when it was the last. */
static bool answer(const struct message *m)
{
	switch (m->header.type) {
	case XS_TRANSACTION_START:
		say(XS_TRANSACTION_START, m->header.req_id, "5", 2);
		break;
	case XS_READ:
		say(XS_READ, m->header.req_id, "8", 1);
		break;
	default:
		say(m->header.type, m->header.req_id, "OK", 3);
		break;
	}
	return m->header.type == XS_TRANSACTION_END;
}

static void fire(void)
{
	say(XS_WATCH_EVENT, 0, event, event_len);
}

/* What xenstored writes from a position on; the guest may not have taken it. */
static void peek(XENSTORE_RING_IDX from, void *to, uint32_t len)
{
	for (unsigned i = 0; ring->rsp_prod - from < len; i++) {
		if (i == 750) {
			give_up("xenstored writes nothing");
		}
		nap(20);
	}
	for (uint32_t i = 0; i < len; i++) {
		((char *)to)[i] = ring->rsp[MASK_XENSTORE_IDX(from + i)];
	}
}

/* What the watch's events look like is seen in the ring, while the guest stands still. */
static void event_learn(void)
{
	struct xsd_sockmsg header;
	XENSTORE_RING_IDX from;
	char node[64];

	snprintf(node, sizeof(node), "/local/domain/%u/control", domid);
	guest_pause();
	ring = grant_map(GNTTAB_RESERVED_XENSTORE);
	from = ring->rsp_prod;
	node_write(node, "sysrq", "7");
	peek(from, &header, sizeof(header));
	if (header.type != XS_WATCH_EVENT || header.len > sizeof(event)) {
		give_up("xenstored does not write an event");
	}
	peek(from + sizeof(header), event, header.len);
	event_len = header.len;
	guest_unpause();
	guest_has_heard(15000);
}

/* Of what stands in the ring nothing is left. */
static bool is_quiet(void)
{
	return ring->req_cons == ring->req_prod && ring->rsp_cons == ring->rsp_prod;
}

/*
 * It is known what events look like, and xenstored stands still when it owes the guest nothing: the rest of an exchange
 * would come when it goes on, in the middle of what was written here. While the guest is paused it does not begin another; and xenstored, which does one thing after the
 * other, has written all that it had for the guest before it answers our second question.
 */
static void store_replace(void)
{
	event_learn();
	for (unsigned i = 0;; i++) {
		if (i == 300) {
			give_up("the guest and xenstored find no end");
		}
		nap(50);
		guest_pause();
		if (is_quiet() && guest_has_heard(0) && guest_has_heard(0) && is_quiet()) {
			break;
		}
		guest_unpause();
	}
	ring = daemon_replace("xenstored", PORT, GNTTAB_RESERVED_XENSTORE);
	guest_unpause();
}

/* xenstored stands still; the guest has asked for a transaction, and waits. */
static struct message *asked(void)
{
	struct message *m;

	store_replace();
	fire();
	for (m = take(); m->header.type != XS_TRANSACTION_START; m = take()) {
		answer(m);
	}
	return m;
}

/* Until the guest is done with what it asks; then it is asked by xenstored. */
static void serve_and_leave(struct message *m)
{
	while (!answer(m)) {
		m = take();
	}
	nap(50);
	daemon_continue();
	if (!guest_hears(15000)) {
		give_up("the guest does not hear of the store any more");
	}
}

/* The guest gives up what it asked: it does not ask on. */
static void leave(void)
{
	nap(50);
	daemon_continue();
	if (!guest_hears(15000)) {
		give_up("the guest does not hear of the store any more");
	}
}

/* ---- what it has to endure ---------------------------------------------------------------------------- */

ATTACK(strays, "store replies that nobody asked for", "")
{
	struct message *m = asked();

	say(XS_READ, m->header.req_id + 1000, "intruder", 8);
	say(XS_ERROR, 0xffffffff, "ENOENT", 7);
	say(XS_ERROR, m->header.req_id - 1, "no end", 6);
	say(12345, 77, "", 0);
	answer(m);
	answer(m);
	serve_and_leave(take());
}

/* To the first question, whatever it is. */
static void reply_is(uint32_t type, const char *text, uint32_t len)
{
	struct message *m = asked();

	say(type, m->header.req_id, text, len);
	leave();
}

ATTACK(wrong_type, "store reply of another type", "control: sysrq: EIO")
{
	reply_is(XS_DIRECTORY, "5", 2);
}

ATTACK(unknown_error, "store error without a meaning", "control: sysrq: EIO")
{
	reply_is(XS_ERROR, "EFUNNY", 7);
}

ATTACK(endless_error, "store error without an end", "control: sysrq: EACCES")
{
	reply_is(XS_ERROR, "EACCES", 6);
}

ATTACK(transaction_huge, "store transaction beyond numbers", "control: sysrq: EPROTO")
{
	reply_is(XS_TRANSACTION_START, "99999999999999999999999", 24);
}

ATTACK(transaction_none, "store transaction without a number", "control: sysrq: EPROTO")
{
	reply_is(XS_TRANSACTION_START, "", 0);
}

/* Four thousand bytes, and with zeros among them. */
static void value_is(const char *value, uint32_t len)
{
	struct message *m = asked();

	while (m->header.type != XS_READ) {
		answer(m);
		m = take();
	}
	say(XS_READ, m->header.req_id, value, len);
	serve_and_leave(take());
}

ATTACK(value_zeros, "store value with zeros", "c crash; not 8")
{
	value_is("8\0\377b\0\n\200", 7);
}

ATTACK(value_long, "store value of four thousand bytes", "control: sysrq: ERANGE")
{
	static char value[XENSTORE_PAYLOAD_MAX];

	memset(value, 'b', sizeof(value));
	value_is(value, sizeof(value));
}

ATTACK(always_again, "store transaction that has to be repeated for ever", "control: sysrq: EAGAIN")
{
	struct message *m = asked();
	unsigned ends = 0;

	for (; ends < 16; m = ends < 16 ? take() : m) {
		if (m->header.type == XS_TRANSACTION_END) {
			say(XS_ERROR, m->header.req_id, "EAGAIN", 7);
			ends++;
		} else {
			answer(m);
		}
	}
	leave();
}

ATTACK(odd_events, "store events that no watch asked for", "")
{
	struct message *m = asked();

	say(XS_WATCH_EVENT, 0,
		"device\0"
		"999999",
		14);
	say(XS_WATCH_EVENT, 0,
		"device\0"
		"99999999999999999999999",
		31);
	say(XS_WATCH_EVENT, 0,
		"device\0"
		"not a token",
		19);
	say(XS_WATCH_EVENT, 0, "\0", 2);
	serve_and_leave(m);
}

/* More than the guest can look at; then it is asked once more. */
ATTACK(event_storm, "store event storm", "")
{
	store_replace();
	for (unsigned i = 0; i < 2000; i++) {
		fire();
	}
	daemon_storm();
	serve_and_leave(take());
}

/* ---- what ends it -------------------------------------------------------------------------------------- */

/* The guest, which waits for an answer, is told that there will be none. */
static void given_up(void)
{
	daemon_notify();
	nap(300);
}

ATTACK(producer_ahead, "store producer overrun",
	"the store's ring indices make no sense; connection given up")
{
	asked();
	ring->rsp_prod = ring->rsp_cons + XENSTORE_RING_SIZE + 1;
	given_up();
}

ATTACK(producer_back, "store producer goes back",
	"the store's ring indices make no sense; connection given up")
{
	asked();
	ring->rsp_prod = ring->rsp_cons - 1;
	given_up();
}

/* It is seen by who writes: the guest goes on to its next question. */
ATTACK(consumer, "store consumer overrun",
	"the store's ring indices make no sense; connection given up")
{
	struct message *m = asked();

	ring->req_cons = ring->req_prod + 1;
	answer(m);
	given_up();
}

ATTACK(long_message, "store message beyond the protocol",
	"a message longer than the protocol allows; connection given up")
{
	struct message *m = asked();

	say_of(XS_TRANSACTION_START, m->header.req_id, "5", 2, 0xffffffff);
	given_up();
}

ATTACK(half_message, "store message that ends in the middle",
	"the store stopped in the middle of a message; connection given up")
{
	struct message *m = asked();

	say_of(XS_TRANSACTION_START, m->header.req_id, "5", 2, 3);
	nap(14000);
	given_up();
}

ATTACK(bare_event, "store event without a path",
	"a watch event without path and token; connection given up")
{
	asked();
	say(XS_WATCH_EVENT, 0, "no end", 6);
	given_up();
}

ATTACK(page_changed, "store page changed under the reader",
	"the store's ring indices make no sense; connection given up")
{
	asked();
	for (unsigned i = 0; i < 100; i++) {
		scribble((void *)&ring->req_cons, 4 * sizeof(ring->req_cons));
		daemon_notify();
	}
	given_up();
}
