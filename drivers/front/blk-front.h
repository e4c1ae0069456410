/*
 * blk-front.h - what the parts of the block front-end share.
 *
 *   blk.c           the data path: requests into the ring, responses out of it
 *   blk_slot.c      one request that is out: its grants, its copies, its place on the ring
 *   blk_ring.c      rings: memory, grants, event channels; made and taken down
 *   blk_features.c  what the back-end offers, and the knobs
 *   blk_setup.c     states, reconnection, the end
 *   blk_bus.c       devices that come and go, their names
 */
#ifndef FRONT_BLK_FRONT_H
#define FRONT_BLK_FRONT_H

#include <drivers/front/ring.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/xenbus.h>
#include <kernel/blk.h>
#include <kernel/timer.h>
#include <xen/io/blkif.h>

#define RING_ORDER_MAX 4u /* 16 pages */
#define RING_PAGES_MAX (1u << RING_ORDER_MAX)
/* One page of descriptors for each request is enough for so many. */
#define SEGMENTS_LIMIT ((unsigned)(PAGE_SIZE / sizeof(struct blkif_request_segment)))
#define LENT_MAX       352u /* pages that one ring copies through at once; in a small machine fewer */

/* A page that data is copied through; never freed while the back-end can reach it. */
struct blk_lent {
	struct list link; /* free ones */
	struct page *page;
	gref_t ref; /* GREF_NONE: granted for each request anew */
};

/* One segment of a request that is out. */
struct blk_piece {
	struct blk_segment segment; /* the issuer's memory */
	gref_t ref;
	struct blk_lent *lent; /* NULL: the issuer's page itself is granted */
};

/* A request that is out; its index is the request's id. */
struct blk_slot {
	struct blk_request *rq; /* NULL: free */
	uint8_t operation;	/* what the response must say */
	unsigned piece_count, next_free;
	struct blk_piece *pieces;
	struct blk_lent *descriptors; /* of indirect requests, kept */
};

struct blk_front;

struct blk_ring {
	struct blk_front *front;
	unsigned index;
	/* constant while there is a connection */
	unsigned page_count, slot_count, lent_max;
	struct page *pages; /* a block of page_count */
	gref_t refs[RING_PAGES_MAX];
	evtchn_port_t port;
	struct blk_piece *all_pieces;
	struct blk_slot *slots;

	struct spinlock lock; /* irq-safe; the rest is under it */
	bool is_up;
	struct front_ring ring;
	unsigned free_slot; /* first of the list */
	unsigned out;	    /* requests */
	bool is_short;	    /* a merged one could not be filled, though nothing was out */
	struct list lent;   /* free pages */
	unsigned lent_count;
	struct timer retry; /* nothing is out and grants or memory were missing */
	uint64_t sent, notified;
};

/* What was agreed on with the back-end, or what it offers. */
struct blk_features {
	unsigned ring_order, queues, segments;
	bool is_persistent, has_flush, has_barrier, has_discard, has_secure_discard;
	bool has_indirect;
	uint32_t discard_granularity, discard_alignment;
	bool is_trusted;
};

/* BLK_WAITING: for the back-end to be ready. BLK_OFFERED: what we have stands in the store. */
enum blk_phase { BLK_WAITING, BLK_OFFERED, BLK_CONNECTED, BLK_OVER };

struct blk_front {
	struct list link;	   /* all that ever were */
	struct mutex lock;	   /* set-up; taken before the layer's locks */
	struct xenbus_device *dev; /* NULL once it was removed */
	struct blk_device *disk;
	enum blk_phase phase;
	blkif_vdev_t handle;
	domid_t backend_id;
	uint8_t flush_operation; /* BLKIF_OP_FLUSH_DISKCACHE or _WRITE_BARRIER */
	bool is_registered;
	bool is_broken; /* by the back-end; atomic */
	bool wants_close;
	bool is_watching;
	unsigned ring_count;
	struct blk_ring rings[BLK_QUEUES_MAX];
	struct blk_features features;
	struct thread *breaker; /* made, not launched: an event cannot make one; atomic */
	uint64_t connections;
	struct xs_watch sectors_watch;
	char sectors_path[XENBUS_PATH_MAX + 8];
};

/* ---- blk.c ---- */

bool blk_front_event(evtchn_port_t port, void *ring);
void blk_front_start(struct blk_device *disk, unsigned queue);
/* Send what waits for this ring. */
void blk_ring_pump(struct blk_ring *ring);
/* The connection is over: answer what was answered, and give the rest back for the next, or fail it. */
void blk_ring_drain(struct blk_ring *ring, bool replay);

/* ---- blk_slot.c ---- */

/* Fill a slot for a request; on success it has grants. -ENOSPC, -ENOMEM: later. */
int blk_slot_fill(
	struct blk_ring *ring, struct blk_slot *slot, struct blk_request *rq) __must_check;
/* Write it to the ring. */
void blk_slot_send(struct blk_ring *ring, unsigned id);
/* End its grants; with `copy` data that was read is brought to where it belongs. -EBUSY: one did not end. */
int blk_slot_release(struct blk_ring *ring, struct blk_slot *slot, bool copy) __must_check;
int blk_lent_prepare(struct blk_ring *ring, unsigned count) __must_check;
void blk_lent_drop(struct blk_ring *ring);

/* ---- blk_ring.c ---- */

int blk_ring_create(struct blk_ring *ring) __must_check;
void blk_ring_destroy(struct blk_ring *ring);

/* ---- blk_features.c ---- */

void blk_features_read(struct blk_front *front);
/* What the back-end says once it is connected, before any request. */
void blk_features_settle(struct blk_front *front);
/* How many, in units of BLK_SECTOR_SIZE. -ENOENT: it is not told; -EPROTO, or the store's error; *sectors is not set. */
int blk_sectors_read(
	const struct blk_front *front, uint32_t logical_size, uint64_t *sectors) __must_check;
/* 0; -ENOENT: no size is told, and *limits says 0; -EPROTO or the store's error: *limits is not set. */
int blk_limits_read(struct blk_front *front, struct blk_limits *limits) __must_check;
unsigned blk_queues_wanted(void);

/* ---- blk_setup.c ---- */

/* What blk_front_break() needs. 0 or -ENOMEM; may sleep. Discarded when there are no more events. */
int blk_front_breaker_make(struct blk_front *front) __must_check;
void blk_front_breaker_discard(struct blk_front *front);
/* The back-end broke the protocol: said once, and the device is disabled. Any context. */
void blk_front_break(struct blk_front *front, const char *why);
void blk_front_backend_changed(struct xenbus_device *dev, enum xenbus_state state);
/* End the connection; `lock` held. With `replay` what is out waits for the next one, else it fails. */
void blk_front_disconnect(struct blk_front *front, bool replay);
/* The disk is gone; `lock` held. */
void blk_front_finish(struct blk_front *front);
void blk_front_released(struct blk_device *disk);

#endif
