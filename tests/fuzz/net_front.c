/*
 * net_front.c - the network front-end's data path while the back-end writes rings and pages at will.
 *
 * Whatever it does: packets stay within bounds (the address sanitizer sees each as an object of its
 * own), no page is in two requests, none is lost, what is lent stays and comes back once, a store stays while the
 * network or a request has it, what a request names lies within its page, and a device that was said to be broken is left alone.
 */
#include "drivers/front/net_rx.c"
#include "drivers/front/net_store.c"
#include "drivers/front/net_tx.c"

#include "shim.h"

#include <kernel/heap.h>
#include <kernel/page.h>

static struct net_front front;
static struct net_queue *q;
static unsigned breaks, pages_made;

/* A packet, as the network's memory would hold it, or a page that was lent to it, and what follows. */
struct pbuf {
	struct pbuf *next;
	struct net_loan *loan;
	const unsigned char *shown;
	size_t len;
	unsigned char data[];
};

/* Some packets are read later, or never before the queue's end. */
#define KEPT_MAX 8u
static struct pbuf *kept[KEPT_MAX];
static unsigned lent_count;

/* Stores that the network fills and sends from. */
#define HELD_MAX 3u
static struct net_store *held[HELD_MAX];
static unsigned frames_out, grants_out; /* of stores */

/* ---- the back-end --------------------------------------------------------------------------- */

/* Answers that may be right, in part. */
static void answer_tx(struct netif_tx_sring *s)
{
	RING_IDX at = s->rsp_prod;
	uint16_t id = s->ring[at % NET_RING_SIZE].req.id;
	uint8_t how = input_u8();

	s->ring[at % NET_RING_SIZE].rsp.id = how & 1 ? input_u8() : id;
	s->ring[at % NET_RING_SIZE].rsp.status = how & 2 ? (int16_t)input_u32()
		: how & 4				 ? NETIF_RSP_NULL
							 : NETIF_RSP_OKAY;
	s->rsp_prod = at + 1;
}

static void answer_rx(struct netif_rx_sring *s)
{
	RING_IDX at = s->rsp_prod;
	struct netif_rx_response *r = &s->ring[at % NET_RING_SIZE].rsp;
	uint8_t how = input_u8();

	r->id = (uint16_t)(how & 1 ? input_u32() : at % NET_RING_SIZE);
	r->offset = (uint16_t)(how & 2 ? input_u32() : 0);
	r->status = (int16_t)(how & 4 ? (int)input_u32() : how & 16 ? (int)PAGE_SIZE : 1000);
	r->flags = (uint16_t)(how & 8 ? input_u8() : 0);
	s->rsp_prod = at + 1;
}

static void act(void)
{
	struct front_ring_shared *rings[] = { q->tx.shared, q->rx.shared };
	uint8_t what = input_u8();

	switch (what & 7) {
	case 0:
	case 1:
		answer_tx((struct netif_tx_sring *)q->tx.shared);
		break;
	case 2:
	case 3:
	case 4:
		for (unsigned i = 0; i <= (what >> 3) % 20u; i++) {
			answer_rx((struct netif_rx_sring *)q->rx.shared);
		}
		break;
	case 5:
		rings[what >> 3 & 1]->rsp_prod = input_u32();
		break;
	case 6:
		rings[what >> 3 & 1]->req_event = input_u32();
		break;
	default:
		input_bytes((char *)rings[what >> 3 & 1] + sizeof(struct front_ring_shared) +
				(input_u8() * 12u),
			12);
	}
}

/* ---- the kernel's part ----------------------------------------------------------------------- */

int evtchn_send(evtchn_port_t port)
{
	act();
	return 0;
}

int net_page_make(struct net_front *f, bool is_readonly, struct net_page *page)
{
	if (input_u8() == 255) {
		return -ENOMEM;
	}
	page->data = host_page();
	memset(page->data, 0xa5, PAGE_SIZE);
	page->ref.n = 8 + pages_made++;
	return 0;
}

