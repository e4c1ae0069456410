/*
 * stream_input.h - what a TCP socket received and was not asked for yet: packets, as they came.
 *
 * Their bytes stay where they are until they are copied to whoever reads. What is little would hold more
 * memory than it is, so it is gathered in packets of a page.
 *
 * All of it is under the stack's lock (N1), but stream_part_scatter() and a look at `used`.
 */
#ifndef INET_STREAM_INPUT_H
#define INET_STREAM_INPUT_H

#include <kernel/types.h>

struct pbuf;
struct user_vector;

struct stream_input {
	struct pbuf *first, *last; /* linked by pbuf->queued */
	unsigned skip;		   /* bytes of the first that were taken */
	size_t used;		   /* bytes that were not */
};

/* Bytes of it that somebody holds while he copies them; they do not change. */
struct stream_part {
	struct pbuf *first; /* each packet of it has a reference */
	unsigned skip;
	size_t len;
};

/* Take over a packet. False, and it is still the caller's: no memory. */
bool stream_input_put(struct stream_input *input, struct pbuf *p) __must_check;
/* Copy up to `len` bytes, from the first on: how many. */
size_t stream_input_peek(const struct stream_input *input, void *data, size_t len);
/* Let go of the first `len` bytes, which are there. */
void stream_input_drop(struct stream_input *input, size_t len);
void stream_input_free(struct stream_input *input);

/* Hold up to `len` bytes, from the first on, which also stay in the queue. */
void stream_input_hold(const struct stream_input *input, size_t len, struct stream_part *part);
void stream_part_free(struct stream_part *part);
/* Without the lock: copy all of it to user memory. Bytes, fewer in front of a bad address. */
size_t stream_part_scatter(const struct stream_part *part, struct user_vector *v);

#endif
