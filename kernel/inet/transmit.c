/*
 * transmit.c - packets on their way out: neighbours of one connection become one large frame for a
 * device that cuts it again, and checksums are the device's or made here.
 *
 * lwIP hands over TCP segments with no checksum at all. What waits for inet_leave() is looked at in
 * order: a segment that continues the one before (same connection, next sequence number, equal
 * length, nothing else in the headers) joins it, up to what fits an IP packet.
 */
#include "transmit.h"

#include <kernel/string.h>
#include <lwip/inet_chksum.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>

#define GSO_LEN_MAX 65000u /* of an IP packet */
#define HEADERS_MAX 160u   /* Ethernet, IP and TCP with their options */

/* A frame's headers, found and copied. */
struct segment {
	bool is_tcp, is_ipv6;
	unsigned ip, tcp, payload; /* offsets */
	unsigned payload_len;
	uint32_t seq;
	uint8_t flags;
	unsigned char headers[HEADERS_MAX];
};

static void *at(struct segment *s, unsigned offset)
{
	return s->headers + offset;
}

/* ---- looking -------------------------------------------------------------------------------- */

static bool ip4_look(struct segment *s, unsigned len)
{
	const struct ip_hdr *ip = at(s, s->ip);

	if (len < s->ip + IP_HLEN || IPH_PROTO(ip) != IP_PROTO_TCP ||
		IPH_OFFSET(ip) & PP_HTONS(IP_OFFMASK | IP_MF)) {
		return false;
	}
	s->tcp = s->ip + IPH_HL_BYTES(ip);
	return true;
}

static bool ip6_look(struct segment *s, unsigned len)
{
	const struct ip6_hdr *ip = at(s, s->ip);

	s->is_ipv6 = true;
	s->tcp = s->ip + IP6_HLEN;
	return len >= s->tcp && IP6H_NEXTH(ip) == IP6_NEXTH_TCP;
}

static void tcp_look(struct segment *s, unsigned len, unsigned copied)
{
	const struct tcp_hdr *tcp = at(s, s->tcp);

	if (copied < s->tcp + TCP_HLEN) {
		return;
	}
	s->payload = s->tcp + TCPH_HDRLEN_BYTES(tcp);
	if (s->payload > copied) {
		return;
	}
	s->is_tcp = true;
	s->payload_len = len - s->payload;
	s->seq = lwip_ntohl(tcp->seqno);
	s->flags = TCPH_FLAGS(tcp);
}

static void segment_look(struct segment *s, struct pbuf *p)
{
	unsigned copied = pbuf_copy_partial(p, s->headers, sizeof(s->headers), 0);
	const struct eth_hdr *eth = at(s, 0);
	bool is_tcp = false;

	s->is_tcp = s->is_ipv6 = false;
	s->ip = NET_HEADER_LEN;
	if (copied < NET_HEADER_LEN) {
		return;
	}
	if (eth->type == PP_HTONS(ETHTYPE_IP)) {
		is_tcp = ip4_look(s, copied);
	} else if (eth->type == PP_HTONS(ETHTYPE_IPV6)) {
		is_tcp = ip6_look(s, copied);
	}
	if (is_tcp) {
		tcp_look(s, p->tot_len, copied);
	}
}

/* ---- joining -------------------------------------------------------------------------------- */

/* All of the headers but what rightly differs: lengths, identity, checksums, sequence, PSH. */
static bool headers_match(struct segment *a, struct segment *b)
{
	struct tcp_hdr *x = at(a, a->tcp), *y = at(b, b->tcp);
	unsigned options = a->payload - a->tcp - TCP_HLEN;

	if (a->is_ipv6 != b->is_ipv6 || a->tcp != b->tcp || a->payload != b->payload ||
		memcmp(a->headers, b->headers, NET_HEADER_LEN)) {
		return false;
	}
	if (a->is_ipv6 ? memcmp(a->headers + a->ip + 8, b->headers + b->ip + 8, 32)
		       : memcmp(a->headers + a->ip + 12, b->headers + b->ip + 12, 8)) {
		return false;
	}
	return x->src == y->src && x->dest == y->dest && x->ackno == y->ackno && x->wnd == y->wnd &&
		!memcmp(x + 1, y + 1, options);
}

static bool continues(struct segment *first, unsigned len, uint8_t last_flags, struct segment *next)
{
	return next->is_tcp && next->payload_len > 0 && next->payload_len <= first->payload_len &&
		next->seq == first->seq + len && !(last_flags & ~TCP_ACK) &&
		!(next->flags & ~(TCP_ACK | TCP_PSH)) && headers_match(first, next);
}

/* The payload of `p`, piece by piece. */
static bool pieces_add(struct net_frame *f, struct pbuf *p, unsigned skip)
{
	for (; p; p = p->next) {
		unsigned from = MIN(skip, p->len);

		skip -= from;
		if (p->len > from) {
			if (f->piece_count == NET_PIECES_MAX) {
				return false;
			}
			f->pieces[f->piece_count++] =
				(struct net_piece){ (const char *)p->payload + from,
					p->len - from };
			f->len += p->len - from;
		}
	}
	return true;
}

static unsigned gso_feature(const struct segment *s)
{
	return s->is_ipv6 ? NET_GSO_TCP6 : NET_GSO_TCP4;
}

/* How many of dev->pending from `first` on went into the frame. */
static unsigned frame_join(
	struct net_device *dev, struct net_frame *f, struct segment *s, unsigned first)
{
	static struct segment next; /* N1 */
	unsigned count = 1, len = s->payload_len, last_len = len;
	uint8_t flags = s->flags;

