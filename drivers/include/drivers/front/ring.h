/*
 * drivers/front/ring.h - the front-end's end of an I/O ring (public io/ring.h).
 *
 * Requests go in at req_prod, responses come back in the same slots up to rsp_prod; both
 * indices run freely and are reduced when used. The other end is not trusted: what
 * it writes is read once, and an index that makes no sense is an error of its.
 *
 * The layout of struct NAME_sring is that of DEFINE_RING_TYPES(NAME, ...): the macros
 * here work on `struct front_ring` and leave the slots, whose type they do not
 * know, to the caller.
 *
 * Invariants:
 *   R1  A request is in its slot before the index that covers it is (release); a response
 *       is read after the index that covers it was (acquire).
 *   R2  rsp_cons <= rsp_prod <= req_prod <= rsp_cons + size, in the arithmetic of RING_IDX.
 *   R3  A notification is sent exactly if the other end asked for one of these requests.
 */
#ifndef DRIVERS_FRONT_RING_H
#define DRIVERS_FRONT_RING_H

#include <kernel/errno.h>
#include <kernel/types.h>
#include <xen/io/ring.h>

/* What every struct NAME_sring begins with. */
struct front_ring_shared {
	RING_IDX req_prod, req_event;
	RING_IDX rsp_prod, rsp_event;
};

struct front_ring {
	struct front_ring_shared *shared;
	RING_IDX req_prod; /* ours: requests written, published or not */
	RING_IDX rsp_cons; /* responses taken */
	RING_IDX size;	   /* slots, a power of two */
};

/* A fresh ring in zeroed memory that is not yet shared. */
static inline void front_ring_init(struct front_ring *ring, void *shared, unsigned size)
{
	*ring = (struct front_ring){ .shared = shared, .size = size };
	ring->shared->req_event = ring->shared->rsp_event = 1;
}

static inline unsigned front_ring_free(const struct front_ring *ring)
{
	return ring->size - (ring->req_prod - ring->rsp_cons);
}

/* Publish all requests up to req_prod; true when the other end wants to be notified (R3). */
static inline bool front_ring_push(struct front_ring *ring)
{
	RING_IDX old = ring->shared->req_prod, new = ring->req_prod;

	__atomic_store_n(&ring->shared->req_prod, new, __ATOMIC_RELEASE); /* R1 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return new - READ_ONCE(ring->shared->req_event) < new - old;
}

/* Responses that wait: their number, or -EPROTO when the index makes no sense (R2). */
static inline int front_ring_waiting(const struct front_ring *ring)
{
	RING_IDX count =
		__atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_ACQUIRE) - ring->rsp_cons;

	return count > ring->req_prod - ring->rsp_cons ? -EPROTO : (int)count;
}

/*
 * All that waited was taken: ask for a notification of the next response. True when one
 * came in meanwhile, whose notification may be missing: look again.
 */
static inline bool front_ring_rearm(struct front_ring *ring)
{
	WRITE_ONCE(ring->shared->rsp_event, ring->rsp_cons + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return READ_ONCE(ring->shared->rsp_prod) != ring->rsp_cons;
}

#endif
