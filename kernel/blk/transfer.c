/*
 * transfer.c - moving pages, and the other things one asks of a disk, and waiting for it.
 *
 * What is to be moved is cut into portions of BLK_SEGMENTS_MAX pages and collected in a batch, which is
 * submitted together: so the driver is woken once for it, and can put neighbours together. Each portion
 * but the batch's own is from the heap; without memory the batch goes as it is, and is begun anew: a
 * write-back that needed memory to free memory could not go on.
 */
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>

/*
 * Portions of a batch: with pages in a row as many as a front-end sends before it waits for pages to copy
 * through, and without more than a ring of one page takes.
 */
#define BATCH_MAX 40u

/* Several requests, and somebody who waits for all of them. */
struct waiter {
	struct wait_queue queue;
	unsigned left; /* atomic: requests */
	bool is_over;  /* the last words of who finishes last are said */
};

static void waiter_init(struct waiter *w, unsigned count)
{
	wait_queue_init(&w->queue);
	w->left = count;
	w->is_over = false;
}

/*
 * The waiter's stack frame may be gone as soon as it has seen is_over: nothing of it is touched
 * after that.
 */
static void one_is_done(struct blk_request *rq)
{
	struct waiter *w = rq->arg;

	if (__atomic_sub_fetch(&w->left, 1, __ATOMIC_ACQ_REL) == 0) {
		wait_wake_all(&w->queue);
		__atomic_store_n(&w->is_over, true, __ATOMIC_RELEASE);
	}
}

static void wait_for(struct waiter *w)
{
	wait_until(&w->queue, __atomic_load_n(&w->left, __ATOMIC_ACQUIRE) == 0, WAIT_FOREVER);
	while (!__atomic_load_n(&w->is_over, __ATOMIC_ACQUIRE)) {
		thread_yield(); /* who finished last is within wait_wake_all() */
	}
}

static int one_do(struct blk_device *dev, struct blk_request rq)
{
	struct list requests = LIST_INIT(requests);
	struct waiter w;

	waiter_init(&w, 1);
	rq.done = one_is_done;
	rq.arg = &w;
	list_push_back(&requests, &rq.link);
	blk_submit(dev, &requests);
	wait_for(&w);
	return rq.error;
}

/* ---- batches ----------------------------------------------------------------------------------- */

void blk_batch_begin(struct blk_batch *b)
{
	b->dev = NULL;
	b->count = 0;
	b->error = 0;
	list_init(&b->portions);
}

/*
 * A portion could not be written, perhaps for one bad page, and perhaps one of another portion that went with it:
 * the others shall not be lost. The first error, once more.
 */
static int pages_write_singly(struct blk_device *dev, const struct blk_portion *p)
{
	uint64_t sector = p->rq.sector;
	int first = 0;

	for (unsigned i = 0; i < p->rq.segment_count; i++) {
		uint64_t count = p->segments[i].len >> BLK_SECTOR_SHIFT;
		int err = one_do(dev,
			(struct blk_request){ .op = BLK_WRITE,
				.sector = sector,
				.count = count,
				.segments = &p->segments[i],
				.segment_count = 1 });

		first = first ? first : err;
		if (err && err != -EIO) {
			return err; /* the disk is gone */
		}
		sector += count;
	}
	return first;
}

/* What became of a portion. Who reads asks again for the page that he wants. */
static int portion_settle(struct blk_device *dev, const struct blk_portion *p)
{
	int err = p->rq.error;

	if (err == -EIO && p->rq.op == BLK_WRITE) {
		err = pages_write_singly(dev, p);
	}
	if (err && p->rq.op == BLK_WRITE && !READ_ONCE(dev->is_dead)) {
		log_err("blk: %s: writing %u pages from sector %lu on failed: %s", dev->name,
			p->rq.segment_count, (unsigned long)p->rq.sector, errno_name(err));
	}
	return err;
}

/* Submit what there is, and wait; the batch is empty then. */
static void batch_do(struct blk_batch *b)
{
	struct list requests = LIST_INIT(requests), *node;
	struct waiter w;

	if (!b->count) {
		return;
	}
	waiter_init(&w, b->count);
	list_for_each(link, &b->portions) {
		struct blk_portion *p = list_entry(link, struct blk_portion, link);

		p->rq.done = one_is_done;
		p->rq.arg = &w;
		list_push_back(&requests, &p->rq.link);
	}
	blk_submit(b->dev, &requests);
	wait_for(&w);
	while ((node = list_first(&b->portions))) {
		struct blk_portion *p = list_entry(node, struct blk_portion, link);
		int err = portion_settle(b->dev, p);

		b->error = b->error ? b->error : err;
		list_remove(node);
		if (p != &b->own) {
			heap_free(p);
		}
	}
	b->count = 0;
}

static struct blk_portion *portion_get(struct blk_batch *b)
{
	struct blk_portion *p = NULL;

	if (b->count && b->count < BATCH_MAX) {
		p = heap_alloc_unfilled(sizeof(*p));
	}
	if (!p) {
		batch_do(b);
		p = &b->own;
	}
	b->count++;
	list_push_back(&b->portions, &p->link);
	return p;
}

/* Describe the transfer of up to BLK_SEGMENTS_MAX pages, of which `left` sectors are on the disk. */
static void portion_fill(struct blk_portion *p, struct blk_request model, struct page **pages,
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

int blk_batch_add(struct blk_batch *b, struct blk_node *node, enum blk_op op, uint64_t sector,
	struct page **pages, unsigned count)
{
	struct blk_device *dev = node->dev;
	struct blk_request model = { .op = op, .sector = node->start + sector };
	uint64_t size = READ_ONCE(node->count);
	uint64_t left = sector < size ? size - sector : 0;
	unsigned on_disk = (unsigned)MIN((uint64_t)count, DIV_ROUND_UP(left, BLK_PAGE_SECTORS));

	if (op == BLK_READ) {
		tail_clear(pages, count, MIN(left, (uint64_t)count * BLK_PAGE_SECTORS));
	} else if (dev->limits.is_read_only) {
		return -EROFS;
	}
	b->dev = dev;
	for (unsigned i = 0; i < on_disk; i += BLK_SEGMENTS_MAX) {
		struct blk_portion *p = portion_get(b);

		portion_fill(p, model, pages + i, MIN(on_disk - i, BLK_SEGMENTS_MAX), left);
		model.sector += p->rq.count;
		left -= p->rq.count;
	}
	return 0;
}

int blk_batch_end(struct blk_batch *b)
{
	batch_do(b);
	return b->error;
}

int blk_transfer(
	struct blk_node *node, enum blk_op op, uint64_t sector, struct page **pages, unsigned count)
{
	struct blk_batch batch;
	int err, end_err;

	blk_batch_begin(&batch);
	err = blk_batch_add(&batch, node, op, sector, pages, count);
	end_err = blk_batch_end(&batch);
	return err ? err : end_err;
}

/* ---- requests without data ---------------------------------------------------------------------- */

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