	if (!s->is_tcp || !(dev->features & gso_feature(s)) || len == 0) {
		return count;
	}
	while (first + count < dev->pending_count) {
		struct pbuf *p = dev->pending[first + count];
		unsigned pieces = f->piece_count, before = f->len;

		segment_look(&next, p);
		/* Only the last may be shorter. */
		if (last_len != s->payload_len || !continues(s, len, flags, &next) ||
			f->len + next.payload_len > GSO_LEN_MAX) {
			break;
		}
		if (!pieces_add(f, p, next.payload)) {
			f->piece_count = pieces;
			f->len = before;
			break;
		}
		len += last_len = next.payload_len;
		flags = next.flags;
		count++;
	}
	if (count > 1) {
		struct tcp_hdr *tcp = at(s, s->tcp);

		f->gso_size = s->payload_len;
		TCPH_SET_FLAG(tcp, flags);
	}
	return count;
}

/* ---- checksums ------------------------------------------------------------------------------ */

static uint32_t sum_add(uint32_t sum, const void *data, unsigned len)
{
	const unsigned char *bytes = data;

	for (unsigned i = 0; i + 1 < len; i += 2) {
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	}
	return len & 1 ? sum + ((uint32_t)bytes[len - 1] << 8) : sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16) {
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

/* What TCP's sum has of the addresses. */
static uint16_t pseudo_sum(struct segment *s, unsigned tcp_len)
{
	uint32_t sum = IP_PROTO_TCP + tcp_len;

	sum = s->is_ipv6 ? sum_add(sum, at(s, s->ip + 8), 32) : sum_add(sum, at(s, s->ip + 12), 8);
	return sum_fold(sum);
}

/* Of the whole frame from `start` on, pieces of odd length among them. */
static uint16_t frame_sum(const struct net_frame *f, unsigned start, uint16_t sum)
{
	bool is_odd = false;
	uint32_t total = sum;

	for (unsigned i = 0; i < f->piece_count; i++) {
		const unsigned char *data = f->pieces[i].data;
		unsigned len = f->pieces[i].len, skip = MIN(start, len);
		uint16_t part = sum_fold(sum_add(0, data + skip, len - skip));

		start -= skip;
		total += is_odd ? (uint16_t)(part << 8 | part >> 8) : part;
		is_odd ^= (len - skip) & 1;
	}
	return sum_fold(total);
}

static void ip_length_set(struct segment *s, const struct net_frame *f)
{
	if (s->is_ipv6) {
		struct ip6_hdr *ip = at(s, s->ip);

		IP6H_PLEN_SET(ip, f->len - s->ip - IP6_HLEN);
	} else {
		struct ip_hdr *ip = at(s, s->ip);

		IPH_LEN_SET(ip, lwip_htons((u16_t)(f->len - s->ip)));
		IPH_CHKSUM_SET(ip, 0);
		IPH_CHKSUM_SET(ip, inet_chksum(ip, (u16_t)(s->tcp - s->ip)));
	}
}

static void checksum_set(struct net_device *dev, struct net_frame *f, struct segment *s)
{
	struct tcp_hdr *tcp = at(s, s->tcp);
	uint16_t sum = pseudo_sum(s, f->len - s->tcp);

	if (dev->features & (s->is_ipv6 ? NET_CSUM_TCP6 : NET_CSUM_TCP4)) {
		tcp->chksum = lwip_htons(sum);
		f->csum_start = s->tcp;
		f->csum_offset = offsetof(struct tcp_hdr, chksum);
	} else {
		tcp->chksum = 0;
		tcp->chksum = lwip_htons((u16_t)~frame_sum(f, s->tcp, sum));
	}
}

/* ---- sending -------------------------------------------------------------------------------- */

static uint32_t flow_of(struct segment *s)
{
	uint32_t ports;

	if (!s->is_tcp) {
		return 0;
	}
	memcpy(&ports, at(s, s->tcp), sizeof(ports));
	return (ports ^ ports >> 16) * 2654435761u >> 8;
}

/* One frame, from as many packets as fit together: how many; 0: the device has no room. */
static unsigned frame_send(struct net_device *dev, unsigned first)
{
	static struct net_frame f; /* N1, as the next */
	static struct segment s;
	struct pbuf *p = dev->pending[first];
	unsigned count;

	segment_look(&s, p);
	f.piece_count = f.len = 0;
	f.csum_start = f.csum_offset = f.gso_size = 0;
	f.is_ipv6 = s.is_ipv6;
	f.flow = flow_of(&s);
	if (s.is_tcp) { /* the headers' copy in place of the headers */
		f.pieces[f.piece_count++] = (struct net_piece){ s.headers, s.payload };
		f.len = s.payload;
	}
	if (!pieces_add(&f, p, f.len)) {
		dev->sent.dropped++;
		return 1;
	}
	count = frame_join(dev, &f, &s, first);
	if (count > 1) {
		ip_length_set(&s, &f);
	}
	if (s.is_tcp) {
		checksum_set(dev, &f, &s);
	}
	if (!dev->ops->transmit(dev, &f)) {
		return 0;
	}
	dev->sent.packets += count;
	dev->sent.bytes += f.len;
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
}

/*
 * What belongs to a connection stays lwIP's, which will not touch it while we hold it; the rest
 * may be in memory that is used again as soon as we return.
 */
static struct pbuf *pending_ref(struct pbuf *p)
{
	for (struct pbuf *q = p; q; q = q->next) {
		if (PBUF_NEEDS_COPY(q)) {
			return pbuf_clone(PBUF_RAW, PBUF_RAM, p);
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
