/*
 * blk_ring.c - the rings of a connection: memory, grants, event channels, slots.
 *
 * All of it belongs to one connection and is made anew for the next. The struct itself, with
 * its lock, stays: a late event or start() finds a ring that is not up.
 */
#include "blk-front.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

/* As __RING_SIZE() of io/ring.h: the largest power of two of slots that fits. */
static unsigned slots_in(unsigned pages)
{
	size_t room = pages * PAGE_SIZE - offsetof(struct blkif_sring, ring);
	unsigned count = 1;

	while ((size_t)count * 2 * sizeof(union blkif_sring_entry) <= room) {
		count *= 2;
	}
	return count;
}

static void retry_fire(struct timer *timer)
{
	blk_ring_pump(container_of(timer, struct blk_ring, retry));
}

static int memory_make(struct blk_ring *ring)
{
	unsigned order = ring->front->features.ring_order,
		 segments = ring->front->features.segments;

	ring->page_count = 1u << order;
	ring->slot_count = slots_in(ring->page_count);
	ring->slots = heap_alloc(ring->slot_count * sizeof(*ring->slots));
	ring->all_pieces =
		heap_alloc((size_t)ring->slot_count * segments * sizeof(struct blk_piece));
	ring->pages = page_alloc(order);
	if (!ring->slots || !ring->all_pieces || !ring->pages) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < ring->slot_count; i++) {
		ring->slots[i].pieces = ring->all_pieces + (size_t)i * segments;
		ring->slots[i].next_free = i + 1 < ring->slot_count ? i + 1 : ~0u;
	}
	ring->free_slot = 0;
	ring->out = 0;
	ring->is_short = false;
	memset(page_address(ring->pages), 0, ring->page_count * PAGE_SIZE);
	front_ring_init(&ring->ring, page_address(ring->pages), ring->slot_count);
	return 0;
}

static int pages_grant(struct blk_ring *ring)
{
	int err = 0;

	for (unsigned i = 0; !err && i < ring->page_count; i++) {
		err = grant_access(ring->front->backend_id, pfn_add(page_pfn(ring->pages), i),
			false, &ring->refs[i]);
	}
	return err;
}

static int port_open(struct blk_ring *ring)
{
	struct evtchn_handler handler = { .handle = blk_front_event, .arg = ring, .name = "vbd" };
	int port = evtchn_alloc_unbound(ring->front->backend_id, handler);

	if (port > 0) {
		ring->port = (evtchn_port_t)port;
		return 0;
	}
	return port;
}

/* A sixteenth of memory: pages that stay granted are nobody else's any more. */
static unsigned lent_max(void)
{
	struct page_stats memory;

	page_stats_get(&memory);
	return (unsigned)MIN((unsigned long)LENT_MAX, memory.total / 16);
}

int blk_ring_create(struct blk_ring *ring)
{
	const struct blk_features *f = &ring->front->features;
	int err;

	for (unsigned i = 0; i < RING_PAGES_MAX; i++) {
		ring->refs[i] = GREF_NONE;
	}
	ring->lent_max = lent_max();
	list_init(&ring->lent);
	timer_init(&ring->retry, retry_fire);
	err = memory_make(ring);
	if (!err) {
		err = grant_reserve(MIN(ring->slot_count * f->segments, LENT_MAX));
	}
	if (!err) {
		err = pages_grant(ring);
	}
	/* One request must always find its pages, taken apart if need be. */
	if (!err && (f->is_persistent || !f->is_trusted)) {
		err = blk_lent_prepare(ring, BLK_SEGMENTS_MAX + 1);
	}
	return err ? err : port_open(ring);
}

/* A page that is still granted stays out of use until it no longer is; the rest of the block goes with it. */
static void pages_end(struct blk_ring *ring)
{
	bool is_free = true;

	for (unsigned i = 0; i < RING_PAGES_MAX; i++) {
		if (!gref_is_none(ring->refs[i]) && grant_try_end(ring->refs[i])) {
			is_free = false;
			grant_end(ring->refs[i], NULL);
		}
		ring->refs[i] = GREF_NONE;
	}
	if (ring->pages && is_free) {
		page_free(ring->pages, ring->front->features.ring_order);
	}
	ring->pages = NULL;
}

void blk_ring_destroy(struct blk_ring *ring)
{
	if (ring->port) {
		evtchn_close(ring->port);
		ring->port = 0;
	}
	if (ring->slots) {
		blk_lent_drop(ring);
	}
	pages_end(ring);
	heap_free(ring->all_pieces);
	heap_free(ring->slots);
	ring->all_pieces = NULL;
	ring->slots = NULL;
	ring->slot_count = 0;
}
