/*
 * transmit.c - packets on their way out: made large for a device that cuts them again, or cut here, and
 * checksums are the device's or made here.
 *
 * lwIP hands over TCP segments with no checksum at all, and with more than a packet may carry
 * (segment.h). What waits for inet_leave() is looked at in order: a segment that continues the one
 * before (same connection, next sequence number, nothing else in the headers) joins it, up to what fits
 * an IP packet. For a device without GSO each is cut into packets of its own.
 */
#include "transmit.h"

#include <kernel/string.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/prot/tcp.h>
#include "block.h"
#include "headers.h"

#define GSO_LEN_MAX 65000u /* of an IP packet */

/* What is being sent. N1: one at a time. */
static struct net_frame frame;
static struct headers headers;

/* ---- filling -------------------------------------------------------------------------------- */

/* `len` bytes of `p` from `skip` on, piece by piece; false, and the frame as before: too many pieces. */
static bool pieces_add(struct net_frame *f, const struct pbuf *p, unsigned skip, unsigned len)
{
	unsigned count = f->piece_count, left = len;

	for (; left > 0; p = p->next) {
		unsigned from = MIN(skip, p->len), part = MIN(p->len - from, left);

		skip -= from;
		if (part > 0 && f->piece_count == NET_PIECES_MAX) {
			f->piece_count = count;
			return false;
		}
		if (part > 0) {
			f->pieces[f->piece_count++] =
				(struct net_piece){ (const char *)p->payload + from, part,
					block_store(p) };
			left -= part;
		}
	}
	f->len += len;
	return true;
}

/* The frame with nothing but these headers; the copy is used until it is sent. */
static void frame_begin(struct net_frame *f, const struct headers *h)
{
	f->piece_count = f->len = 0;
	f->csum_start = f->csum_offset = f->gso_size = 0;
	f->is_ipv6 = h->is_ipv6;
	f->flow = headers_flow(h);
	if (h->is_tcp) {
		f->pieces[f->piece_count++] = (struct net_piece){ h->bytes, h->payload, NULL };
		f->len = h->payload;
	}
}

static bool frame_finish(struct net_device *dev, struct net_frame *f, struct headers *h)
{
	if (h->is_tcp) {
		headers_checksum_set(h, f, dev->features);
	}
	return dev->ops->transmit(dev, f);
}

static void count_sent(struct net_device *dev, unsigned packets, unsigned bytes)
{
	dev->sent.packets += packets;
	dev->sent.bytes += bytes;
}

/* ---- joining -------------------------------------------------------------------------------- */

static bool has_gso(const struct net_device *dev, const struct headers *h)
{
	return h->is_tcp && h->payload_len > 0 &&
		dev->features & (h->is_ipv6 ? NET_GSO_TCP6 : NET_GSO_TCP4);
}

static bool continues(
	const struct headers *first, unsigned len, uint8_t last_flags, const struct headers *next)
{
	return next->is_tcp && next->payload_len > 0 && next->seq == first->seq + len &&
		!(last_flags & ~TCP_ACK) && !(next->flags & ~(TCP_ACK | TCP_PSH)) &&
		headers_match(first, next);
}

/*
 * How many of dev->pending from `first` on went into the frame, which is cut into units of `unit`: all but
 * the last of them must be whole ones. One alone may be of a lesser unit, so none larger follows it.
 */
static unsigned frame_join(
	struct net_device *dev, struct net_frame *f, unsigned first, unsigned unit)
{
	static struct headers next; /* N1 */
	unsigned count = 1, len = headers.payload_len;
	uint8_t flags = headers.flags;

	while (first + count < dev->pending_count && len % unit == 0) {
		struct pbuf *p = dev->pending[first + count];

		headers_look(&next, p);
		if (!continues(&headers, len, flags, &next) ||
			(headers.payload_len == unit && next.payload_len > unit) ||
			f->len + next.payload_len > GSO_LEN_MAX ||
			!pieces_add(f, p, next.payload, next.payload_len)) {
			break;
		}
		len += next.payload_len;
		flags = next.flags;
		count++;
	}
	if (len > unit) {
		f->gso_size = unit;
	}
	if (count > 1) {
		headers_segment_set(&headers, headers.seq, flags, 0);
		headers_length_set(&headers, f);
	}
	return count;
}

/* ---- cutting -------------------------------------------------------------------------------- */

