/*
 * blk_slot.c - one request that is out: grants for its data, copies where they are due, its words on
 * the ring.
 *
 * Data goes in one of three ways: the issuer's own pages are granted for the time of
 * the request (plain); it is copied through pages that stay granted (persistent); or,
 * with a back-end that is not trusted and does not do that, through pages of ours
 * that are granted each time. Pages that are lent were zeroed first and never hold anything
 * but disk data.
 *
 * Invariant:
 *   S1  A grant that does not end keeps its page out of use: it gets a reference more, for ever.
 */
#include "blk-front.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

/* ---- pages that are lent --------------------------------------------------------------------- */

static struct blk_lent *lent_new(struct blk_ring *ring)
{
	struct blk_lent *lent = heap_alloc(sizeof(*lent));
	void *memory = page_alloc_zeroed();

	if (!lent || !memory) {
		goto fail;
	}
	lent->page = page_of(virt_to_pfn(memory));
	lent->ref = GREF_NONE;
	if (ring->front->features.is_persistent &&
		grant_access(ring->front->backend_id, page_pfn(lent->page), false, &lent->ref)) {
		goto fail;
	}
	list_init(&lent->link);
	ring->lent_count++;
	return lent;
fail:
	if (memory) {
		page_free(page_of(virt_to_pfn(memory)), 0);
	}
	heap_free(lent);
	return NULL;
}

static struct blk_lent *lent_get(struct blk_ring *ring)
{
	struct list *node = list_first(&ring->lent);

	if (node) {
		list_remove(node);
		return list_entry(node, struct blk_lent, link);
	}
	return ring->lent_count < ring->lent_max ? lent_new(ring) : NULL;
}

static void lent_put(struct blk_ring *ring, struct blk_lent *lent)
{
	list_push_front(&ring->lent, &lent->link);
}

int blk_lent_prepare(struct blk_ring *ring, unsigned count)
{
	while (ring->lent_count < count) {
		struct blk_lent *lent = lent_new(ring);

		if (!lent) {
			return -ENOMEM;
		}
		lent_put(ring, lent);
	}
	return 0;
}

static void lent_free(struct blk_ring *ring, struct blk_lent *lent)
{
	if (gref_is_none(lent->ref)) {
		page_free(lent->page, 0);
	} else {
		grant_end(lent->ref, lent->page);
	}
	heap_free(lent);
	ring->lent_count--;
}

void blk_lent_drop(struct blk_ring *ring)
{
	struct list *node;

	for (unsigned i = 0; i < ring->slot_count; i++) {
		if (ring->slots[i].descriptors) {
			lent_put(ring, ring->slots[i].descriptors);
			ring->slots[i].descriptors = NULL;
		}
	}
	while ((node = list_first(&ring->lent))) {
		list_remove(node);
		lent_free(ring, list_entry(node, struct blk_lent, link));
	}
}

/* ---- pieces -------------------------------------------------------------------------------------- */

static void *segment_memory(const struct blk_segment *s, struct page *page)
{
	return (char *)page_address(page) + s->offset;
}

static bool copies(const struct blk_front *front)
{
	return front->features.is_persistent || !front->features.is_trusted;
}

static int piece_grant(struct blk_ring *ring, struct blk_piece *piece, bool is_write)
{
	struct blk_front *front = ring->front;
	struct page *page = piece->segment.page;

	piece->lent = NULL;
	if (copies(front)) {
		piece->lent = lent_get(ring);
		if (!piece->lent) {
			return -ENOMEM;
		}
		page = piece->lent->page;
		if (is_write) {
			memcpy(segment_memory(&piece->segment, page),
				segment_memory(&piece->segment, piece->segment.page),
				piece->segment.len);
		}
		piece->ref = piece->lent->ref;
		if (!gref_is_none(piece->ref)) {
			return 0;
		}
	}
	if (grant_access(front->backend_id, page_pfn(page), is_write, &piece->ref)) {
		if (piece->lent) {
			lent_put(ring, piece->lent);
		}
		return -ENOSPC;
	}
	return 0;
}

/* S1 */
static int grant_end_or_leak(gref_t ref, struct page *page)
{
	if (grant_try_end(ref) == 0) {
		return 0;
	}
	page_ref(page);
	grant_end(ref, NULL);
	return -EBUSY;
}

static int piece_end(struct blk_ring *ring, struct blk_piece *piece, bool copy)
{
	struct blk_lent *lent = piece->lent;
	int err = 0;

	if (!lent) {
		return grant_end_or_leak(piece->ref, piece->segment.page);
	}
	if (gref_is_none(lent->ref)) {
		err = grant_end_or_leak(piece->ref, lent->page);
	}
	if (copy && !err) {
		memcpy(segment_memory(&piece->segment, piece->segment.page),
			segment_memory(&piece->segment, lent->page), piece->segment.len);
	}
	if (err) {
		heap_free(lent); /* its page is lost */
		ring->lent_count--;
	} else {
		lent_put(ring, lent);
	}
	return err;
}

/* All segments of a request and its followers, in order. */
static int pieces_add(struct blk_ring *ring, struct blk_slot *slot, const struct blk_request *rq)
{
	for (unsigned i = 0; i < rq->segment_count; i++) {
		struct blk_piece *piece = &slot->pieces[slot->piece_count];
		int err;

		piece->segment = rq->segments[i];
		err = piece_grant(ring, piece, rq->op == BLK_WRITE);
		if (err) {
			return err;
		}
		slot->piece_count++;
	}
	return 0;
}

