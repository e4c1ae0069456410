/*
 * blk.c - the block front-end's data path (public io/blkif.h).
 *
 * A ring takes requests from the queues of the disk that fall to it, as long as it has
 * room, and tells the back-end once for all of them, if it wants to be told. A response is read once,
 * field by field, and believed only if it fits a request that is out.
 *
 * Invariants:
 *   F1  A slot is out exactly between blk_slot_send() and the response that names it, and
 *       is answered once; the ring's index bounds what may be answered.
 *   F2  What a request was is read from the slot, never from the ring.
 *   F3  Requests are answered without the ring's lock: done() may submit others.
 *   F4  When the connection ends, what is out goes back to the queue and is sent again: all that
 *       is out at once is independent (K3 of kernel/blk.h), so doing it twice does no harm.
 */
#include "blk-front.h"

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/log.h>

#define RETRY_TIME (10 * NSEC_PER_MSEC)
#define SLOT_NONE  (~0u)

/* What one response says, read once. */
struct answer {
	uint64_t id;
	uint8_t operation;
	int16_t status;
};

/* Put on the list of requests to be answered when the lock is gone (F3). */
static void answer_later(struct list *done, struct blk_request *rq, int error)
{
	rq->error = error;
	list_push_back(done, &rq->link);
}

static void answer_all(struct blk_front *front, struct list *done)
{
	struct list *node;

	while ((node = list_first(done))) {
		struct blk_request *rq = list_entry(node, struct blk_request, link);

		list_remove(node);
		blk_done(front->disk, rq, rq->error);
	}
}

/* ---- requests --------------------------------------------------------------------------------- */

/* What the back-end of now cannot do, though that of before could. */
static bool is_unsupported(const struct blk_front *front, enum blk_op op)
{
	const struct blk_limits *l = &front->disk->limits;

	return (op == BLK_FLUSH && !l->has_flush) || (op == BLK_DISCARD && !l->has_discard) ||
		(op == BLK_SECURE_DISCARD && !l->has_secure_discard);
}

/* Take the next request for a free slot; false when there is none, or it has to wait. */
static bool send_next(struct blk_ring *ring, unsigned queue, struct list *done)
{
	struct blk_front *front = ring->front;
	unsigned id = ring->free_slot;
	unsigned segments = ring->is_short ? BLK_SEGMENTS_MAX : front->features.segments;
	struct blk_request *rq = blk_take(front->disk, queue, segments);

	if (!rq) {
		return false;
	}
	if (is_unsupported(front, rq->op)) {
		answer_later(done, rq, -ENOTSUP);
		return true;
	}
	if (blk_slot_fill(ring, &ring->slots[id], rq)) {
		bool is_merged = rq->merged_segments > BLK_SEGMENTS_MAX;

		blk_give_back(front->disk, queue, rq);
		ring->is_short = !ring->out;
		if (!ring->out && !is_merged) {
			timer_set(&ring->retry, clock_now() + RETRY_TIME);
		}
		return !ring->out && is_merged; /* it can go in pieces */
	}
	ring->is_short = false;
	ring->free_slot = ring->slots[id].next_free;
	ring->out++;
	blk_slot_send(ring, id);
	return true;
}

static void pump_locked(struct blk_ring *ring, struct list *done)
{
	struct blk_front *front = ring->front;
	RING_IDX before = ring->ring.req_prod;

	if (!ring->is_up || READ_ONCE(front->is_broken)) {
		return;
	}
	for (unsigned q = ring->index; q < front->disk->queue_count; q += front->ring_count) {
		while (ring->free_slot != SLOT_NONE && front_ring_free(&ring->ring) &&
			send_next(ring, q, done)) {
		}
	}
	if (ring->ring.req_prod != before && front_ring_push(&ring->ring)) {
		ring->notified++;
		(void)!evtchn_send(ring->port);
	}
}

void blk_ring_pump(struct blk_ring *ring)
{
	struct list done = LIST_INIT(done);
	irq_state_t irq = spin_lock_irqsave(&ring->lock);

	pump_locked(ring, &done);
	spin_unlock_irqrestore(&ring->lock, irq);
	answer_all(ring->front, &done);
}

/* While there is no connection nothing is up, and requests wait. */
void blk_front_start(struct blk_device *disk, unsigned queue)
{
	struct blk_front *front = disk->private;
	unsigned count = READ_ONCE(front->ring_count);

	if (count) {
		blk_ring_pump(&front->rings[queue % count]);
	}
}

/* ---- responses -------------------------------------------------------------------------------- */

static struct answer response_read(const struct blk_ring *ring)
{
	const struct blkif_sring *shared = (const struct blkif_sring *)ring->ring.shared;
	const struct blkif_response *from =
		&shared->ring[ring->ring.rsp_cons & (ring->ring.size - 1)].rsp;

	return (struct answer){ READ_ONCE(from->id), READ_ONCE(from->operation),
		READ_ONCE(from->status) };
}

