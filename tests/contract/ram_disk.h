/* ram_disk.h - a disk in memory, for tests: it can be held, so that requests wait, and made to fail. */
#ifndef CONTRACT_RAM_DISK_H
#define CONTRACT_RAM_DISK_H

#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>

#define RAM_DISK_LEN (512 * 1024ul)

struct ram_disk {
	struct blk_device *dev;
	uint8_t *bytes;
	bool is_held;		 /* takes nothing */
	int error;		 /* answer to all */
	uint64_t bad;		 /* a sector: what touches it fails; 0: none */
	unsigned segments_max;	 /* that it takes at once */
	unsigned woken;		 /* how often it was told of requests */
	unsigned taken, flushes; /* merged requests; flushes */
	unsigned last_segments;	 /* of the last taken */
};

static inline void ram_disk_move(struct ram_disk *d, const struct blk_request *rq)
{
	uint8_t *at = d->bytes + (rq->sector << BLK_SECTOR_SHIFT);

	for (unsigned i = 0; i < rq->segment_count; i++) {
		const struct blk_segment *s = &rq->segments[i];
		uint8_t *memory = (uint8_t *)page_address(s->page) + s->offset;

		if (rq->op == BLK_READ) {
			memcpy(memory, at, s->len);
		} else {
			memcpy(at, memory, s->len);
		}
		at += s->len;
	}
}

static inline int ram_disk_error(const struct ram_disk *d, const struct blk_request *rq)
{
	bool is_bad = d->bad && rq->sector <= d->bad && d->bad < rq->sector + rq->merged_count;

	return d->error ? d->error : is_bad ? -EIO : 0;
}

static inline void ram_disk_start(struct blk_device *dev, unsigned queue)
{
	struct ram_disk *d = dev->private;
	struct blk_request *rq;

	d->woken++;
	while (!d->is_held && (rq = blk_take(dev, queue, d->segments_max))) {
		d->taken++;
		d->flushes += rq->op == BLK_FLUSH;
		d->last_segments = rq->merged_segments;
		if (!ram_disk_error(d, rq) && (rq->op == BLK_READ || rq->op == BLK_WRITE)) {
			ram_disk_move(d, rq);
			list_for_each(node, &rq->followers) {
				ram_disk_move(d, list_entry(node, struct blk_request, link));
			}
		}
		blk_done(dev, rq, ram_disk_error(d, rq));
	}
}

/* Give it requests that wait. */
static inline void ram_disk_release(struct ram_disk *d)
{
	d->is_held = false;
	for (unsigned i = 0; i < d->dev->queue_count; i++) {
		ram_disk_start(d->dev, i);
	}
}

/* Registered under a name that nobody else has; minors 1: no partitions. NULL when memory is out. */
static inline struct ram_disk *ram_disk_make(unsigned minors)
{
	static const struct blk_device_ops ops = { .start = ram_disk_start };
	static unsigned count;
	struct ram_disk *d = heap_alloc(sizeof(*d));
	struct blk_limits limits = { .sectors = RAM_DISK_LEN >> BLK_SECTOR_SHIFT,
		.logical_size = 512,
		.physical_size = 512,
		.segments_max = 32,
		.has_flush = true };

	if (!d) {
		return NULL;
	}
	d->bytes = heap_alloc(RAM_DISK_LEN);
	d->dev = blk_device_create(1);
	if (!d->bytes || !d->dev) {
		heap_free(d->bytes);
		heap_free(d->dev);
		heap_free(d);
		return NULL;
	}
	d->segments_max = 32;
	d->dev->ops = &ops;
	d->dev->private = d;
	d->dev->major = 240; /* for local use, in Linux's list */
	d->dev->minors = minors;
	d->dev->first_minor = 16 * count;
	fmt_print(d->dev->name, sizeof(d->dev->name), "test%c", (char)('a' + count++ % 26));
	blk_limits_set(d->dev, &limits);
	return d;
}

/* The device's own memory stays (K4): it is only forgotten. */
static inline void ram_disk_end(struct ram_disk *d)
{
	blk_device_unregister(d->dev);
	heap_free(d->bytes);
	d->bytes = NULL;
}

#endif
