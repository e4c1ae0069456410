/*
 * net-front.h - the network front-end: what its files share.
 *
 *     net_setup.c   the connection: states, features, publishing       (xenwatch)
 *     net_queue.c   a queue's memory, grants and event channels
 *     net_tx.c      sending                                            (the network's lock)
 *     net_store.c   memory that is sent from without a copy            (the network's lock)
 *     net_rx.c      receiving                                          (the network's lock)
 *     net_ctrl.c    the control ring: how the back-end chooses queues
 *     net.c         the device as the network sees it
 *
 * Pages are the front-end's own: what is sent is copied into them, by us or, what a program sends much of, by
 * the network, which asks for a store to do so; what comes is copied out or read from them. So the
 * back-end never sees memory of anybody else, and grants are made once and used until the connection ends.
 *
 * Invariants:
 *   X1  All of it but the event handler is under the network's lock; the handler looks at a
 *       ring's index and has poll() called.
 *   X2  A response is read once into memory of ours, then judged. What it names is checked
 *       against what we wrote down ourselves, never against the ring.
 *   X3  A back-end that breaks the protocol is said once and disconnected: is_broken; rings are
 *       not looked at any more.
 */
#ifndef FRONT_NET_FRONT_H
#define FRONT_NET_FRONT_H

#include <drivers/front/ring.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/xenbus.h>
#include <kernel/net.h>
#include <kernel/thread.h>
#include <xen/io/netif.h>

#define NET_RING_SIZE	256u
#define NET_QUEUES_MAX	8u
#define NET_RX_POSTED	128u /* pages that wait for packets, of a queue: at first, and reserved */
#define NET_RX_LENT	128u /* pages at most that packets are read from, of a queue */
#define NET_SLOTS_MAX	XEN_NETIF_NR_SLOTS_MIN
#define NET_PACKET_MAX	65535u
#define NET_STORES_MAX	32u
#define NET_STORE_PAGES (NET_STORE_LEN / PAGE_SIZE)

struct net_front;
struct net_queue;

/* A page of ours and its grant. */
struct net_page {
	void *data; /* NULL: none yet */
	gref_t ref;
	bool is_out; /* tx: in a request */
};

/* Memory to send from (net_store.c); it outlives its connection. */
struct net_front_store {
	struct net_store store;	 /* first */
	struct net_front *front; /* NULL: its connection has ended */
	unsigned users;		 /* X5 */
	struct page *pages;
	gref_t refs[NET_STORE_PAGES];
	struct list link, free_link; /* front->stores, front->stores_free */
};

/* A page that the network borrowed; it outlives its queue. */
struct net_lent {
	struct net_loan loan; /* first */
	struct net_page page;
	struct net_queue *queue; /* NULL: gone */
	struct list link;
};

struct net_queue {
	struct net_front *front;
	unsigned index;
	struct front_ring tx, rx;
	void *tx_page, *rx_page; /* the rings' */
	gref_t tx_ref, rx_ref;
	evtchn_port_t tx_port, rx_port; /* equal when not split; 0: none */

	/* sending: a request's id is its page's number, also where a store's page is what is sent */
	struct net_page tx_pages[NET_RING_SIZE];
	struct net_front_store *tx_stores[NET_RING_SIZE]; /* in a request; NULL: none */
	uint16_t tx_free[NET_RING_SIZE];
	unsigned tx_free_count;
	unsigned tx_extras; /* slots that hold no request of ours, not answered yet */
	bool is_full;	    /* somebody waits for room */
	bool has_unpushed;

	/* receiving: the page posted at a position of the ring is rx_pages[position % size]; others are spare */
	struct net_page rx_pages[NET_RING_SIZE];
	struct net_page rx_spare[NET_RING_SIZE + NET_RX_LENT]; /* there are never more */
	unsigned rx_spare_count, rx_wanted;
	struct list rx_lent; /* struct net_lent.link */
	unsigned rx_lent_count;
	unsigned rx_partial; /* responses seen of a packet that is not whole yet */
};

