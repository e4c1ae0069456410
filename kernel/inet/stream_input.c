/*
 * stream_input.c - what a TCP socket received, see stream_input.h.
 *
 * A packet is a chain of lwIP's pieces. It leaves the queue when its last byte was taken, and memory when
 * nobody holds it any more either.
 */
#include "stream_input.h"

#include <kernel/string.h>
#include <lwip/pbuf.h>
#include "../sys/transfer.h"

#define LITTLE_LEN                                                                                 \
	256u /* a packet that is larger is no less than half of the memory it is in, or nearly */

/* ---- walking -------------------------------------------------------------------------------- */

/* A place among queued packets: bytes from the beginning of a packet's piece on. */
struct place {
	const struct pbuf *packet, *piece;
	size_t skip;
};

static struct place place_of(const struct pbuf *packet, unsigned skip)
{
	return (struct place){ packet, packet, skip };
}

/* The bytes that are next in one piece, at most *len, of which there must be some; they are passed over. */
static const char *next_take(struct place *at, size_t *len)
{
	const char *data;

	while (at->skip >= at->piece->len) {
		at->skip -= at->piece->len;
		at->piece = at->piece->next;
		if (!at->piece) {
			at->packet = at->packet->queued;
			at->piece = at->packet;
		}
	}
	data = (const char *)at->piece->payload + at->skip;
	*len = MIN(*len, at->piece->len - at->skip);
	at->skip += *len;
	return data;
}

/* ---- the queue ------------------------------------------------------------------------------ */

static void packet_append(struct stream_input *input, struct pbuf *p)
{
	p->queued = NULL;
	if (input->last) {
		input->last->queued = p;
	} else {
		input->first = p;
	}
	input->last = p;
}

/* A page at the end of the queue that has room for `len` bytes, which nobody is looking at. */
static struct pbuf *gatherer_get(struct stream_input *input, unsigned len)
{
	struct pbuf *p = input->last;

	if (p->flags & PBUF_FLAG_GATHERS && p->ref == 1 && p->len + len <= PBUF_POOL_BUFSIZE) {
		return p;
	}
	p = pbuf_alloc(PBUF_RAW, PBUF_POOL_BUFSIZE, PBUF_POOL);
	if (p) {
		p->len = p->tot_len = 0;
		p->flags |= PBUF_FLAG_GATHERS;
		packet_append(input, p);
	}
	return p;
}

bool stream_input_put(struct stream_input *input, struct pbuf *p)
{
	u16_t len = p->tot_len;

	if (len == 0) {
		pbuf_free(p);
		return true;
	}
	if (len >= LITTLE_LEN || !input->last) {
		packet_append(input, p);
	} else {
		struct pbuf *all = gatherer_get(input, len);

		if (!all) {
			return false;
		}
		(void)pbuf_copy_partial(p, (char *)all->payload + all->len, len, 0);
		all->len = all->tot_len = (u16_t)(all->len + len);
		pbuf_free(p);
	}
	WRITE_ONCE(input->used, input->used + len);
	return true;
}

size_t stream_input_peek(const struct stream_input *input, void *data, size_t len)
{
	size_t left = MIN(len, input->used), part;
	struct place at = place_of(input->first, input->skip);

	for (char *to = data; left > 0; to += part, left -= part) {
		const char *from;

		part = left;
		from = next_take(&at, &part);
		memcpy(to, from, part);
	}
	return MIN(len, input->used);
}

void stream_input_drop(struct stream_input *input, size_t len)
{
	WRITE_ONCE(input->used, input->used - len);
	len += input->skip;
	while (input->first && len >= input->first->tot_len) {
		struct pbuf *done = input->first;

		len -= done->tot_len;
		input->first = done->queued;
		pbuf_free(done);
	}
	if (!input->first) {
		input->last = NULL;
	}
	input->skip = (unsigned)len;
}

void stream_input_free(struct stream_input *input)
{
	stream_input_drop(input, input->used);
}

/* ---- parts ---------------------------------------------------------------------------------- */

/* The packets that have bytes of the part. */
static void packets_each(const struct stream_part *part, void (*each)(struct pbuf *p))
{
	size_t left = part->len > 0 ? part->skip + part->len : 0;
	struct pbuf *next;

	for (struct pbuf *p = part->first; left > 0; p = next) {
		left -= MIN(left, (size_t)p->tot_len);
		next = p->queued;
		each(p);
	}
}

static void packet_free(struct pbuf *p)
{
	(void)pbuf_free(p);
}

void stream_input_hold(const struct stream_input *input, size_t len, struct stream_part *part)
{
	*part = (struct stream_part){ input->first, input->skip, MIN(len, input->used) };
	packets_each(part, pbuf_ref);
}

void stream_part_free(struct stream_part *part)
{
	packets_each(part, packet_free);
}

size_t stream_part_scatter(const struct stream_part *part, struct user_vector *v)
{
	struct place at = place_of(part->first, part->skip);
	size_t done = 0, len;

	for (; done < part->len; done += len) {
		const char *from;

		len = part->len - done;
		from = next_take(&at, &len);
		if (user_vector_scatter(v, from, len)) {
			break;
		}
	}
	return done;
}
