/*
 * transfer.c - moving runs of pages, and the other things one asks of a disk, and waiting for it.
 *
 * A run is cut into requests of BLK_SEGMENTS_MAX pages which are submitted together. When
 * there is no memory to describe the whole run it goes in small portions from the stack: a
 * write-back that needed memory to free memory could not go on.
 */
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

/* Several requests, and somebody who waits for all of them. */
struct waiter {
	struct wait_queue queue;
	unsigned left; /* atomic: requests, and one of the submitter's */
	int error;     /* the first */
	bool is_over;  /* the last words of who finishes last are said */
};

struct portion {
	struct blk_request rq;
	struct blk_segment segments[BLK_SEGMENTS_MAX];
};

static void waiter_init(struct waiter *w, unsigned count)
{
	wait_queue_init(&w->queue);
	w->left = count;
	w->error = 0;
	w->is_over = false;
}

/*
 * The waiter's stack frame may be gone as soon as it has seen is_over: nothing of it is touched
 * after that.
 */
static void one_is_done(struct blk_request *rq)
{
	struct waiter *w = rq->arg;
	int none = 0;

	if (rq->error) {
		__atomic_compare_exchange_n(
			&w->error, &none, rq->error, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
	if (__atomic_sub_fetch(&w->left, 1, __ATOMIC_ACQ_REL) == 0) {
		wait_wake_all(&w->queue);
		__atomic_store_n(&w->is_over, true, __ATOMIC_RELEASE);
	}
}

static int wait_for(struct waiter *w)
{
	wait_until(&w->queue, __atomic_load_n(&w->left, __ATOMIC_ACQUIRE) == 0, WAIT_FOREVER);
	while (!__atomic_load_n(&w->is_over, __ATOMIC_ACQUIRE)) {
		thread_yield(); /* who finished last is within wait_wake_all() */
	}
	return w->error;
}

/* ---- runs of pages ----------------------------------------------------------------------------- */

/* Describe the transfer of up to BLK_SEGMENTS_MAX pages, of which `left` sectors are on the disk. */
static void portion_fill(struct portion *p, struct blk_request model, struct page **pages,
	unsigned count, uint64_t left)
{
	p->rq = model;
	p->rq.segments = p->segments;
	p->rq.segment_count = count;
	p->rq.count = MIN((uint64_t)count * BLK_PAGE_SECTORS, left);
	for (unsigned i = 0; i < count; i++) {
		uint64_t sectors = MIN((uint64_t)BLK_PAGE_SECTORS, left);

		p->segments[i] = (struct blk_segment){ .page = pages[i],
			.len = (uint16_t)(sectors << BLK_SECTOR_SHIFT) };
		left -= sectors;
	}
}

/* Submit `count` pages as portions of `room`, and wait. */
static int portions_do(struct blk_device *dev, struct portion *room, struct blk_request model,
	struct page **pages, unsigned count, uint64_t left)
{
	struct list requests = LIST_INIT(requests);
	struct waiter w;

	waiter_init(&w, DIV_ROUND_UP(count, BLK_SEGMENTS_MAX));
	model.done = one_is_done;
	model.arg = &w;
	for (unsigned i = 0; i < count; i += BLK_SEGMENTS_MAX) {
		struct portion *p = &room[i / BLK_SEGMENTS_MAX];

		portion_fill(p, model, pages + i, MIN(count - i, BLK_SEGMENTS_MAX), left);
		list_push_back(&requests, &p->rq.link);
		model.sector += p->rq.count;
		left -= p->rq.count;
	}
	blk_submit(dev, &requests);
	return wait_for(&w);
}

/* What is not on the disk reads as zeroes: the last page's rest, and pages behind the end. */
static void tail_clear(struct page **pages, unsigned count, uint64_t sectors)
{
	for (uint64_t at = sectors; at < (uint64_t)count * BLK_PAGE_SECTORS;) {
		size_t offset = (size_t)(at % BLK_PAGE_SECTORS) << BLK_SECTOR_SHIFT;

		memset((char *)page_address(pages[at / BLK_PAGE_SECTORS]) + offset, 0,
			PAGE_SIZE - offset);
		at = (at / BLK_PAGE_SECTORS + 1) * BLK_PAGE_SECTORS;
	}
}

/* All in portions as large as there is memory for. */
static int run_do(struct blk_device *dev, struct blk_request model, struct page **pages,
	unsigned count, uint64_t left)
{
	struct portion *room = count > BLK_SEGMENTS_MAX
		? heap_alloc(DIV_ROUND_UP(count, BLK_SEGMENTS_MAX) * sizeof(*room))
		: NULL;
	struct portion small;
	int err = 0;

	if (room) {
		err = portions_do(dev, room, model, pages, count, left);
		heap_free(room);
		return err;
	}
	for (unsigned i = 0; !err && i < count; i += BLK_SEGMENTS_MAX) {
		err = portions_do(
			dev, &small, model, pages + i, MIN(count - i, BLK_SEGMENTS_MAX), left);
		model.sector += BLK_SEGMENTS_MAX * BLK_PAGE_SECTORS;
		left -= MIN(left, (uint64_t)BLK_SEGMENTS_MAX * BLK_PAGE_SECTORS);
	}
	return err;
}

/*
 * A run failed, as a whole, perhaps for one bad page: the others shall not be lost with it. The first
 * error, once more.
 */
static int singly_do(struct blk_device *dev, struct blk_request model, struct page **pages,
	unsigned count, uint64_t left)
{
	struct portion one;
	int first = 0;

	for (unsigned i = 0; i < count; i++) {
		int err = portions_do(dev, &one, model, pages + i, 1, left);

		first = first ? first : err;
		if (err && err != -EIO) {
			return err; /* the disk is gone */
		}
		model.sector += BLK_PAGE_SECTORS;
		left -= MIN(left, (uint64_t)BLK_PAGE_SECTORS);
	}
	return first;
}

int blk_transfer(
	struct blk_node *node, enum blk_op op, uint64_t sector, struct page **pages, unsigned count)
{
	struct blk_device *dev = node->dev;
	struct blk_request model = { .op = op, .sector = node->start + sector };
	uint64_t size = READ_ONCE(node->count);
	uint64_t left = sector < size ? size - sector : 0;
	unsigned on_disk = (unsigned)MIN((uint64_t)count, DIV_ROUND_UP(left, BLK_PAGE_SECTORS));
	int err;

	if (op == BLK_READ) {
		tail_clear(pages, count, MIN(left, (uint64_t)count * BLK_PAGE_SECTORS));
	} else if (dev->limits.is_read_only) {
		return -EROFS;
	}
	if (!on_disk) {
		return 0;
	}
	err = run_do(dev, model, pages, on_disk, left);
	/* Who reads asks again for the page that he wants. */
	return err == -EIO && op == BLK_WRITE && on_disk > 1
		? singly_do(dev, model, pages, on_disk, left)
		: err;
}

/* ---- requests without data ---------------------------------------------------------------------- */

static int one_do(struct blk_device *dev, struct blk_request rq)
{
	struct list requests = LIST_INIT(requests);
	struct waiter w;

	waiter_init(&w, 1);
	rq.done = one_is_done;
	rq.arg = &w;
	list_push_back(&requests, &rq.link);
	blk_submit(dev, &requests);
	return wait_for(&w);
}

int blk_flush(struct blk_device *dev)
{
	int err = 0;

	if (dev->limits.has_flush && !dev->limits.is_read_only) {
		err = one_do(dev, (struct blk_request){ .op = BLK_FLUSH });
	}
	/* It turned out not to have a cache: all that is done is kept. */
	return err == -ENOTSUP ? 0 : err;
}

int blk_discard(struct blk_device *dev, uint64_t sector, uint64_t count, bool is_secure)
{
	const struct blk_limits *limits = &dev->limits;

	if (limits->is_read_only) {
		return -EROFS;
	}
	if (!(is_secure ? limits->has_secure_discard : limits->has_discard)) {
		return -ENOTSUP;
	}
	if (sector > limits->sectors || count > limits->sectors - sector) {
		return -EINVAL;
	}
	return one_do(dev,
		(struct blk_request){ .op = is_secure ? BLK_SECURE_DISCARD : BLK_DISCARD,
			.sector = sector,
			.count = count });
}

int blk_node_sync(struct blk_node *node)
{
	int err = page_cache_sync(&node->cache, 0, UINT64_MAX), flush_err = blk_flush(node->dev);

	return err ? err : flush_err;
}