/* What the back-end can, and what we agreed on. */
struct net_features {
	bool has_sg, has_split, has_multicast, has_ctrl;
	bool csum4, csum6, gso4, gso6;
	bool is_trusted; /* the toolstack's word for the back-end */
	unsigned queues;
};

enum net_phase { NET_WAITING, NET_CONNECTED };

struct net_front {
	struct net_device device; /* first */
	struct xenbus_device *dev;
	struct mutex
		lock; /* xenwatch and the thread that ends a broken connection; before the network's */
	enum net_phase phase;
	struct net_features features;
	struct net_queue *queues;
	unsigned queue_count; /* of rings that are up */
	struct list stores, stores_free;
	unsigned store_count;
	bool is_registered, is_broken;
	const char *complaint;
	struct thread *breaker; /* made with the front-end, launched when it is broken */

	/* the control ring (net_ctrl.c) */
	void *ctrl_page;
	gref_t ctrl_ref;
	evtchn_port_t ctrl_port;
	struct front_ring ctrl;
	struct wait_queue ctrl_event;

	char carrier_path[XENBUS_PATH_MAX + 8], mtu_path[XENBUS_PATH_MAX + 8];
	struct xs_watch carrier_watch, mtu_watch;
	bool watches_carrier, watches_mtu;
};

static inline struct net_front *net_front_of(struct net_device *device)
{
	return container_of(device, struct net_front, device);
}

/* X3: with the network's lock; `what` is constant. */
void net_front_break(struct net_front *front, const char *what);

/* ---- net_queue.c -------------------------------------------------------- */

int net_queue_create(struct net_queue *q, struct net_front *front, unsigned index) __must_check;
/* All of it, also of one that was made in part. Not with the network's lock: handlers end. */
void net_queue_destroy(struct net_queue *q);
/* A zeroed page granted to the back-end. */
int net_page_make(struct net_front *front, bool is_readonly, struct net_page *page) __must_check;
void net_page_end(struct net_page *page);

/* ---- net_tx.c, net_rx.c -------------------------------------------------- */

bool net_tx(struct net_queue *q, const struct net_frame *frame);
void net_tx_push(struct net_queue *q);
/* Take back what was sent; true when there is room again for who waited. */
bool net_tx_reap(struct net_queue *q);
void net_tx_multicast(struct net_queue *q, const uint8_t mac[NET_MAC_LEN], bool on);

/* At most `budget` packets: how many. */
unsigned net_rx(struct net_queue *q, unsigned budget);
/* Post pages until as many wait as should. */
void net_rx_fill(struct net_queue *q);
/* Ask for the next event; true when packets came meanwhile. */
bool net_rx_rearm(struct net_queue *q);

/* ---- net_store.c: with the network's lock ------------------------------------ */

struct net_store *net_store_get(struct net_front *front);
void net_store_unref(struct net_front_store *s);
/* The store whose grants serve to send the piece, or NULL: it has to be copied. */
struct net_front_store *net_store_of(const struct net_front *front, const struct net_piece *piece);
/* The connection is over, and no request is out. */
void net_stores_forget(struct net_front *front);

/* ---- net_ctrl.c ----------------------------------------------------------- */

int net_ctrl_create(struct net_front *front) __must_check;
void net_ctrl_destroy(struct net_front *front);
/*
 * Tell the back-end how to spread packets over the queues; in a thread, with the front-end's lock. -EOPNOTSUPP: it
 * cannot; -ETIMEDOUT: it does not answer, and the ring is gone; -EPROTO: it answers what was not asked; -ENOMEM.
 */
int net_ctrl_hash(struct net_front *front) __must_check;

/* ---- net.c ------------------------------------------------------------------ */

extern const struct net_device_ops net_front_ops;

#endif
