/*
 * pipe_ring.h - a byte queue of a fixed size, in pages that come when they are needed.
 *
 * The caller serializes.
 */
#ifndef PIPE_RING_H
#define PIPE_RING_H

#include <kernel/types.h>

struct pipe_ring {
	size_t size;	     /* a power of two, whole pages */
	uint64_t head, tail; /* bytes ever written, ever read */
	void **pages;
};

/* 0 or -ENOMEM. `size` is rounded up. */
int pipe_ring_init(struct pipe_ring *ring, size_t size) __must_check;
void pipe_ring_free(struct pipe_ring *ring);

static inline size_t pipe_ring_used(const struct pipe_ring *ring)
{
	return (size_t)(ring->head - ring->tail);
}

static inline size_t pipe_ring_room(const struct pipe_ring *ring)
{
	return ring->size - pipe_ring_used(ring);
}

/* Up to `len` bytes; how many: fewer for want of room, or of memory. */
size_t pipe_ring_put(struct pipe_ring *ring, const void *data, size_t len);
size_t pipe_ring_take(struct pipe_ring *ring, void *data, size_t len);
/* The first bytes, up to `len`, that lie one behind the other: how many, and where. */
size_t pipe_ring_front(const struct pipe_ring *ring, const void **data, size_t len);
/* A copy of up to `len` bytes that stand `skip` bytes behind the first. */
size_t pipe_ring_peek(const struct pipe_ring *ring, size_t skip, void *data, size_t len);
/* Let go of the first `len` bytes, which are there. */
void pipe_ring_drop(struct pipe_ring *ring, size_t len);

#endif
