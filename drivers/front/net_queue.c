/* net_queue.c - a queue of the network front-end: its pages, grants and event channels. */
#include "net-front.h"

#include <kernel/heap.h>
#include <kernel/page.h>
#include <kernel/string.h>

_Static_assert(__CONST_RING_SIZE(netif_tx, PAGE_SIZE) == NET_RING_SIZE, "io/netif.h: tx ring");
_Static_assert(__CONST_RING_SIZE(netif_rx, PAGE_SIZE) == NET_RING_SIZE, "io/netif.h: rx ring");

int net_page_make(struct net_front *front, bool is_readonly, struct net_page *page)
{
	int err;

	page->data = page_alloc_zeroed();
	if (!page->data) {
		return -ENOMEM;
	}
	err = grant_access(
		front->dev->backend_id, virt_to_pfn(page->data), is_readonly, &page->ref);
	if (err) {
		page_free(page_of(virt_to_pfn(page->data)), 0);
		page->data = NULL;
	}
	return err;
}

/* The page is free when the other end really let go. */
void net_page_end(struct net_page *page)
{
	if (page->data && gref_is_none(page->ref)) {
		page_free(page_of(virt_to_pfn(page->data)), 0);
	} else if (page->data) {
		grant_end(page->ref, page_of(virt_to_pfn(page->data)));
	}
	*page = (struct net_page){ .ref = GREF_NONE };
}

/*
 * X1. Useful is an event that brought responses that were not seen yet (those of half a packet were), or room
 * that somebody waits for. What is judged while poll() runs is looked at once more by poll() itself.
 */
static bool queue_event(evtchn_port_t port, void *arg)
{
	struct net_queue *q = arg;
	bool is_useful = front_ring_waiting(&q->rx) != (int)READ_ONCE(q->rx_partial) ||
		(READ_ONCE(q->is_full) && front_ring_waiting(&q->tx) != 0);

	is_useful = is_useful && !READ_ONCE(q->front->is_broken); /* X3 */
	if (is_useful) {
		net_poll_wanted(&q->front->device);
	}
	return is_useful;
}

static int port_open(struct net_queue *q, evtchn_port_t *port)
{
	struct evtchn_handler handler = { .handle = queue_event, .arg = q, .name = "vif" };
	int result = evtchn_alloc_unbound(q->front->dev->backend_id, handler);

	if (result > 0) {
		*port = (evtchn_port_t)result;
	}
	return MIN(result, 0);
}

static int ring_make(struct net_queue *q, struct front_ring *ring, void **page, gref_t *ref)
{
	struct net_page made = { 0 };
	int err = net_page_make(q->front, false, &made);

	if (!err) {
		*page = made.data;
		*ref = made.ref;
		front_ring_init(ring, made.data, NET_RING_SIZE);
	}
	return err;
}

int net_queue_create(struct net_queue *q, struct net_front *front, unsigned index)
{
	int err;

	memset(q, 0, sizeof(*q));
	q->front = front;
	q->index = index;
	q->rx_wanted = NET_RX_POSTED;
	list_init(&q->rx_lent);
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		q->tx_free[i] = (uint16_t)(NET_RING_SIZE - 1 - i);
	}
	q->tx_free_count = NET_RING_SIZE;
	err = ring_make(q, &q->tx, &q->tx_page, &q->tx_ref);
	if (!err) {
		err = ring_make(q, &q->rx, &q->rx_page, &q->rx_ref);
	}
	if (!err) {
		err = grant_reserve(NET_RX_POSTED);
	}
	if (!err) {
		err = port_open(q, &q->rx_port);
	}
	if (!err && front->features.has_split) {
		err = port_open(q, &q->tx_port);
	} else {
		q->tx_port = q->rx_port;
	}
	return err;
}

static void ring_end(void **page, gref_t ref)
{
	if (*page) {
		grant_end(ref, page_of(virt_to_pfn(*page)));
		*page = NULL;
	}
}

/* Pages that are lent come back to nobody, and the back-end has them no more. With the network's lock. */
static void lent_forget(struct net_queue *q)
{
	struct list *first;

	while ((first = list_first(&q->rx_lent))) {
		struct net_lent *lent = list_entry(first, struct net_lent, link);

		list_remove(first);
		lent->queue = NULL;
		if (!grant_try_end(lent->page.ref)) {
			lent->page.ref = GREF_NONE;
		}
	}
	q->rx_lent_count = 0;
}

void net_queue_destroy(struct net_queue *q)
{
	if (q->tx_port && q->tx_port != q->rx_port) {
		evtchn_close(q->tx_port);
	}
	if (q->rx_port) {
		evtchn_close(q->rx_port);
	}
	q->tx_port = q->rx_port = 0;
	net_lock();
	lent_forget(q);
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		if (q->tx_stores[i]) {
			net_store_unref(q->tx_stores[i]);
		}
	}
	net_unlock();
	for (unsigned i = 0; i < NET_RING_SIZE; i++) {
		net_page_end(&q->tx_pages[i]);
		net_page_end(&q->rx_pages[i]);
	}
	while (q->rx_spare_count > 0) {
		net_page_end(&q->rx_spare[--q->rx_spare_count]);
	}
	ring_end(&q->tx_page, q->tx_ref);
	ring_end(&q->rx_page, q->rx_ref);
}