int grant_access(domid_t domid, pfn_t frame, bool is_readonly, gref_t *ref)
{
	REQUIRE(is_readonly);
	if (input_u8() == 255) {
		return -ENOSPC;
	}
	ref->n = 8 + pages_made++;
	grants_out++;
	return 0;
}

int grant_try_end(gref_t ref)
{
	REQUIRE(!gref_is_none(ref));
	if (input_u8() & 1) {
		return -EBUSY;
	}
	grants_out--;
	return 0;
}

void grant_end(gref_t ref, struct page *page)
{
	REQUIRE(!gref_is_none(ref));
	grants_out--;
	page_free(page, 0);
}

/* A store's pages; the first one's owner is their memory. */
struct page *page_alloc(unsigned order)
{
	struct page *pages = input_u8() == 255 ? NULL : host_alloc(sizeof(*pages) << order);

	if (pages) {
		pages->owner = host_alloc((PAGE_SIZE << order) + PAGE_SIZE);
		frames_out += 1u << order;
	}
	return pages;
}

void *page_address(const struct page *page)
{
	return (void *)(((vaddr_t)page->owner + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
}

pfn_t page_pfn(const struct page *page)
{
	return pfn(0);
}

void page_split(struct page *page, unsigned order)
{
	page->link.next = &page->link; /* the first, whose memory goes with the last */
	page->count = (uint16_t)(1u << order);
	for (unsigned i = 0; i < 1u << order; i++) {
		page[i].refs = i;
	}
}

void page_free(struct page *page, unsigned order)
{
	struct page *first = page - page->refs;

	REQUIRE(order == 0);
	frames_out--;
	if (--first->count == 0) {
		host_free(first->owner);
		host_free(first);
	}
}

void page_stats_get(struct page_stats *stats)
{
	*stats = (struct page_stats){ .total = 1024 };
}

void net_front_break(struct net_front *f, const char *what)
{
	REQUIRE(!f->is_broken);
	REQUIRE(what);
	f->is_broken = true;
	breaks++;
}

struct pbuf *net_packet_get(size_t len)
{
	struct pbuf *p;

	REQUIRE(len >= NET_HEADER_LEN && len <= NET_PACKET_MAX);
	p = input_u8() == 255 ? NULL : host_alloc(sizeof(*p) + len);
	if (p) {
		*p = (struct pbuf){ .len = len };
	}
	return p;
}

bool net_packet_may_borrow(const struct pbuf *head)
{
	REQUIRE(head->len == NET_HEAD_LEN);
	return input_u8() & 1;
}

struct pbuf *net_packet_lend(struct net_loan *loan, void *data, size_t len, struct pbuf *rest)
{
	struct pbuf *p = host_alloc(sizeof(*p));

	*p = (struct pbuf){ .next = rest, .loan = loan, .shown = data, .len = len };
	lent_count++;
	return p;
}

void net_packet_join(struct pbuf *head, struct pbuf *rest)
{
	REQUIRE(!head->next && rest);
	head->next = rest;
}

void net_packet_drop(struct pbuf *packet)
{
	for (struct pbuf *p = packet, *next; p; p = next) {
		next = p->next;
		if (p->loan) {
			REQUIRE(!p->len ||
				p->shown[0] + p->shown[p->len - 1] >= 0); /* still there */
			lent_count--;
			p->loan->done(p->loan);
		}
		host_free(p);
	}
}

void net_packet_write(struct pbuf *packet, size_t at, const void *data, size_t len)
{
	REQUIRE(at + len <= packet->len);
	memcpy(packet->data + at, data, len);
}

void net_receive(struct net_device *dev, struct pbuf *packet, bool is_checked)
{
	uint8_t how = input_u8();

	REQUIRE(!front.is_broken);
	if (how & 1) {
		net_packet_drop(kept[how % KEPT_MAX]);
		kept[how % KEPT_MAX] = packet;
	} else {
		net_packet_drop(packet);
	}
}

void net_page_end(struct net_page *page)
{
	host_free(page->data);
	*page = (struct net_page){ .ref = GREF_NONE };
}

void net_frame_copy(const struct net_frame *frame, unsigned at, void *to, unsigned len)
{
	REQUIRE(at + len <= frame->len && len <= PAGE_SIZE);
	memset(to, 0x55, len);
}

/* ---- what must hold --------------------------------------------------------------------------- */

static void check(void)
{
	static uint8_t seen[NET_RING_SIZE];
	unsigned out = 0, posted = 0;

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		out += q->tx_pages[i].is_out;
		posted += q->rx_pages[i].data != NULL;
	}
	REQUIRE(out + q->tx_free_count == NET_RING_SIZE);
	for (unsigned i = 0; i < q->tx_free_count; i++) {
		REQUIRE(q->tx_free[i] < NET_RING_SIZE && !seen[q->tx_free[i]]);
		REQUIRE(!q->tx_pages[q->tx_free[i]].is_out);
		seen[q->tx_free[i]] = 1;
	}
	REQUIRE(posted == q->rx.req_prod - q->rx.rsp_cons && posted <= q->rx_wanted);
	REQUIRE(posted + q->rx_spare_count + q->rx_lent_count <= NET_RING_SIZE + NET_RX_LENT);
	REQUIRE(q->rx_lent_count == lent_count && lent_count <= NET_RX_LENT);
	REQUIRE(q->tx.req_prod - q->tx.rsp_cons <= NET_RING_SIZE);
}

/* X5 */
static void check_stores(void)
{
	unsigned users = 0;

	for (unsigned i = 0; i < HELD_MAX; i++) {
		users += held[i] != NULL;
	}
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		REQUIRE(!q->tx_stores[i] || q->tx_pages[i].is_out);
		users += q->tx_stores[i] != NULL;
	}
	list_for_each(node, &front.stores) {
		users -= list_entry(node, struct net_front_store, link)->users;
	}
	REQUIRE(users == 0);
}

