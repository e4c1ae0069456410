/*
 * net_tx.c - sending (public io/netif.h, "This is the 'wire' format for transmit").
 *
 * A frame takes one request for each page of it and, if it is to be cut into segments, one slot
 * of extra information after the first. The first request's size is the whole frame's. Sent
 * pages are taken back when room is needed, and whoever found none is told by an event.
 */
#include "net-front.h"

#include <kernel/string.h>

/* Slots are published together: the back-end looks at them as one packet. */
static union netif_tx_sring_entry *slot_next(struct net_queue *q)
{
	struct netif_tx_sring *shared = (struct netif_tx_sring *)q->tx.shared;

	return &shared->ring[q->tx.req_prod++ % NET_RING_SIZE];
}

/* ---- taking back ---------------------------------------------------------------------------- */

/* X2: NULL, or what is wrong. */
static const char *response_take(struct net_queue *q, uint16_t id, int16_t status)
{
	if (status == NETIF_RSP_NULL) { /* answers extra information, and names nobody */
		if (q->tx_extras == 0) {
			return "an answer to nothing";
		}
		q->tx_extras--;
		return NULL;
	}
	if (id >= NET_RING_SIZE || !q->tx_pages[id].is_out) {
		return "an answer to what was not sent";
	}
	if (status != NETIF_RSP_OKAY && status != NETIF_RSP_ERROR && status != NETIF_RSP_DROPPED) {
		return "an unknown status";
	}
	if (status == NETIF_RSP_ERROR) {
		q->front->device.sent.errors++;
	}
	q->tx_pages[id].is_out = false;
	q->tx_free[q->tx_free_count++] = id;
	return NULL;
}

static void responses_take(struct net_queue *q)
{
	const struct netif_tx_sring *shared = (const struct netif_tx_sring *)q->tx.shared;
	int waiting = front_ring_waiting(&q->tx);
	const char *wrong = waiting < 0 ? "a response index out of bounds" : NULL;

	while (!wrong && waiting-- > 0) {
		const struct netif_tx_response *r =
			&shared->ring[q->tx.rsp_cons % NET_RING_SIZE].rsp;
		uint16_t id = READ_ONCE(r->id);
		int16_t status = READ_ONCE(r->status);

		q->tx.rsp_cons++;
		wrong = response_take(q, id, status);
	}
	if (wrong) {
		net_front_break(q->front, wrong);
	}
}

bool net_tx_reap(struct net_queue *q)
{
	bool was_full = q->is_full;

	if (q->front->is_broken) {
		return false;
	}
	responses_take(q);
	if (q->is_full && front_ring_free(&q->tx) >= NET_SLOTS_MAX + 1) {
		WRITE_ONCE(q->is_full, false);
	}
	if (!q->front->is_broken && q->is_full && front_ring_rearm(&q->tx)) {
		responses_take(q);
		WRITE_ONCE(q->is_full, front_ring_free(&q->tx) < NET_SLOTS_MAX + 1);
	}
	return was_full && !q->is_full && !q->front->is_broken;
}

/* ---- putting in ----------------------------------------------------------------------------- */

/* A page that is free, granted. Negative: memory or grants are out. */
static int page_get(struct net_queue *q)
{
	uint16_t id = q->tx_free[q->tx_free_count - 1];
	struct net_page *page = &q->tx_pages[id];

	if (!page->data && net_page_make(q->front, true, page)) {
		return -ENOMEM;
	}
	page->is_out = true;
	q->tx_free_count--;
	return id;
}

static void page_put(struct net_queue *q, unsigned id)
{
	q->tx_pages[id].is_out = false;
	q->tx_free[q->tx_free_count++] = (uint16_t)id;
}

static void extra_put(struct net_queue *q, const struct netif_extra_info *info)
{
	/* The slots are of one size; the union does not say so. */
	memcpy(slot_next(q), info, sizeof(*info));
	q->tx_extras++;
}
_Static_assert(sizeof(struct netif_extra_info) <= sizeof(union netif_tx_sring_entry),
	"io/netif.h: extra information fits a slot");

