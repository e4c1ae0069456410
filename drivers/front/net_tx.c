/*
 * net_tx.c - sending (public io/netif.h, "This is the 'wire' format for transmit").
 *
 * A frame takes one request for each page it stands in and, if it is to be cut into segments, one slot
 * of extra information after the first. The first request's size is the whole frame's. What stands in a store is sent
 * from there, the rest is copied; all is, if that makes too many requests. Sent pages are taken back when room is needed, and whoever found none is told by an event.
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

static void number_put(struct net_queue *q, uint16_t id)
{
	if (q->tx_stores[id]) {
		net_store_unref(q->tx_stores[id]);
		q->tx_stores[id] = NULL;
	}
	q->tx_pages[id].is_out = false;
	q->tx_free[q->tx_free_count++] = id;
}

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
	number_put(q, id);
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

/* ---- numbers, pages, extra information ------------------------------------------------------- */

/* Of a request that is not out. */
static int number_get(struct net_queue *q)
{
	uint16_t id = q->tx_free[--q->tx_free_count];

	q->tx_pages[id].is_out = true;
	return id;
}

/* With its page, granted. Negative: memory or grants are out. */
static int page_get(struct net_queue *q)
{
	struct net_page *page = &q->tx_pages[q->tx_free[q->tx_free_count - 1]];

	if (!page->data && net_page_make(q->front, true, page)) {
		return -ENOMEM;
	}
	return number_get(q);
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

/* ---- which requests ------------------------------------------------------------------------- */

/* Bytes of a store's page where they are, or the frame's from `at` on, to be copied to a page of ours. */
struct slot {
	struct net_front_store *store; /* NULL: copied */
	const char *data;	       /* the store's */
	unsigned at, len;
};

/* X1: of one frame at a time. */
static struct slot slots[NET_SLOTS_MAX];
static unsigned slot_count;

/* Bytes of what is left of a piece, as many as one slot takes; 0: there are too many. */
static unsigned slot_add(
	struct net_front_store *store, const char *data, unsigned at, unsigned len, unsigned max)
{
	struct slot *last = slot_count > 0 ? &slots[slot_count - 1] : NULL;

	if (!store && last && !last->store && last->len < PAGE_SIZE) {
		len = (unsigned)MIN(len, PAGE_SIZE - last->len);
		last->len += len;
		return len;
	}
	if (slot_count == max) {
		return 0;
	}
	len = (unsigned)MIN(len, PAGE_SIZE - (store ? (vaddr_t)data % PAGE_SIZE : 0));
	slots[slot_count++] = (struct slot){ store, data, at, len };
	return len;
}

/* False: it would be more than `max`. */
static bool slots_plan(const struct net_front *front, const struct net_frame *frame, unsigned max)
{
	unsigned at = 0;

	slot_count = 0;
	for (unsigned i = 0; i < frame->piece_count; i++) {
		const struct net_piece *piece = &frame->pieces[i];
		struct net_front_store *store = net_store_of(front, piece);

		for (unsigned done = 0, part; done < piece->len; done += part, at += part) {
			part = slot_add(store, (const char *)piece->data + done, at,
				piece->len - done, max);
			if (part == 0) {
				return false;
			}
		}
	}
	return true;
}

static bool slots_plan_copied(const struct net_frame *frame, unsigned max)
{
	slot_count = 0;
	for (unsigned at = 0; at < frame->len; at += PAGE_SIZE) {
		if (slot_count == max) {
			return false;
		}
		slots[slot_count++] =
			(struct slot){ .at = at, .len = (unsigned)MIN(frame->len - at, PAGE_SIZE) };
	}
	return true;
}

/* How many the ring has to have for the frame; 0: that cannot be sent. Of little a copy costs less than a request. */
static unsigned slots_find(const struct net_queue *q, const struct net_frame *frame)
{
	unsigned extras = frame->gso_size ? 1 : 0, max = NET_SLOTS_MAX - extras;
	bool can = frame->len <= NET_PACKET_MAX &&
		((frame->len > PAGE_SIZE && slots_plan(q->front, frame, max)) ||
			slots_plan_copied(frame, max));

	return can && (slot_count == 1 || q->front->features.has_sg) ? slot_count + extras : 0;
}

/* ---- putting in ----------------------------------------------------------------------------- */

/* The number of a request, with the page that it is to name. Negative: memory or grants are out. */
static int slot_fill(struct net_queue *q, const struct net_frame *frame, const struct slot *slot)
{
	int id = slot->store ? number_get(q) : page_get(q);

	if (id >= 0 && slot->store) {
		q->tx_stores[id] = slot->store;
		slot->store->users++;
	} else if (id >= 0) {
		net_frame_copy(frame, slot->at, q->tx_pages[id].data, slot->len);
	}
	return id;
}

/* All pages first: after that nothing can fail. */
static bool slots_fill(
	struct net_queue *q, const struct net_frame *frame, uint16_t ids[NET_SLOTS_MAX])
{
	for (unsigned i = 0; i < slot_count; i++) {
		int id = slot_fill(q, frame, &slots[i]);

		if (id < 0) {
			while (i > 0) {
				number_put(q, ids[--i]);
			}
			return false;
		}
		ids[i] = (uint16_t)id;
	}
	return true;
}

static void requests_put(struct net_queue *q, const struct net_frame *frame, const uint16_t *ids)
{
	for (unsigned i = 0; i < slot_count; i++) {
		struct netif_tx_request r = { .id = ids[i] };
		const struct slot *slot = &slots[i];

		if (slot->store) {
			size_t offset = (size_t)(slot->data - slot->store->store.data);

			r.gref = slot->store->refs[offset / PAGE_SIZE].n;
			r.offset = (uint16_t)(offset % PAGE_SIZE);
		} else {
			r.gref = q->tx_pages[ids[i]].ref.n;
		}
		r.size = (uint16_t)(i == 0 ? frame->len : slot->len);
		r.flags = i + 1 < slot_count ? NETTXF_more_data : 0;
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
static bool room_make(struct net_queue *q, unsigned count)
{
	if (front_ring_free(&q->tx) >= count && q->tx_free_count >= count) {
		return true;
	}
	net_tx_push(q);
	WRITE_ONCE(q->is_full, true);
	(void)net_tx_reap(q);
	return !q->is_full && front_ring_free(&q->tx) >= count && q->tx_free_count >= count;
}

bool net_tx(struct net_queue *q, const struct net_frame *frame)
{
	unsigned needed = slots_find(q, frame);
	uint16_t ids[NET_SLOTS_MAX];

	if (needed == 0) {
		q->front->device.sent.dropped++;
		return true;
	}
	if (!room_make(q, needed)) {
		return q->front->is_broken;
	}
	if (!slots_fill(q, frame, ids)) {
		q->front->device.sent.dropped++;
		return true;
	}
	requests_put(q, frame, ids);
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