static void begin(void)
{
	static struct xenbus_device dev;

	front = (struct net_front){ .features = { .has_sg = true, .has_multicast = true } };
	front.dev = &dev;
	front.features.is_trusted = input_u8() & 1;
	list_init(&front.stores);
	list_init(&front.stores_free);
	q = host_alloc(sizeof(*q));
	front.queues = q;
	front.queue_count = 1;
	q->front = &front;
	q->rx_wanted = NET_RX_POSTED;
	list_init(&q->rx_lent);
	q->tx_free_count = NET_RING_SIZE;
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		q->tx_free[i] = (uint16_t)i;
	}
	q->tx_page = memset(host_page(), 0, PAGE_SIZE);
	q->rx_page = memset(host_page(), 0, PAGE_SIZE);
	front_ring_init(&q->tx, q->tx_page, NET_RING_SIZE);
	front_ring_init(&q->rx, q->rx_page, NET_RING_SIZE);
	net_rx_fill(q);
}

/* The network lets go of a store before the connection's end or after. */
static void stores_end(void)
{
	bool is_after = input_u8() & 1;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < HELD_MAX && is_after == (pass == 1); i++) {
			if (held[i]) {
				held[i]->put(held[i]);
				held[i] = NULL;
			}
		}
		for (unsigned i = 0; i < NET_RING_SIZE && pass == 0; i++) {
			if (q->tx_stores[i]) {
				net_store_unref(q->tx_stores[i]);
			}
		}
		if (pass == 0) {
			net_stores_forget(&front);
		}
	}
	REQUIRE(!frames_out && !grants_out);
}

