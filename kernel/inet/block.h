/*
 * block.h - memory that TCP sends from: what a program wrote is copied there once, and lwIP's segments
 * only refer to it.
 *
 * Invariants, besides N1 (stack.h):
 *   B1  A block has a reference for whoever fills it and one for each piece of a segment that refers to
 *       it. Bytes that a piece refers to do not change.
 *   B2  A piece lies in one block.
 */
#ifndef INET_BLOCK_H
#define INET_BLOCK_H

#include <kernel/types.h>

struct net_store;
struct pbuf;
struct tcp_pcb;

struct block {
	unsigned refs, order;
	struct net_store *store; /* whose bytes these are; NULL: our own pages */
	char *data;
	size_t len;
};

/*
 * A block of `wanted` bytes, or less: 64 KiB at most. With one reference, the caller's; NULL: no memory.
 * Its bytes may be anything. Any lock, or none.
 */
struct block *block_make(size_t wanted) __must_check;
/*
 * The same in a store of the device that the connection's packets leave by (kernel/net.h); NULL: it has none, or is not worth
 * it for so little. With the stack's lock.
 */
struct block *block_make_stored(struct tcp_pcb *pcb, size_t wanted);
/* The store that the packet's first piece stands in, or NULL. */
struct net_store *block_store(const struct pbuf *p);
/* With the stack's lock. */
void block_unref(struct block *b);

/*
 * tcp_write() of up to 65535 bytes that stand in the block from `at` on, by reference. *previous_end is
 * where what the connection wrote before ends (B2). lwIP's error.
 */
signed char block_write(struct tcp_pcb *pcb, struct block *b, size_t at, uint16_t len, bool is_more,
	const char **previous_end);

#endif