static void gso_put(struct net_queue *q, const struct net_frame *frame)
{
	struct netif_extra_info info = { .type = XEN_NETIF_EXTRA_TYPE_GSO };

	info.u.gso.size = (uint16_t)frame->gso_size;
	info.u.gso.type = frame->is_ipv6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4;
	extra_put(q, &info);
}

static unsigned slots_of(const struct net_frame *frame)
{
	return DIV_ROUND_UP(frame->len, PAGE_SIZE) + (frame->gso_size ? 1 : 0);
}

/* All pages first: after that nothing can fail. */
static int pages_fill(
	struct net_queue *q, const struct net_frame *frame, uint16_t ids[NET_SLOTS_MAX])
{
	unsigned count = 0;

	for (unsigned at = 0; at < frame->len; at += PAGE_SIZE) {
		int id = page_get(q);

		if (id < 0) {
			while (count > 0) {
				page_put(q, ids[--count]);
			}
			return id;
		}
		net_frame_copy(
			frame, at, q->tx_pages[id].data, (unsigned)MIN(frame->len - at, PAGE_SIZE));
		ids[count++] = (uint16_t)id;
	}
	return (int)count;
}

static void requests_put(
	struct net_queue *q, const struct net_frame *frame, const uint16_t *ids, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct netif_tx_request r = { .gref = q->tx_pages[ids[i]].ref.n, .id = ids[i] };

		r.size = (uint16_t)(i == 0 ? frame->len
					   : MIN(frame->len - i * PAGE_SIZE, PAGE_SIZE));
		r.flags = i + 1 < count ? NETTXF_more_data : 0;
		if (i == 0 && frame->csum_start) {
			r.flags |= NETTXF_csum_blank | NETTXF_data_validated;
		}
		if (i == 0 && frame->gso_size) {
			r.flags |= NETTXF_extra_info;
		}
		slot_next(q)->req = r;
		if (r.flags & NETTXF_extra_info) {
			gso_put(q, frame);
		}
	}
	q->has_unpushed = true;
}

/* False, and an event will tell when it is otherwise. */
static bool room_make(struct net_queue *q, unsigned slots)
{
	if (front_ring_free(&q->tx) >= slots && q->tx_free_count >= slots) {
		return true;
	}
	net_tx_push(q);
	WRITE_ONCE(q->is_full, true);
	(void)net_tx_reap(q);
	return !q->is_full && front_ring_free(&q->tx) >= slots && q->tx_free_count >= slots;
}

bool net_tx(struct net_queue *q, const struct net_frame *frame)
{
	unsigned slots = slots_of(frame);
	uint16_t ids[NET_SLOTS_MAX];
	int count;

	if (slots > NET_SLOTS_MAX || frame->len > NET_PACKET_MAX ||
		(slots > 1 && !q->front->features.has_sg)) {
		q->front->device.sent.dropped++;
		return true;
	}
	if (!room_make(q, slots)) {
		return q->front->is_broken;
	}
	count = pages_fill(q, frame, ids);
	if (count < 0) {
		q->front->device.sent.dropped++;
		return true;
	}
	requests_put(q, frame, ids, (unsigned)count);
	return true;
}

void net_tx_push(struct net_queue *q)
{
	if (q->has_unpushed) {
		q->has_unpushed = false;
		if (front_ring_push(&q->tx)) {
			(void)evtchn_send(q->tx_port);
		}
	}
}

/* Addresses to receive are told in a request that sends nothing. */
void net_tx_multicast(struct net_queue *q, const uint8_t mac[NET_MAC_LEN], bool on)
{
	struct netif_extra_info info = { .type = on ? XEN_NETIF_EXTRA_TYPE_MCAST_ADD
						    : XEN_NETIF_EXTRA_TYPE_MCAST_DEL };
	struct netif_tx_request r = { .flags = NETTXF_extra_info };
	int id;

	if (!room_make(q, 2)) {
		return;
	}
	id = page_get(q);
	if (id < 0) {
		return;
	}
	memcpy(info.u.mcast.addr, mac, NET_MAC_LEN);
	r.gref = q->tx_pages[id].ref.n;
	r.id = (uint16_t)id;
	slot_next(q)->req = r;
	extra_put(q, &info);
	q->has_unpushed = true;
}