static void end(void)
{
	stores_end();
	for (unsigned i = 0; i < KEPT_MAX; i++) {
		net_packet_drop(kept[i]);
		kept[i] = NULL;
	}
	REQUIRE(!lent_count && !list_first(&q->rx_lent));
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		host_free(q->tx_pages[i].data);
		host_free(q->rx_pages[i].data);
	}
	for (unsigned i = 0; i < q->rx_spare_count; i++) {
		host_free(q->rx_spare[i].data);
	}
	host_free(q->tx_page);
	host_free(q->rx_page);
	host_free(q);
}

static void store_act(uint8_t what)
{
	struct net_store **at = &held[what % HELD_MAX];

	if (*at) {
		(*at)->put(*at);
		*at = NULL;
	} else if (!front.is_broken) {
		*at = net_store_get(&front);
		REQUIRE(!*at || front.features.is_trusted); /* X4 */
	}
	if (*at) {
		(*at)->data[0] = (*at)->data[NET_STORE_LEN - 1] = (char)what;
	}
}

/* Requests that make up `len` bytes, each of them within its page. */
static void check_sent(RING_IDX from, unsigned len)
{
	const struct netif_tx_sring *s = (struct netif_tx_sring *)q->tx.shared;
	unsigned rest = 0;

	for (RING_IDX at = from; at != q->tx.req_prod; at++) {
		const struct netif_tx_request *r = &s->ring[at % NET_RING_SIZE].req;

		REQUIRE(r->offset < PAGE_SIZE && q->tx_pages[r->id].is_out);
		if (at != from) {
			REQUIRE(r->offset + r->size <= PAGE_SIZE);
			rest += r->size;
		}
		REQUIRE(!!(r->flags & NETTXF_more_data) ==
			(at + 1 + !!(r->flags & NETTXF_extra_info) != q->tx.req_prod));
		at += r->flags & NETTXF_extra_info ? 1 : 0;
	}
	if (from != q->tx.req_prod) {
		const struct netif_tx_request *first = &s->ring[from % NET_RING_SIZE].req;

		REQUIRE(first->size == len && rest < len);
		REQUIRE(first->offset + (len - rest) <= PAGE_SIZE);
	}
}

/* Headers and then pieces, of a store or not. */
static void send_one(void)
{
	static const char elsewhere[NET_STORE_LEN];
	static struct net_frame f;
	uint8_t what = input_u8();
	RING_IDX before = q->tx.req_prod;
	unsigned most = (what & 4 ? PAGE_SIZE : NET_STORE_LEN);

	f = (struct net_frame){ .pieces[0] = { elsewhere, 54, NULL }, .piece_count = 1, .len = 54 };
	for (unsigned i = 0; i < (what >> 3) % 12u; i++) {
		struct net_store *store = held[input_u8() % HELD_MAX];
		unsigned at = input_u32() % NET_STORE_LEN;
		unsigned len = 1 + (input_u32() % MIN(most, NET_STORE_LEN - at));

		f.pieces[f.piece_count++] =
			(struct net_piece){ (store ? store->data : elsewhere) + at, len, store };
		f.len += len;
	}
	f.csum_start = what & 1 ? 34 : 0;
	f.gso_size = what & 2 ? 1448 : 0;
	(void)net_tx(q, &f);
	check_sent(before, f.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[NET_MAC_LEN] = { 1, 0, 0x5e };

	input_set(data, size);
	begin();
	while (input_left() && !front.is_broken) {
		uint8_t what = input_u8();

		act();
		switch (what % 7) {
		case 0:
			REQUIRE(net_rx(q, 1 + what / 7u) <= 1 + what / 7u);
			break;
		case 1:
			send_one();
			break;
		case 2:
			net_tx_push(q);
			break;
		case 3:
			(void)net_tx_reap(q);
			break;
		case 4:
			net_tx_multicast(q, mac, what & 1);
			break;
		case 5:
			store_act(what / 7u);
			break;
		default:
			(void)net_rx_rearm(q);
		}
		check();
		check_stores();
	}
	end();
	return 0;
}