/* What is wrong with it, or NULL. */
static const char *answer_check(const struct blk_ring *ring, const struct answer *a)
{
	if (a->id >= ring->slot_count || !ring->slots[a->id].rq) {
		return "answers a request that is not out";
	}
	if (a->operation != ring->slots[a->id].operation) {
		return "answers with another operation than was asked for";
	}
	if (a->status != BLKIF_RSP_OKAY && a->status != BLKIF_RSP_ERROR &&
		a->status != BLKIF_RSP_EOPNOTSUPP) {
		return "answers with a status that does not exist";
	}
	return NULL;
}

/* The back-end cannot do what it said it could: a flush may still go as a barrier. True: try again. */
static bool operation_drop(struct blk_front *front, const struct blk_request *rq, uint8_t operation)
{
	struct blk_limits *l = &front->disk->limits;

	switch (operation) {
	case BLKIF_OP_FLUSH_DISKCACHE:
		if (front->features.has_barrier) {
			front->flush_operation = BLKIF_OP_WRITE_BARRIER;
			return true;
		}
		l->has_flush = false;
		break;
	case BLKIF_OP_WRITE_BARRIER:
		l->has_flush = false;
		break;
	case BLKIF_OP_DISCARD:
		if (rq->op == BLK_DISCARD) {
			l->has_discard = false;
		}
		l->has_secure_discard = false;
		break;
	default:
		return false;
	}
	log_warn("blk: %s: the back-end does not do operation %u after all", front->disk->name,
		operation);
	return false;
}

/* F1: what is wrong, or NULL. */
static const char *answer_take(struct blk_ring *ring, const struct answer *a, struct list *done)
{
	struct blk_front *front = ring->front;
	const char *wrong = answer_check(ring, a);
	struct blk_slot *slot;
	struct blk_request *rq;
	int error;

	if (wrong) {
		return wrong;
	}
	slot = &ring->slots[a->id];
	rq = slot->rq;
	if (blk_slot_release(ring, slot, rq->op == BLK_READ && a->status == BLKIF_RSP_OKAY)) {
		answer_later(done, rq, -EIO);
		wrong = "keeps pages of a request that it answered";
	} else if (a->status == BLKIF_RSP_EOPNOTSUPP && operation_drop(front, rq, a->operation)) {
		blk_give_back(front->disk, ring->index, rq);
	} else {
		error = a->status == BLKIF_RSP_OKAY	    ? 0
			: a->status == BLKIF_RSP_EOPNOTSUPP ? -ENOTSUP
							    : -EIO;
		answer_later(done, rq, error);
	}
	slot->next_free = ring->free_slot;
	ring->free_slot = (unsigned)a->id;
	ring->out--;
	return wrong;
}

/* Take all responses; true if there were any, *wrong what the back-end did. */
static bool responses_take(struct blk_ring *ring, struct list *done, const char **wrong)
{
	bool any = false;

	do {
		int count = front_ring_waiting(&ring->ring);

		if (count < 0) {
			*wrong = "answers more than was asked";
		}
		for (; count > 0 && !*wrong; count--) {
			struct answer a = response_read(ring);

			*wrong = answer_take(ring, &a, done);
			ring->ring.rsp_cons++;
			any = true;
		}
	} while (!*wrong && front_ring_rearm(&ring->ring));
	return any;
}

bool blk_front_event(evtchn_port_t port, void *arg)
{
	struct blk_ring *ring = arg;
	struct list done = LIST_INIT(done);
	const char *wrong = NULL;
	irq_state_t irq = spin_lock_irqsave(&ring->lock);
	bool any = false;

	if (ring->is_up && !READ_ONCE(ring->front->is_broken)) {
		any = responses_take(ring, &done, &wrong);
		if (!wrong) {
			pump_locked(ring, &done);
		}
	}
	spin_unlock_irqrestore(&ring->lock, irq);
	answer_all(ring->front, &done);
	if (wrong) {
		blk_front_break(ring->front, wrong);
	}
	return any;
}

/* ---- the end of a connection -------------------------------------------------------------------- */

void blk_ring_drain(struct blk_ring *ring, bool replay)
{
	struct blk_front *front = ring->front;
	struct list done = LIST_INIT(done);
	const char *wrong = NULL;
	irq_state_t irq = spin_lock_irqsave(&ring->lock);

	if (ring->is_up && replay) {
		responses_take(ring, &done, &wrong);
	}
	ring->is_up = false;
	for (unsigned i = ring->slot_count; i-- > 0;) {
		struct blk_slot *slot = &ring->slots[i];
		struct blk_request *rq = slot->rq;

		if (!rq) {
			continue;
		}
		(void)!blk_slot_release(ring, slot, false); /* S1 */
		if (replay) {
			blk_give_back(front->disk, ring->index, rq); /* F4 */
		} else {
			answer_later(&done, rq, -EIO);
		}
	}
	ring->out = 0;
	spin_unlock_irqrestore(&ring->lock, irq);
	timer_cancel(&ring->retry);
	answer_all(front, &done);
}
