/*
 * store.c - the store daemon's side of the ring, and the ways it can misbehave.
 *
 * Bytes are taken from the request ring as they come and put together; answers
 * and watch events go into one outgoing stream that is moved into the ring as
 * far as there is room, `chunk` bytes at a time if the test wants them split.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "options.h"
#include "store.h"

static struct xenstore_domain_interface *ring;
static uint32_t port;
static bool stopped, corrupt;
static unsigned chunk;

static uint8_t in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
static size_t in_len;
static uint8_t *out;
static size_t out_len, out_room;

static enum model_store_fault fault;
static unsigned fault_count;
static unsigned long requests;

static void out_add(const void *bytes, size_t len)
{
	if (out_len + len > out_room) {
		out_room = (out_len + len) * 2;
		out = realloc(out, out_room);
		if (!out) {
			host_die("model: store output");
		}
	}
	memcpy(out + out_len, bytes, len);
	out_len += len;
}

static void message(uint32_t type, uint32_t req_id, uint32_t tx_id, const void *payload, size_t len)
{
	struct xsd_sockmsg m = {
		.type = type, .req_id = req_id, .tx_id = tx_id, .len = (uint32_t)len
	};

	out_add(&m, sizeof(m));
	out_add(payload, len);
}

void store_event(const char *path, const char *token)
{
	char payload[1300];
	size_t n = strlen(path) + 1;

	memcpy(payload, path, n);
	memcpy(payload + n, token, strlen(token) + 1);
	message(XS_WATCH_EVENT, 0, 0, payload, n + strlen(token) + 1);
}

/* ---- misbehaving ------------------------------------------------------------- */

static void faulty_reply(
	const struct xsd_sockmsg *q, uint32_t type, const void *payload, size_t len)
{
	static const uint8_t binary[] = { 'a', 0, 0xff, 'b', 0, '\n', 0x80 };
	struct xsd_sockmsg m = { .type = type, .req_id = q->req_id, .tx_id = q->tx_id };

	switch (fault) {
	case MODEL_STORE_WRONG_ID:
		message(type, q->req_id + 77777, q->tx_id, "intruder", 8);
		message(type, q->req_id, q->tx_id, payload, len);
		break;
	case MODEL_STORE_WRONG_TYPE:
		message(type == XS_READ ? XS_DIRECTORY : XS_READ, q->req_id, q->tx_id, payload,
			len);
		break;
	case MODEL_STORE_TOO_LONG:
		m.len = 0x10000;
		out_add(&m, sizeof(m));
		break;
	case MODEL_STORE_HALF:
		m.type = type;
		m.len = (uint32_t)len + 1;
		out_add(&m, sizeof(m));
		out_add(payload, len);
		break;
	case MODEL_STORE_BAD_INDEX:
	case MODEL_STORE_BAD_CONSUMER:
		corrupt = true;
		break;
	case MODEL_STORE_NO_NUL:
		message(XS_ERROR, q->req_id, q->tx_id, "ENOENT", 6);
		break;
	case MODEL_STORE_UNKNOWN_ERROR:
		message(XS_ERROR, q->req_id, q->tx_id, "EFUNNY", 7);
		break;
	case MODEL_STORE_BAD_WATCH:
		message(XS_WATCH_EVENT, 0, 0, "no token", 8);
		message(type, q->req_id, q->tx_id, payload, len);
		break;
	case MODEL_STORE_STRAY_WATCH:
		store_event("/local/domain/7/stray", "ffffffffdeadbeef");
		store_event("/local/domain/7/stray", "not a number");
		message(type, q->req_id, q->tx_id, payload, len);
		break;
	case MODEL_STORE_BINARY:
		message(type, q->req_id, q->tx_id, binary, sizeof(binary));
		break;
	case MODEL_STORE_EMPTY:
		message(type, q->req_id, q->tx_id, "", 0);
		break;
	default:
		break; /* silent */
	}
}

void store_reply(const struct xsd_sockmsg *request, uint32_t type, const void *payload, size_t len)
{
	if (fault != MODEL_STORE_OK && fault_count) {
		fault_count--;
		faulty_reply(request, type, payload, len);
	} else {
		message(type, request->req_id, request->tx_id, payload, len);
	}
}

