/* headers.c - the headers of a packet on its way out; see headers.h. */
#include "headers.h"

#include <kernel/string.h>
#include <lwip/inet_chksum.h>
#include <lwip/pbuf.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>

static void *at(struct headers *h, unsigned offset)
{
	return h->bytes + offset;
}

static const void *seen(const struct headers *h, unsigned offset)
{
	return h->bytes + offset;
}

/* ---- looking -------------------------------------------------------------------------------- */

static bool ip4_look(struct headers *h, unsigned len)
{
	const struct ip_hdr *ip = at(h, h->ip);

	if (len < h->ip + IP_HLEN || IPH_PROTO(ip) != IP_PROTO_TCP ||
		IPH_OFFSET(ip) & PP_HTONS(IP_OFFMASK | IP_MF)) {
		return false;
	}
	h->tcp = h->ip + IPH_HL_BYTES(ip);
	return true;
}

static bool ip6_look(struct headers *h, unsigned len)
{
	const struct ip6_hdr *ip = at(h, h->ip);

	h->is_ipv6 = true;
	h->tcp = h->ip + IP6_HLEN;
	return len >= h->tcp && IP6H_NEXTH(ip) == IP6_NEXTH_TCP;
}

static void tcp_look(struct headers *h, unsigned len, unsigned copied)
{
	const struct tcp_hdr *tcp = at(h, h->tcp);

	if (copied < h->tcp + TCP_HLEN) {
		return;
	}
	h->payload = h->tcp + TCPH_HDRLEN_BYTES(tcp);
	if (h->payload < h->tcp + TCP_HLEN ||
		h->payload > copied) { /* a raw socket's may be anything */
		return;
	}
	h->is_tcp = true;
	h->payload_len = len - h->payload;
	h->seq = lwip_ntohl(tcp->seqno);
	h->flags = TCPH_FLAGS(tcp);
}

void headers_look(struct headers *h, struct pbuf *p)
{
	unsigned copied = pbuf_copy_partial(p, h->bytes, sizeof(h->bytes), 0);
	const struct eth_hdr *eth = at(h, 0);
	bool is_tcp = false;

	h->is_tcp = h->is_ipv6 = false;
	h->ip = NET_HEADER_LEN;
	if (copied < NET_HEADER_LEN) {
		return;
	}
	if (eth->type == PP_HTONS(ETHTYPE_IP)) {
		is_tcp = ip4_look(h, copied);
	} else if (eth->type == PP_HTONS(ETHTYPE_IPV6)) {
		is_tcp = ip6_look(h, copied);
	}
	if (is_tcp) {
		tcp_look(h, p->tot_len, copied);
	}
}

/* ---- comparing ----------------------------------------------------------------------------- */

bool headers_match(const struct headers *a, const struct headers *b)
{
	const struct tcp_hdr *x = seen(a, a->tcp), *y = seen(b, b->tcp);
	unsigned options = a->payload - a->tcp - TCP_HLEN;

	if (a->is_ipv6 != b->is_ipv6 || a->tcp != b->tcp || a->payload != b->payload ||
		memcmp(a->bytes, b->bytes, NET_HEADER_LEN)) {
		return false;
	}
	if (a->is_ipv6 ? memcmp(a->bytes + a->ip + 8, b->bytes + b->ip + 8, 32)
		       : memcmp(a->bytes + a->ip + 12, b->bytes + b->ip + 12, 8)) {
		return false;
	}
	return x->src == y->src && x->dest == y->dest && x->ackno == y->ackno && x->wnd == y->wnd &&
		!memcmp(x + 1, y + 1, options);
}

uint32_t headers_flow(const struct headers *h)
{
	uint32_t ports;

	if (!h->is_tcp) {
		return 0;
	}
	memcpy(&ports, seen(h, h->tcp), sizeof(ports));
	return (ports ^ ports >> 16) * 2654435761u >> 8;
}

/* ---- completing ------------------------------------------------------------------------------ */

static void ip4_checksum_set(struct headers *h, struct ip_hdr *ip)
{
	IPH_CHKSUM_SET(ip, 0);
	IPH_CHKSUM_SET(ip, inet_chksum(ip, (u16_t)(h->tcp - h->ip)));
}

void headers_whole_set(struct headers *h)
{
	if (!h->is_ipv6) {
		struct ip_hdr *ip = at(h, h->ip);

		IPH_OFFSET_SET(ip, PP_HTONS(IP_DF));
		ip4_checksum_set(h, ip);
	}
}

void headers_segment_set(struct headers *h, uint32_t seq, uint8_t flags, unsigned number)
{
	struct tcp_hdr *tcp = at(h, h->tcp);

	tcp->seqno = lwip_htonl(seq);
	TCPH_FLAGS_SET(tcp, flags);
	if (!h->is_ipv6) {
		struct ip_hdr *ip = at(h, h->ip);

		IPH_ID_SET(ip, lwip_htons((u16_t)(lwip_ntohs(IPH_ID(ip)) + number)));
	}
}

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
static uint16_t pseudo_sum(const struct headers *h, unsigned tcp_len)
{
	uint32_t sum = IP_PROTO_TCP + tcp_len;

	sum = h->is_ipv6 ? sum_add(sum, seen(h, h->ip + 8), 32)
			 : sum_add(sum, seen(h, h->ip + 12), 8);
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

void headers_length_set(struct headers *h, const struct net_frame *f)
{
	if (h->is_ipv6) {
		struct ip6_hdr *ip = at(h, h->ip);

		IP6H_PLEN_SET(ip, f->len - h->ip - IP6_HLEN);
	} else {
		struct ip_hdr *ip = at(h, h->ip);

		IPH_LEN_SET(ip, lwip_htons((u16_t)(f->len - h->ip)));
		ip4_checksum_set(h, ip);
	}
}

void headers_checksum_set(struct headers *h, struct net_frame *f, unsigned device_features)
{
	struct tcp_hdr *tcp = at(h, h->tcp);
	uint16_t sum = pseudo_sum(h, f->len - h->tcp);

	if (device_features & (h->is_ipv6 ? NET_CSUM_TCP6 : NET_CSUM_TCP4)) {
		tcp->chksum = lwip_htons(sum);
		f->csum_start = h->tcp;
		f->csum_offset = offsetof(struct tcp_hdr, chksum);
	} else {
		tcp->chksum = 0;
		tcp->chksum = lwip_htons((u16_t)~frame_sum(f, h->tcp, sum));
	}
}
