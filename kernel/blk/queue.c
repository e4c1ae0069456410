/*
 * queue.c - requests between issuers and drivers: merging, handing out, answering.
 *
 * A request joins the last one that waits when it goes on where that ends, so a run of pages that
 * was cut into small requests (K2) leaves as one. One that was handed out and comes back
 * stays as merged as it was; when the driver can take less by then it is taken apart.
 */
#include <kernel/blk.h>
#include <kernel/errno.h>
#include "blk.h"

static void tally(atomic_u64 *counter, uint64_t by)
{
	__atomic_add_fetch(counter, by, __ATOMIC_RELAXED);
}

static bool is_transfer(const struct blk_request *rq)
{
	return rq->op == BLK_READ || rq->op == BLK_WRITE;
}

/* ---- going in ------------------------------------------------------------------------------- */

static bool merges(
	const struct blk_device *dev, const struct blk_request *last, const struct blk_request *rq)
{
	return is_transfer(rq) && last->op == rq->op &&
		last->sector + last->merged_count == rq->sector &&
		last->merged_segments + rq->segment_count <= dev->limits.segments_max;
}

static void append(struct blk_device *dev, struct blk_queue *q, struct blk_request *rq)
{
	struct list *tail = q->waiting.prev;
	struct blk_request *last = list_entry(tail, struct blk_request, link);

	list_init(&rq->followers);
	rq->merged_count = rq->count;
	rq->merged_segments = is_transfer(rq) ? rq->segment_count : 0;
	rq->error = 0;
	if (tail != &q->waiting && merges(dev, last, rq)) {
		list_push_back(&last->followers, &rq->link);
		last->merged_count += rq->count;
		last->merged_segments += rq->segment_count;
		tally(&dev->stats.ops[rq->op].merged, 1);
	} else {
		list_push_back(&q->waiting, &rq->link);
	}
}

/* K4: is_dead is set before the queues are emptied, so either we see it or the emptying sees us. */
static bool append_all(struct blk_device *dev, struct blk_queue *q, struct list *requests)
{
	irq_state_t irq = spin_lock_irqsave(&q->lock);
	bool is_dead = dev->is_dead;
	struct list *node;

	while (!is_dead && (node = list_first(requests))) {
		list_remove(node);
		append(dev, q, list_entry(node, struct blk_request, link));
	}
	spin_unlock_irqrestore(&q->lock, irq);
	return !is_dead;
}

static void fail_all(struct blk_device *dev, struct list *requests)
{
	struct list *node;

	while ((node = list_first(requests))) {
		struct blk_request *rq = list_entry(node, struct blk_request, link);

		list_remove(node);
		rq->error = -ENXIO;
		rq->done(rq);
	}
}

void blk_submit(struct blk_device *dev, struct list *requests)
{
	unsigned queue;

	preempt_disable();
	queue = cpu_id() % dev->queue_count;
	preempt_enable();
	if (append_all(dev, &dev->queues[queue], requests)) {
		dev->ops->start(dev, queue);
	} else {
		fail_all(dev, requests);
	}
}

/* ---- coming out ------------------------------------------------------------------------------- */

/* Its followers stand behind it, each for itself. */
static void take_apart(struct blk_request *rq)
{
	struct list *after = &rq->link, *node;

	while ((node = list_first(&rq->followers))) {
		struct blk_request *follower = list_entry(node, struct blk_request, link);

		list_remove(node);
		list_push_front(after, node);
		after = node;
		follower->merged_count = follower->count;
		follower->merged_segments = follower->segment_count;
	}
	rq->merged_count = rq->count;
	rq->merged_segments = is_transfer(rq) ? rq->segment_count : 0;
}

struct blk_request *blk_take(struct blk_device *dev, unsigned queue, unsigned segments)
{
	struct blk_queue *q = &dev->queues[queue];
	irq_state_t irq = spin_lock_irqsave(&q->lock);
	struct list *node = list_first(&q->waiting);
	struct blk_request *rq = NULL;

	if (node) {
		rq = list_entry(node, struct blk_request, link);
		if (rq->merged_segments > segments) {
			take_apart(rq);
		}
		list_remove(node);
	}
	spin_unlock_irqrestore(&q->lock, irq);
	return rq;
}

void blk_give_back(struct blk_device *dev, unsigned queue, struct blk_request *rq)
{
	struct blk_queue *q = &dev->queues[queue];
	irq_state_t irq = spin_lock_irqsave(&q->lock);

	list_push_front(&q->waiting, &rq->link);
	spin_unlock_irqrestore(&q->lock, irq);
}

static void one_done(struct blk_device *dev, struct blk_request *rq, int error)
{
	if (error) {
		tally(&dev->stats.errors, 1);
	} else {
		tally(&dev->stats.ops[rq->op].sectors, rq->count);
	}
	rq->error = error;
	rq->done(rq);
}

void blk_done(struct blk_device *dev, struct blk_request *rq, int error)
{
	struct list followers = LIST_INIT(followers), *node;

	/* K1: once done, the first may be gone with its list. */
	while ((node = list_first(&rq->followers))) {
		list_remove(node);
		list_push_back(&followers, node);
	}
	if (!error) {
		tally(&dev->stats.ops[rq->op].requests, 1);
	}
	one_done(dev, rq, error);
	while ((node = list_first(&followers))) {
		list_remove(node);
		one_done(dev, list_entry(node, struct blk_request, link), error);
	}
}

void queues_fail(struct blk_device *dev)
{
	for (unsigned i = 0; i < dev->queue_count; i++) {
		struct blk_request *rq;

		while ((rq = blk_take(dev, i, ~0u))) {
			blk_done(dev, rq, -ENXIO);
		}
	}
}

void queues_init(struct blk_device *dev, unsigned count_wanted)
{
	dev->queue_count = count_wanted;
	for (unsigned i = 0; i < BLK_QUEUES_MAX; i++) {
		spin_init(&dev->queues[i].lock, "block queue");
		list_init(&dev->queues[i].waiting);
	}
}
