/*
 * blk_features.c - what the back-end offers, read from its directory, bounded, and cut to the knobs.
 *
 * Nothing here is trusted: every number has a range, and what is out of it counts as not offered.
 */
#include "blk-front.h"

#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/string.h>
#include <arch/boot.h>

#define PIECES_MAX (64 * 1024u) /* of one ring: slots times segments */

static bool wants_persistent = true;
OPTION_FLAG(blk_persistent, "blk_persistent", wants_persistent,
	"copy disk data through pages that stay granted, if the back-end can");

static bool is_trusting = true;
OPTION_FLAG(blk_trusted, "blk_trusted", is_trusting,
	"let back-ends of disks see pages of ours that hold more than disk data");

static unsigned queues_max;
OPTION_UINT(blk_queues, "blk_queues", queues_max, 0, BLK_QUEUES_MAX,
	"rings of a disk at most; 0: one for each CPU");

static unsigned ring_order_max;
OPTION_UINT(blk_ring_order, "blk_ring_order", ring_order_max, 0, RING_ORDER_MAX,
	"pages of a disk's ring at most, as a power of two");

static unsigned segments_max = 32;
OPTION_UINT(blk_segments, "blk_segments", segments_max, BLK_SEGMENTS_MAX, 512,
	"pages of one disk request at most");

static bool wants_indirect = true;
OPTION_FLAG(blk_indirect, "blk_indirect", wants_indirect,
	"requests of more than 11 pages, if the back-end can");

unsigned blk_queues_wanted(void)
{
	unsigned count = MIN(MAX(boot_info.cpus_present, 1u), (unsigned)CONFIG_NR_CPUS);

	return MIN(queues_max ? queues_max : count, BLK_QUEUES_MAX);
}

/* Out of line, as the next: there are many calls, and none is urgent. */
static uint64_t __noinline number(const struct blk_front *front, const char *node, uint64_t missing)
{
	return xenstore_read_number_or(XS_NONE, front->dev->backend, node, missing);
}

static bool __noinline flag(const struct blk_front *front, const char *node)
{
	return number(front, node, 0) == 1;
}

static unsigned log2_of(uint64_t n)
{
	unsigned order = 0;

	while (n >= 2 && order < RING_ORDER_MAX) {
		n /= 2;
		order++;
	}
	return order;
}

/* Both keys for rings of several pages are understood: the order, and the number of pages. */
static unsigned ring_order(const struct blk_front *front)
{
	uint64_t order = number(front, "max-ring-page-order", 0);

	if (!ring_order_max) {
		return 0;
	}
	if (!order) {
		order = log2_of(number(front, "max-ring-pages", 1));
	}
	return (unsigned)MIN(order, (uint64_t)ring_order_max);
}

static unsigned segments(const struct blk_front *front, unsigned slots)
{
	uint64_t offered = wants_indirect ? number(front, "feature-max-indirect-segments", 0) : 0;
	unsigned most = MIN(MIN(segments_max, SEGMENTS_LIMIT), PIECES_MAX / slots);

	offered = MAX(offered, (uint64_t)BLKIF_MAX_SEGMENTS_PER_REQUEST);
	return (unsigned)MIN(offered, (uint64_t)most);
}

/* What matters before the rings are made. */
void blk_features_read(struct blk_front *front)
{
	struct blk_features *f = &front->features;
	uint64_t queues = front->disk->queue_count > 1
		? MAX(number(front, "multi-queue-max-queues", 1), UINT64_C(1))
		: 1;

	*f = (struct blk_features){ .ring_order = ring_order(front) };
	f->is_trusted = is_trusting &&
		xenstore_read_number_or(XS_NONE, front->dev->path, "trusted", 1) == 1;
	f->is_persistent = wants_persistent;
	f->segments = segments(front, 64u << f->ring_order);
	f->queues = (unsigned)MIN(queues, (uint64_t)front->disk->queue_count);
}

/* ---- once it is connected ----------------------------------------------------------------- */

/* Linux's back-end says no sooner, and only if we said first that we would. */
void blk_features_settle(struct blk_front *front)
{
	struct blk_features *f = &front->features;

	f->is_persistent = f->is_persistent && flag(front, "feature-persistent");
	log_debug("blk: %s: %s grants, %u pages a request", front->disk->name,
		f->is_persistent ? "persistent" : "plain", f->segments);
}

static bool is_sector_size(uint64_t size)
{
	return size >= BLK_SECTOR_SIZE && size <= PAGE_SIZE && !(size & (size - 1));
}

static void discard_read(struct blk_front *front, struct blk_limits *l)
{
	l->has_discard = flag(front, "feature-discard");
	if (l->has_discard) {
		l->has_secure_discard = flag(front, "discard-secure");
		l->discard_granularity = (uint32_t)number(front, "discard-granularity", 0);
		l->discard_alignment = (uint32_t)number(front, "discard-alignment", 0);
	}
}

int blk_sectors_read(const struct blk_front *front, uint32_t logical_size, uint64_t *sectors)
{
	uint64_t count;
	int err = xenstore_read_number(XS_NONE, front->dev->backend, "sectors", &count);

	if (err) {
		return err == -EACCES ? -ENOENT : err; /* of a folder that is gone as well */
	}
	if (count > INT64_MAX >> BLK_SECTOR_SHIFT) {
		return -EPROTO;
	}
	/* Whole sectors of its own, a power of two: what is asked of it is a multiple of them. */
	*sectors = count & -(uint64_t)(logical_size >> BLK_SECTOR_SHIFT);
	return 0;
}

int blk_limits_read(struct blk_front *front, struct blk_limits *l)
{
	uint64_t info = number(front, "info", 0), sectors = 0;
	uint64_t logical = number(front, "sector-size", BLK_SECTOR_SIZE);
	uint64_t physical = number(front, "physical-sector-size", logical);
	struct blk_features *f = &front->features;
	int err = is_sector_size(logical) ? blk_sectors_read(front, (uint32_t)logical, &sectors)
					  : -EPROTO;

	if (err && err != -ENOENT) {
		return err;
	}
	f->has_barrier = flag(front, "feature-barrier");
	f->has_flush = flag(front, "feature-flush-cache");
	front->flush_operation = f->has_flush ? BLKIF_OP_FLUSH_DISKCACHE : BLKIF_OP_WRITE_BARRIER;
	*l = (struct blk_limits){ .sectors = sectors, .logical_size = (uint32_t)logical };
	l->physical_size =
		(uint32_t)(physical >= logical && physical <= 1u << 20 ? physical : logical);
	l->segments_max = f->segments;
	l->has_flush = f->has_flush || f->has_barrier;
	l->is_read_only = info & VDISK_READONLY;
	l->is_cdrom = info & VDISK_CDROM;
	l->is_removable = info & VDISK_REMOVABLE;
	discard_read(front, l);
	return err;
}
