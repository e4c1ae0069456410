/*
 * blk.h - block devices: requests, queues, disks and their nodes in /dev.
 *
 * A driver registers a disk with limits and a way to be woken; whoever wants data moved
 * submits requests; the driver takes them from a queue when it has room, and
 * says when each is done. Adjacent requests that wait are handed out as one.
 *
 * Sectors are of 512 bytes everywhere, whatever the disk's own are; what is asked of a disk
 * is a multiple of its logical sector.
 *
 * Invariants:
 *   K1  A request is owned by the issuer until submitted, and again from the call of done() on,
 *       which comes exactly once.
 *   K2  A single request has at most BLK_SEGMENTS_MAX segments, so that any disk, also the one
 *       behind which a driver reconnects, can take it whole; longer transfers arise by merging.
 *   K3  A flush covers the writes that were done before it was submitted, no others: who
 *       wants an order waits.
 *   K4  A disk that is gone answers every request with -ENXIO; its memory stays.
 *
 * Lock order: the driver's own > a queue's. done() is called with neither.
 */
#ifndef KERNEL_BLK_H
#define KERNEL_BLK_H

#include <kernel/page_cache.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>

#define BLK_SECTOR_SHIFT 9
#define BLK_SECTOR_SIZE	 (1u << BLK_SECTOR_SHIFT)
#define BLK_PAGE_SECTORS (1u << (PAGE_SHIFT - BLK_SECTOR_SHIFT))

#define BLK_SEGMENTS_MAX 8u  /* K2; 11 is the least that a Xen back-end takes */
#define BLK_QUEUES_MAX	 16u /* of one disk */
#define BLK_NODES_MAX	 16u /* of one disk: itself and its partitions */
#define BLK_NAME_LEN	 12

enum blk_op { BLK_READ, BLK_WRITE, BLK_FLUSH, BLK_DISCARD, BLK_SECURE_DISCARD };
#define BLK_OPS (BLK_SECURE_DISCARD + 1u)

/* A piece of memory within one page; both in bytes, multiples of a logical sector. */
struct blk_segment {
	struct page *page;
	uint16_t offset, len;
};

struct blk_request {
	/* the issuer's */
	enum blk_op op;
	unsigned segment_count; /* read and write only */
	uint64_t sector, count; /* of all segments together; of a flush 0 */
	const struct blk_segment *segments;
	void (*done)(struct blk_request *rq); /* any context; `error` says how it went */
	void *arg;
	int error; /* 0; -EIO, -ENXIO, -ENOTSUP, -ENOSPC */

	/* the queue's */
	unsigned merged_segments; /* of this and its followers, as the next */
	uint64_t merged_count;
	struct list link;
	struct list followers; /* of the first of merged requests: the others, in order */
};

struct blk_limits {
	uint64_t sectors;
	uint32_t logical_size, physical_size; /* bytes */
	unsigned segments_max;		      /* of merged requests; at least BLK_SEGMENTS_MAX */
	bool is_read_only, is_cdrom, is_removable;
	bool has_flush; /* else a write is kept once it is done */
	bool has_discard, has_secure_discard;
	uint32_t discard_granularity, discard_alignment; /* bytes */
};

struct blk_device;

struct blk_device_ops {
	/* Queue `queue` has requests: take what there is room for. Any context; no lock of the layer's is held. */
	void (*start)(struct blk_device *dev, unsigned queue);
	/* The last who had the disk open closed it. Threads. May be NULL. */
	void (*released)(struct blk_device *dev);
};

struct blk_queue {
	struct spinlock lock; /* irq-safe */
	struct list waiting;
};

/* The whole disk (index 0) or a partition, as a file. */
struct blk_node {
	struct blk_device *dev;
	char name[BLK_NAME_LEN];
	uint64_t rdev;
	uint64_t start;
	atomic_u64 count; /* both in sectors; 0: there is none */
	struct page_cache cache;
};

/* Of one kind of request. */
struct blk_count {
	atomic_u64
		requests; /* that were done, by themselves or with those that were merged with them */
	atomic_u64 merged;
	atomic_u64 sectors;
};

struct blk_stats {
	struct blk_count ops[BLK_OPS];
	atomic_u64 errors;
};

struct blk_device {
	/* the driver's, constant once registered */
	char name[BLK_NAME_LEN];
	unsigned major, first_minor,
		minors; /* minors: nodes at most; 1: partitions are not looked for */
	const struct blk_device_ops *ops;
	void *private;

