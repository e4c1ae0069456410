/*
 * net.h - network devices: between a driver and the network above it.
 *
 * A driver fills in struct net_device and registers it; from then on the network calls its
 * operations, always under one lock (the stack's, a mutex) and in a thread, so they need none
 * among themselves. From an interrupt a driver calls net_poll_wanted(), and its poll() follows in
 * the network's thread: packets are received in batches, with the interrupt off.
 *
 * All packets are Ethernet frames. What is received is copied into memory of the network's, or, what TCP
 * carries, lent to it; what is sent is copied out of it, or stands in memory that the driver gave for that: a
 * driver shares its own pages with a device and nothing beside them.
 */
#ifndef KERNEL_NET_H
#define KERNEL_NET_H

#include <kernel/list.h>
#include <kernel/types.h>

#define NET_MAC_LEN	  6u
#define NET_HEADER_LEN	  14u /* of Ethernet */
#define NET_NAME_LEN	  16u
#define NET_FRAME_LEN_MAX (65535u + NET_HEADER_LEN)

/* What a device can do for us; the driver may change them under net_lock(). */
#define NET_CSUM_TCP4 (1u << 0) /* complete the checksum of what is sent */
#define NET_CSUM_TCP6 (1u << 1)
#define NET_GSO_TCP4  (1u << 2) /* cut TCP into segments of gso_size */
#define NET_GSO_TCP6  (1u << 3)

struct net_device;
struct pbuf;
struct netif;

/*
 * Memory of a driver's that its device sends from, without a copy. It is filled with nothing but what is to be sent by this
 * device, since the device's other side may read all of it, and once: what is in a packet does not change. put() says
 * that no more packets are made of it; with the lock, and also after the device is gone.
 */
#define NET_STORE_LEN 65536u
struct net_store {
	void (*put)(struct net_store *store);
	char *data;
};

/* What to send: bytes in several places, one after the other. */
#define NET_PIECES_MAX 160u
struct net_piece {
	const void *data;
	unsigned len;
	struct net_store *store; /* NULL: in other memory */
};
struct net_frame {
	struct net_piece pieces[NET_PIECES_MAX];
	unsigned piece_count, len;
	unsigned csum_start,
		csum_offset; /* from where to sum and, from there, where to store; 0: nothing */
	unsigned gso_size;   /* 0: one segment */
	bool is_ipv6;
	uint32_t flow; /* equal for all packets of a connection */
};

struct net_stats {
	uint64_t packets, bytes, errors, dropped;
};

struct net_device_ops {
	/*
	 * Take a copy of the frame, but of what stands in a store of the device. False: there is no room now, and net_poll_wanted() comes when
	 * there is again.
	 */
	bool (*transmit)(struct net_device *dev, const struct net_frame *frame);
	/* A store that is not filled yet; NULL: there is none now. No such operation: there is never one. */
	struct net_store *(*store_get)(struct net_device *dev);
	/* After the last of several frames: tell the other side. */
	void (*flush)(struct net_device *dev);
	/* Receive at most `budget` packets by net_receive(): how many. With fewer, the interrupt is on again. */
	unsigned (*poll)(struct net_device *dev, unsigned budget);
	int (*mtu_set)(struct net_device *dev, unsigned mtu); /* NULL: refused */
	/* A multicast address to receive, or not any more. NULL: all are received. */
	void (*multicast)(struct net_device *dev, const uint8_t mac[NET_MAC_LEN], bool on);
};

struct net_device {
	/* the driver's, set before net_register() */
	const struct net_device_ops *ops;
	void *private;
	uint8_t mac[NET_MAC_LEN];
	unsigned mtu, features;
	const char *kind; /* "xen", for those who ask */

	/* the network's */
	char name[NET_NAME_LEN]; /* "eth0" */
	unsigned index;
	bool is_up, has_carrier;
	struct net_stats sent,
		received; /* the driver counts errors and drops, the network the rest */
	bool poll_wanted;
	struct list link;
	struct netif *netif;
	struct list secondaries; /* further addresses */
	struct list groups;
	struct pbuf *pending[64];
	unsigned pending_count;
	unsigned cut; /* of the first, bytes that were sent in packets of their own */
};

/* Give it a name and a place among the interfaces, without carrier: 0 or -ENOMEM. */
int net_register(struct net_device *dev) __must_check;
/* Nothing of it is used any more when this returns. */
void net_unregister(struct net_device *dev);

/* Threads, the lock not held. */
void net_carrier_set(struct net_device *dev, bool on);
/* The device's own changes of mtu and features happen between these two. */
void net_lock(void);
void net_unlock(void);
/* With the lock: the device's mtu is now another. */
void net_mtu_changed(struct net_device *dev);

/* With the lock: multicast() for each address that is wanted, after the device forgot them. */
void net_groups_tell(struct net_device *dev);

/* Have poll() called soon. Any context. */
void net_poll_wanted(struct net_device *dev);

/* A packet of `len` bytes to fill in; NULL when memory is out. With the lock. */
struct pbuf *net_packet_get(size_t len) __must_check;
void net_packet_write(struct pbuf *packet, size_t at, const void *data, size_t len);
void net_packet_drop(struct pbuf *packet);

/*
 * Bytes in a page of the driver's that a packet shows until they are read. To lend them makes a packet, in front of
 * `rest`, if there is one, which joins it. done() says that nobody looks at them any more; with the lock.
 */
struct net_loan {
	void (*done)(struct net_loan *loan);
	unsigned long packet[12]; /* the network's */
};
struct pbuf *net_packet_lend(struct net_loan *loan, void *data, size_t len, struct pbuf *rest);
/* Whether what follows a packet's first NET_HEAD_LEN bytes, which are a copy, may be lent. */
#define NET_HEAD_LEN 256u
bool net_packet_may_borrow(const struct pbuf *head);
void net_packet_join(struct pbuf *head, struct pbuf *rest);

/* Hand it to the network. `is_checked`: TCP's and UDP's checksums are known to be good, or never left the machine. */
void net_receive(struct net_device *dev, struct pbuf *packet, bool is_checked);

/* Copy `len` bytes of a frame from `at` on; they must be there. */
void net_frame_copy(const struct net_frame *frame, unsigned at, void *to, unsigned len);

/* Requests about interfaces (SIOC*), possible on every socket. -ENOTTY: not one of ours. */
long net_ioctl(unsigned request, unsigned long arg);

/* Boot: the stack, before any device; it costs nothing until somebody uses it. */
void net_init(void);
/* Boot: what the command line says about addresses. */
void net_configure(void);

#endif
