/* xs-client.h - what the files of the store's client share: ring (xs_ring.c), requests (xenstore.c), watches (xs_watch.c). */
#ifndef XEN_XS_CLIENT_H
#define XEN_XS_CLIENT_H

#include <drivers/xen/xenstore.h>

/* Bind the event channel. 0, -ENODEV without a ring, or why not. */
int xs_ring_init(void) __must_check;
/*
 * After a restore: bind the new one, and drop what another store said last, which may be half a message. The new
 * one says nothing unasked before it knows a watch. No message is being read. 0, or why not.
 */
int xs_ring_resume(void) __must_check;

/* Copy all of the parts; one writer at a time. -EIO, or -ETIMEDOUT with nothing written. */
int xs_ring_write(const struct xs_part *parts, unsigned count, nsec_t deadline) __must_check;

/* Wait for a message; false when there will be none. */
bool xs_ring_wait(void);
/* Whether one has come, at least in part. */
bool xs_ring_has_more(void);

/* Wait for `len` bytes of a message; the reader thread only. -EIO; past the deadline the connection is given up. */
int xs_ring_read(void *data, size_t len, nsec_t deadline) __must_check;

/* Give the connection up; the first reason given is logged. */
void xs_ring_kill(const char *why);
bool xs_ring_is_dead(void);

/* One exchange. `body` of a good reply is the caller's to free, NUL-terminated; NULL if not wanted. */
struct xs_reply {
	char *body;
	size_t len;
};
int xs_call(enum xs_type type, struct xs_tx tx, const struct xs_part *parts, unsigned count,
	struct xs_reply *reply) __must_check;

/* Queue an event; the reader thread only. */
void xs_watch_event(const char *path, const char *token);
/* Start the thread. 0 or -ENOMEM. */
int xs_watch_start(void);
void xs_watch_stats(struct xenstore_stats *stats);

#endif
