/*
 * net_rx.c - receiving (public io/netif.h, "This is the 'wire' format for receive").
 *
 * Pages wait in the ring; the back-end fills them in order, and answers in order, so a response
 * at a position is about the page that was posted there. A packet is one response or several
 * (more_data), with slots of extra information after the first. What is looked at is copied first. Of TCP's
 * large packets the pages themselves are lent to the network, which copies them once, to whoever
 * reads (kernel/inet/loan.c), and another page is posted.
 */
#include "net-front.h"

#include <kernel/heap.h>
#include <kernel/string.h>

/* A packet's responses, as they were read (X2). */
struct packet {
	unsigned slots; /* of the ring, extra information included */
	unsigned count; /* pages with data */
	unsigned len;
	uint16_t first_flags;
	bool has_error; /* the back-end says so: nothing to be delivered */
	struct {
		unsigned position, offset, len;
	} parts[NET_SLOTS_MAX];
};

static union netif_rx_sring_entry *slot_at(const struct net_queue *q, RING_IDX position)
{
	struct netif_rx_sring *shared = (struct netif_rx_sring *)q->rx.shared;

	return &shared->ring[position % NET_RING_SIZE];
}

/* ---- reading -------------------------------------------------------------------------------- */

static const char *part_read(struct packet *p, RING_IDX position, const struct netif_rx_response *r)
{
	if (r->id != position % NET_RING_SIZE) {
		return "a response out of order";
	}
	if (p->count == NET_SLOTS_MAX) {
		return "a packet of too many pages";
	}
	if (r->status < 0) {
		p->has_error = true;
		return NULL;
	}
	if (r->offset > PAGE_SIZE || (unsigned)r->status > PAGE_SIZE - r->offset) {
		return "a packet beyond its page";
	}
	p->parts[p->count].position = position % NET_RING_SIZE;
	p->parts[p->count].offset = r->offset;
	p->parts[p->count].len = (unsigned)r->status;
	p->count++;
	p->len += (unsigned)r->status;
	return NULL;
}

/* Extra information: kinds that we do not ask for, and room before the data (XDP), are passed over. */
static const char *extras_read(struct net_queue *q, struct packet *p, unsigned waiting)
{
	struct netif_extra_info info;
	unsigned count = 0;

	do {
		if (p->slots == waiting || count++ == XEN_NETIF_EXTRA_TYPE_MAX) {
			return "extra information without end";
		}
		memcpy(&info, slot_at(q, q->rx.rsp_cons + p->slots), sizeof(info));
		barrier();
		p->slots++;
		/* The last is XDP's, which later headers know. */
		if (info.type == XEN_NETIF_EXTRA_TYPE_NONE ||
			info.type > XEN_NETIF_EXTRA_TYPE_MAX) {
			return "extra information of no kind";
		}
		if (info.type == XEN_NETIF_EXTRA_TYPE_GSO && !info.u.gso.size) {
			return "segments of no size";
		}
	} while (info.flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return NULL;
}

/* NULL and a whole packet, or with p->slots 0 none yet; else what is wrong. */
static const char *packet_read(struct net_queue *q, struct packet *p, unsigned waiting)
{
	struct netif_rx_response r;
	const char *wrong;

	p->slots = p->count = p->len = 0;
	p->has_error = false;
	do {
		RING_IDX position = q->rx.rsp_cons + p->slots;
		bool is_first = p->slots == 0;

		if (p->slots == waiting) { /* the rest is still to come */
			p->slots = 0;
			return NULL;
		}
		memcpy(&r, slot_at(q, position), sizeof(r));
		barrier();
		p->slots++;
		wrong = part_read(p, position, &r);
		if (is_first) {
			p->first_flags = r.flags;
		}
		if (!wrong && is_first && r.flags & NETRXF_extra_info) {
			wrong = extras_read(q, p, waiting);
		}
	} while (!wrong && r.flags & NETRXF_more_data);
	if (!wrong && p->len > NET_PACKET_MAX) {
		wrong = "a packet larger than any";
	}
	return wrong;
}

/* ---- delivering ----------------------------------------------------------------------------- */

static char *part_data(struct net_queue *q, const struct packet *p, unsigned i)
{
	return (char *)q->rx_pages[p->parts[i].position].data + p->parts[i].offset;
}

static struct pbuf *packet_copy(struct net_queue *q, const struct packet *p)
{
	struct pbuf *copy = net_packet_get(p->len);
	unsigned at = 0;

	for (unsigned i = 0; copy && i < p->count; i++) {
		net_packet_write(copy, at, part_data(q, p, i), p->parts[i].len);
		at += p->parts[i].len;
	}
	return copy;
}

/* The network is done with a page: as good as one that was never lent. */
static void lent_done(struct net_loan *loan)
{
	struct net_lent *lent = container_of(loan, struct net_lent, loan);
	struct net_queue *q = lent->queue;

	if (q) {
		list_remove(&lent->link);
		q->rx_lent_count--;
		q->rx_spare[q->rx_spare_count++] = lent->page;
	} else {
		net_page_end(&lent->page);
	}
	heap_free(lent);
}

/* Memory for each page of the packet: false, and none, when it is out. */
static bool lent_make(struct net_lent **lent, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		lent[i] = heap_alloc_unfilled(sizeof(*lent[i]));
		if (!lent[i]) {
			while (i > 0) {
				heap_free(lent[--i]);
			}
			return false;
		}
	}
	return true;
}