	/* the layer's */
	struct blk_limits limits; /* changed by blk_limits_set(), blk_sectors_set() */
	unsigned queue_count;
	struct blk_queue queues[BLK_QUEUES_MAX];
	bool is_dead;	  /* K4 */
	bool is_resizing; /* atomic: a thread brings the cache of nodes[0] to its count */
	unsigned opens;	  /* under open_lock, as the nodes */
	struct mutex open_lock;
	struct blk_node nodes[BLK_NODES_MAX];
	struct blk_stats stats; /* atomic */
	struct list link;
};

/* ---- for drivers ---------------------------------------------------------------- */

/* A zeroed device with these queues; NULL when memory is out. Never freed: names may lead to it for ever. */
struct blk_device *blk_device_create(unsigned queues) __must_check;

/*
 * Announce the disk: partitions are looked for and nodes made in a thread of the
 * layer's. The driver's `start` may be called from now on. 0, or -ENOMEM.
 */
int blk_device_register(struct blk_device *dev) __must_check;

/*
 * Other limits, at registration or after a reconnection; another size alone. The disk's node follows soon, by itself: this
 * does not wait for requests. Threads; not at once with registration or its end.
 */
void blk_limits_set(struct blk_device *dev, const struct blk_limits *limits);
void blk_sectors_set(struct blk_device *dev, uint64_t sectors);

/* The disk is gone for good (K4): nodes vanish, what waits fails. Threads. */
void blk_device_unregister(struct blk_device *dev);

/* The next requests of a queue, merged, at most `segments` of them together (at least BLK_SEGMENTS_MAX); NULL: none. Any context. */
struct blk_request *blk_take(struct blk_device *dev, unsigned queue, unsigned segments);

/* Back to the front of the queue, merged as it is, in the place it had. Any context. */
void blk_give_back(struct blk_device *dev, unsigned queue, struct blk_request *rq);

/* The request and its followers are done. Any context, no lock held that done() may want. */
void blk_done(struct blk_device *dev, struct blk_request *rq, int error);

/* ---- for users of disks --------------------------------------------------------- */

/* Submit the list of requests (by `link`), waking the driver once for all. Any context. */
void blk_submit(struct blk_device *dev, struct list *requests);

/*
 * Transfers that are out together, of one disk. They are independent of each other (K3), and the pages stay as they
 * are until the end. A batch is its thread's own, on its stack; without one that has begun nothing is added.
 */
struct blk_portion {
	struct blk_request rq;
	struct blk_segment segments[BLK_SEGMENTS_MAX];
	struct list link;
};

struct blk_batch {
	struct blk_device *dev;
	struct list portions;
	unsigned count; /* of them */
	int error;	/* the first */
	struct blk_portion own;
};

void blk_batch_begin(struct blk_batch *batch);
/*
 * Move whole pages to or from `sector` of the node on; what lies beyond its end is cleared, or not written. Sleeps
 * when the batch is full. 0 or -EROFS.
 */
int blk_batch_add(struct blk_batch *batch, struct blk_node *node, enum blk_op op, uint64_t sector,
	struct page **pages, unsigned count) __must_check;
/* All is done now: 0 or the first error. Of what failed to be written each page was tried by itself. Sleeps. */
int blk_batch_end(struct blk_batch *batch) __must_check;

/* A batch of one. */
int blk_transfer(struct blk_node *node, enum blk_op op, uint64_t sector, struct page **pages,
	unsigned count) __must_check;

/* All that was written is kept when this returns 0. Sleeps. */
int blk_flush(struct blk_device *dev) __must_check;

/* -ENOTSUP when the disk cannot. Sleeps. */
int blk_discard(
	struct blk_device *dev, uint64_t sector, uint64_t count, bool is_secure) __must_check;

/* Write back and flush a node. */
int blk_node_sync(struct blk_node *node) __must_check;

/* By its name in /dev ("xvda1", "/dev/xvda1"), opened: 0, -ENXIO, -EROFS for `write`. Give it back with blk_node_close(). */
int blk_node_open(const char *name, bool write, struct blk_node **node) __must_check;
void blk_node_close(struct blk_node *node);

/* Sleep until the partitions of all disks registered so far are known, ten seconds at most. */
void blk_settle(void);

/* The file behind a node (node.c). */
extern const struct file_ops blk_node_file_ops;

/* Read the table of partitions anew (partition.c). -EBUSY while one is open. */
int blk_partitions_read(struct blk_device *dev) __must_check;

/* Call `each` for every disk that is not gone. */
void blk_device_for_each(void (*each)(struct blk_device *dev, void *arg), void *arg);

/* Boot: /proc/partitions and /proc/diskstats (proc.c). 0 or -ENOMEM. */
int blk_proc_add(void) __must_check;

#endif