static void indices_corrupt(void)
{
	if (fault == MODEL_STORE_BAD_INDEX) {
		ring->rsp_prod = ring->rsp_cons + XENSTORE_RING_SIZE + 123;
	} else {
		ring->req_cons = ring->req_prod + 5;
	}
	evtchn_raise(port);
	stopped = true;
}

/* ---- the ring ------------------------------------------------------------------ */

static bool take_bytes(void)
{
	uint32_t cons = ring->req_cons, prod = __atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE);
	unsigned moved = 0;

	if (prod - cons > XENSTORE_RING_SIZE) {
		violation(
			"xenstore: the guest's request producer %u is %u ahead", prod, prod - cons);
	}
	while (cons != prod && in_len < sizeof(in) - 1 && (!chunk || moved < chunk)) {
		in[in_len++] = (uint8_t)ring->req[MASK_XENSTORE_IDX(cons++)];
		moved++;
	}
	__atomic_store_n(&ring->req_cons, cons, __ATOMIC_RELEASE);
	return moved;
}

static void requests_run(void)
{
	struct xsd_sockmsg m;

	while (in_len >= sizeof(m)) {
		memcpy(&m, in, sizeof(m));
		if (m.len > XENSTORE_PAYLOAD_MAX) {
			violation("xenstore: the guest sends a request of %u bytes", m.len);
		}
		if (in_len < sizeof(m) + m.len) {
			return;
		}
		uint8_t payload[XENSTORE_PAYLOAD_MAX + 1];

		memcpy(payload, in + sizeof(m), m.len);
		payload[m.len] = '\0';
		in_len -= sizeof(m) + m.len;
		memmove(in, in + sizeof(m) + m.len, in_len);
		requests++;
		store_request(&m, (char *)payload, m.len);
	}
}

static bool give_bytes(void)
{
	uint32_t prod = ring->rsp_prod, cons = __atomic_load_n(&ring->rsp_cons, __ATOMIC_ACQUIRE);
	size_t n = 0;

	if (prod - cons > XENSTORE_RING_SIZE) {
		violation("xenstore: the guest's response consumer %u is %u ahead", cons,
			cons - prod);
	}
	while (n < out_len && prod - cons < XENSTORE_RING_SIZE && (!chunk || n < chunk)) {
		ring->rsp[MASK_XENSTORE_IDX(prod++)] = (char)out[n++];
	}
	__atomic_store_n(&ring->rsp_prod, prod, __ATOMIC_RELEASE);
	if (n) {
		out_len -= n;
		memmove(out, out + n, out_len);
	}
	return n;
}

void store_step(void)
{
	bool moved = false;

	if (stopped || !ring) {
		return;
	}
	moved |= take_bytes();
	requests_run();
	moved |= give_bytes();
	if (corrupt) {
		corrupt = false;
		indices_corrupt();
	} else if (moved) {
		evtchn_raise(port);
	}
}

/* What was on its way to the guest is cut off where it was. */
void store_restore(void)
{
	in_len = out_len = 0;
	ring->req_cons = ring->req_prod;
	watches_reset();
	store_ops_reset();
	port = evtchn_bind_static(REMOTE_DOMID, NULL);
	model_start.store_port = port;
}

void store_reset(const struct model_options *o)
{
	uint32_t start = random_u32();

	(void)o;
	ring = frame_memory(model_start.mfn_list[model_start.store_pfn]);
	/* Nobody promised that the indices begin at 0. */
	ring->req_cons = ring->req_prod = start;
	ring->rsp_cons = ring->rsp_prod = start * 3;
	tree_init(&store);
	tree_set(&store, STORE_HOME "/name", "guest", 5);
	tree_set(&store, STORE_HOME "/domid", "7", 1);
	tree_set(&store, STORE_HOME "/memory/target", "16384", 5);
	store_restore();
}

void model_store_fault(enum model_store_fault f, unsigned count)
{
	fault = f;
	fault_count = count;
}

void model_store_chunk(unsigned bytes)
{
	chunk = bytes;
}

unsigned long model_store_requests(void)
{
	return requests;
}

void *model_store_ring(void)
{
	return ring;
}

void model_store_stop(bool is_stopped)
{
	stopped = is_stopped;
}