/* The page of descriptors is kept: it is taken last, so that those who keep one leave pages for a small request. */
static int descriptors_get(struct blk_ring *ring, struct blk_slot *slot)
{
	struct blk_lent *lent = lent_get(ring);

	if (!lent) {
		return -ENOMEM;
	}
	if (gref_is_none(lent->ref) &&
		grant_access(ring->front->backend_id, page_pfn(lent->page), true, &lent->ref)) {
		lent_put(ring, lent);
		return -ENOSPC;
	}
	slot->descriptors = lent;
	return 0;
}

static int data_fill(struct blk_ring *ring, struct blk_slot *slot, struct blk_request *rq)
{
	int err;

	slot->operation = rq->op == BLK_WRITE ? BLKIF_OP_WRITE : BLKIF_OP_READ;
	err = pieces_add(ring, slot, rq);
	list_for_each(node, &rq->followers) {
		if (!err) {
			err = pieces_add(ring, slot, list_entry(node, struct blk_request, link));
		}
	}
	if (!err && slot->piece_count > BLKIF_MAX_SEGMENTS_PER_REQUEST && !slot->descriptors) {
		err = descriptors_get(ring, slot);
	}
	return err;
}

int blk_slot_fill(struct blk_ring *ring, struct blk_slot *slot, struct blk_request *rq)
{
	int err = 0;

	slot->piece_count = 0;
	switch (rq->op) {
	case BLK_READ:
	case BLK_WRITE:
		err = data_fill(ring, slot, rq);
		break;
	case BLK_FLUSH:
		slot->operation = ring->front->flush_operation;
		break;
	case BLK_DISCARD:
	case BLK_SECURE_DISCARD:
		slot->operation = BLKIF_OP_DISCARD;
		break;
	}
	if (err) {
		(void)!blk_slot_release(ring, slot, false); /* the back-end never heard of them */
	} else {
		slot->rq = rq;
	}
	return err;
}

int blk_slot_release(struct blk_ring *ring, struct blk_slot *slot, bool copy)
{
	int err = 0;

	for (unsigned i = 0; i < slot->piece_count; i++) {
		int one = piece_end(ring, &slot->pieces[i], copy);

		err = err ? err : one;
	}
	slot->piece_count = 0;
	slot->rq = NULL;
	return err;
}

/* ---- on the ring ---------------------------------------------------------------------------------------- */

static void segments_write(const struct blk_slot *slot, struct blkif_request_segment *to)
{
	for (unsigned i = 0; i < slot->piece_count; i++) {
		const struct blk_piece *piece = &slot->pieces[i];

		to[i] = (struct blkif_request_segment){
			.gref = piece->ref.n,
			.first_sect = (uint8_t)(piece->segment.offset >> BLK_SECTOR_SHIFT),
			.last_sect = (uint8_t)((piece->segment.offset + piece->segment.len - 1) >>
				BLK_SECTOR_SHIFT),
		};
	}
}

static void discard_send(struct blk_ring *ring, unsigned id, struct blkif_request *to)
{
	const struct blk_request *rq = ring->slots[id].rq;
	struct blkif_request_discard *request = (struct blkif_request_discard *)to;

	*request = (struct blkif_request_discard){ .operation = BLKIF_OP_DISCARD,
		.flag = rq->op == BLK_SECURE_DISCARD ? BLKIF_DISCARD_SECURE : 0,
		.handle = ring->front->handle,
		.id = id,
		.sector_number = rq->sector,
		.nr_sectors = rq->count };
}

static void indirect_send(struct blk_ring *ring, unsigned id, struct blkif_request *to)
{
	const struct blk_slot *slot = &ring->slots[id];
	struct blkif_request_indirect *request = (struct blkif_request_indirect *)to;

	segments_write(slot, page_address(slot->descriptors->page));
	*request = (struct blkif_request_indirect){ .operation = BLKIF_OP_INDIRECT,
		.indirect_op = slot->operation,
		.nr_segments = (uint16_t)slot->piece_count,
		.id = id,
		.sector_number = slot->rq->sector,
		.handle = ring->front->handle,
		.indirect_grefs = { slot->descriptors->ref.n } };
}

void blk_slot_send(struct blk_ring *ring, unsigned id)
{
	const struct blk_slot *slot = &ring->slots[id];
	struct blkif_sring *shared = (struct blkif_sring *)ring->ring.shared;
	struct blkif_request *to = &shared->ring[ring->ring.req_prod & (ring->ring.size - 1)].req;

	if (slot->operation == BLKIF_OP_DISCARD) {
		discard_send(ring, id, to);
	} else if (slot->piece_count > BLKIF_MAX_SEGMENTS_PER_REQUEST) {
		indirect_send(ring, id, to);
	} else {
		to->operation = slot->operation;
		to->nr_segments = (uint8_t)slot->piece_count;
		to->handle = ring->front->handle;
		to->id = id;
		to->sector_number = slot->piece_count ? slot->rq->sector : 0;
		segments_write(slot, to->seg);
	}
	ring->ring.req_prod++;
	ring->sent++;
}