/* The part's bytes from `skip` on, in front of `rest`; its position has no page then. */
static struct pbuf *part_lend(struct net_queue *q, const struct packet *p, unsigned i,
	struct net_lent *lent, struct pbuf *rest)
{
	unsigned skip = i == 0 ? NET_HEAD_LEN : 0;
	char *data = part_data(q, p, i) + skip;
	struct net_page *page = &q->rx_pages[p->parts[i].position];

	lent->loan.done = lent_done;
	lent->page = *page;
	lent->queue = q;
	lent->link = (struct list){ 0 };
	list_push_back(&q->rx_lent, &lent->link);
	q->rx_lent_count++;
	*page = (struct net_page){ .ref = GREF_NONE };
	return net_packet_lend(&lent->loan, data, p->parts[i].len - skip, rest);
}

/* Whether its pages are full enough to be held, and not too many are. */
static bool is_lendable(const struct net_queue *q, const struct packet *p)
{
	return p->parts[0].len > NET_HEAD_LEN && p->len / p->count >= PAGE_SIZE / 2 &&
		q->rx_lent_count + p->count <= NET_RX_LENT;
}

/* The head copied, the pages lent, from the last to the first. NULL: it is none of TCP's, or no memory, and nothing happened. */
static struct pbuf *packet_lend(struct net_queue *q, const struct packet *p)
{
	struct net_lent *lent[NET_SLOTS_MAX];
	struct pbuf *head = net_packet_get(NET_HEAD_LEN), *rest = NULL;

	if (!head) {
		return NULL;
	}
	net_packet_write(head, 0, part_data(q, p, 0), NET_HEAD_LEN);
	if (!net_packet_may_borrow(head) || !lent_make(lent, p->count)) {
		net_packet_drop(head);
		return NULL;
	}
	for (unsigned i = p->count; i-- > 0;) {
		rest = part_lend(q, p, i, lent[i], rest);
	}
	net_packet_join(head, rest);
	return head;
}

static void packet_deliver(struct net_queue *q, const struct packet *p)
{
	struct net_device *device = &q->front->device;
	bool is_checked = p->first_flags & (NETRXF_csum_blank | NETRXF_data_validated);
	struct pbuf *packet;

	if (p->has_error || p->len < NET_HEADER_LEN) {
		device->received.errors++;
		return;
	}
	packet = is_lendable(q, p) ? packet_lend(q, p) : NULL;
	if (!packet) {
		packet = packet_copy(q, p);
	}
	if (!packet) {
		device->received.dropped++;
		return;
	}
	net_receive(device, packet, is_checked);
}

/* The pages of the next `count` positions are ours again, but those that were lent. */
static void pages_spare(struct net_queue *q, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct net_page *page = &q->rx_pages[q->rx.rsp_cons++ % NET_RING_SIZE];

		if (page->data) {
			q->rx_spare[q->rx_spare_count++] = *page;
		}
		*page = (struct net_page){ .ref = GREF_NONE };
	}
}

unsigned net_rx(struct net_queue *q, unsigned budget)
{
	static struct packet p; /* X1 */
	unsigned done = 0;

	q->rx_partial = 0;
	while (done < budget && !q->front->is_broken) {
		int waiting = front_ring_waiting(&q->rx);
		const char *wrong = waiting < 0 ? "a response index out of bounds" : NULL;

		if (waiting == 0) {
			break;
		}
		if (!wrong) {
			wrong = packet_read(q, &p, (unsigned)waiting);
		}
		if (wrong) {
			net_front_break(q->front, wrong);
			break;
		}
		if (p.slots == 0) {
			q->rx_partial = (unsigned)waiting;
			break;
		}
		packet_deliver(q, &p);
		pages_spare(q, p.slots);
		done++;
		if (done % 16 == 0) {
			net_rx_fill(q);
		}
	}
	if (!q->front->is_broken) {
		net_rx_fill(q);
	}
	return done;
}

/* ---- posting -------------------------------------------------------------------------------- */

/* A page whose packet was taken, or a new one. */
static bool spare_get(struct net_queue *q, struct net_page *page)
{
	if (q->rx_spare_count > 0) {
		*page = q->rx_spare[--q->rx_spare_count];
		return true;
	}
	return !net_page_make(q->front, false, page);
}

void net_rx_fill(struct net_queue *q)
{
	RING_IDX before = q->rx.req_prod;

	while (q->rx.req_prod - q->rx.rsp_cons < q->rx_wanted) {
		unsigned position = q->rx.req_prod % NET_RING_SIZE;
		struct netif_rx_request r = { .id = (uint16_t)position };

		if (!spare_get(q, &q->rx_pages[position])) {
			break;
		}
		r.gref = q->rx_pages[position].ref.n;
		slot_at(q, q->rx.req_prod)->req = r;
		q->rx.req_prod++;
	}
	if (q->rx.req_prod != before && front_ring_push(&q->rx)) {
		(void)evtchn_send(q->rx_port);
		if (before) { /* the back-end waited for pages */
			q->rx_wanted = NET_RING_SIZE;
		}
	}
}

bool net_rx_rearm(struct net_queue *q)
{
	RING_IDX seen = q->rx.rsp_cons + q->rx_partial;

	WRITE_ONCE(q->rx.shared->rsp_event, seen + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return READ_ONCE(q->rx.shared->rsp_prod) != seen;
}