/* Packets of `unit` bytes; what was sent of them is kept in dev->cut if the device has no room for more: false. */
static bool frame_cut(struct net_device *dev, struct net_frame *f, struct pbuf *p, unsigned unit)
{
	uint32_t seq = headers.seq;

	while (dev->cut < headers.payload_len) {
		unsigned part = MIN(unit, headers.payload_len - dev->cut);
		bool is_last = dev->cut + part == headers.payload_len;

		headers_segment_set(&headers, seq + dev->cut,
			is_last ? headers.flags : headers.flags & (uint8_t) ~(TCP_PSH | TCP_FIN),
			dev->cut > 0);
		frame_begin(f, &headers);
		if (!pieces_add(f, p, headers.payload + dev->cut, part)) {
			dev->sent.dropped++;
		} else {
			headers_length_set(&headers, f);
			if (!frame_finish(dev, f, &headers)) {
				return false;
			}
			count_sent(dev, 1, f->len);
		}
		dev->cut += part;
	}
	dev->cut = 0;
	return true;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* The most of the payload that one packet of the network may carry, not 0: what was agreed, and what the device can. */
static unsigned unit_of(const struct net_device *dev, const struct pbuf *p)
{
	unsigned whole = dev->mtu + NET_HEADER_LEN, unit = headers.payload_len;

	if (p->flags & PBUF_FLAG_SEGMENT) {
		unit = MIN(unit, p->segment_len);
	}
	if (whole > headers.payload) {
		unit = MIN(unit, whole - headers.payload);
	}
	return MAX(unit, 1u);
}

/* One frame, from as many packets as fit together: how many; 0: the device has no room. */
static unsigned frame_send(struct net_device *dev, unsigned first)
{
	struct pbuf *p = dev->pending[first];
	unsigned count = 1, unit;

	headers_look(&headers, p);
	if (headers.is_tcp && p->flags & PBUF_FLAG_SEGMENT) {
		headers_whole_set(&headers);
	}
	unit = headers.is_tcp ? unit_of(dev, p) : 1;
	if (headers.is_tcp && headers.payload_len > unit && !has_gso(dev, &headers)) {
		return frame_cut(dev, &frame, p, unit);
	}
	frame_begin(&frame, &headers);
	if (!pieces_add(&frame, p, frame.len, p->tot_len - frame.len)) {
		dev->sent.dropped++;
		return 1;
	}
	if (has_gso(dev, &headers)) {
		count = frame_join(dev, &frame, first, unit);
	}
	if (!frame_finish(dev, &frame, &headers)) {
		return 0;
	}
	count_sent(dev, count, frame.len);
	return count;
}

/* The first `count` are done with. */
static void pending_drop(struct net_device *dev, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pbuf_free(dev->pending[i]);
	}
	dev->pending_count -= count;
	memmove(dev->pending, dev->pending + count, dev->pending_count * sizeof(dev->pending[0]));
}

void transmit_pending(struct net_device *dev)
{
	unsigned done = 0, count = dev->pending_count;

	while (done < dev->pending_count && count) {
		count = frame_send(dev, done);
		done += count;
	}
	if (done) {
		dev->ops->flush(dev);
		pending_drop(dev, done);
	}
}

void transmit_forget(struct net_device *dev)
{
	pending_drop(dev, dev->pending_count);
	dev->cut = 0;
}

static struct pbuf *pending_clone(struct pbuf *p)
{
	struct pbuf *clone = pbuf_clone(PBUF_RAW, PBUF_RAM, p);

	if (clone) {
		clone->flags |= p->flags & PBUF_FLAG_SEGMENT;
		clone->segment_len = p->segment_len;
	}
	return clone;
}

/*
 * What belongs to a connection stays lwIP's, which will not touch it while we hold it; the rest
 * may be in memory that is used again as soon as we return. Of many small writes that waited for the window a
 * segment has more pieces than a frame, besides its headers.
 */
static struct pbuf *pending_ref(struct pbuf *p)
{
	unsigned pieces = 1;

	for (struct pbuf *q = p; q; q = q->next) {
		if (PBUF_NEEDS_COPY(q) || ++pieces > NET_PIECES_MAX) {
			return pending_clone(p);
		}
	}
	pbuf_ref(p);
	return p;
}

err_t transmit_queue(struct netif *netif, struct pbuf *p)
{
	struct net_device *dev = device_of(netif);
	struct pbuf *held;

	if (packet_taps) {
		packet_tap(dev, p, true, true);
	}
	if (!dev->has_carrier) {
		dev->sent.dropped++;
		return ERR_OK;
	}
	if (dev->pending_count == ARRAY_SIZE(dev->pending)) {
		transmit_pending(dev);
	}
	held = dev->pending_count < ARRAY_SIZE(dev->pending) ? pending_ref(p) : NULL;
	if (!held) {
		dev->sent.dropped++;
		return ERR_MEM;
	}
	dev->pending[dev->pending_count++] = held;
	return ERR_OK;
}
