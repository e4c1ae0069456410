/*
 * icmp_quote.c - what an error of ICMP says: which error, and of which packet (RFC 792; RFC 4443, 2.4).
 *
 * An error quotes the beginning of the packet that it is about. Anybody on the way may make one up: what is looked at is a
 * copy.
 */
#include "icmp_quote.h"

#include <kernel/errno.h>
#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/pbuf.h>

#define ICMP_LEN  8u /* an error's header, of both versions */
#define DATA_LEN  8u /* RFC 792: at least so much behind IP's header */
#define QUOTE_MAX (IP_HLEN_MAX + DATA_LEN)

#define ICMP4_UNREACHABLE 3
#define ICMP4_TOO_BIG	  4 /* a code of it */
#define ICMP4_EXCEEDED	  11
#define ICMP4_PARAMETER	  12
#define ICMP6_UNREACHABLE 1
#define ICMP6_TOO_BIG	  2
#define ICMP6_EXCEEDED	  3
#define ICMP6_PARAMETER	  4

typedef unsigned char bytes_t[ICMP_LEN + QUOTE_MAX];

static u16_t number16(const unsigned char *b)
{
	return (u16_t)(b[0] << 8 | b[1]);
}

static uint32_t number32(const unsigned char *b)
{
	return (uint32_t)number16(b) << 16 | number16(b + 2);
}

/* ---- which error -------------------------------------------------------------------------------- */

/* error 0: nothing that programs are told of. */
struct verdict {
	uint8_t error;
	bool may_pass;
};

static struct verdict judge4(unsigned type, unsigned code)
{
	static const struct verdict unreachable[] = { { ENETUNREACH, true }, { EHOSTUNREACH, true },
		{ ENOPROTOOPT, false }, { ECONNREFUSED, false }, { EMSGSIZE, true },
		{ EOPNOTSUPP, true }, { ENETUNREACH, false }, { EHOSTDOWN, false },
		{ ENONET, false }, { ENETUNREACH, false }, { EHOSTUNREACH, false },
		{ ENETUNREACH, true }, { EHOSTUNREACH, true }, { EHOSTUNREACH, false },
		{ EHOSTUNREACH, false }, { EHOSTUNREACH, false } };

	switch (type) {
	case ICMP4_UNREACHABLE:
		return code < ARRAY_SIZE(unreachable) ? unreachable[code] : (struct verdict){ 0 };
	case ICMP4_EXCEEDED:
		return (struct verdict){ EHOSTUNREACH, true };
	case ICMP4_PARAMETER:
		return (struct verdict){ EPROTO, false };
	default:
		return (struct verdict){ 0 };
	}
}

static struct verdict judge6(unsigned type, unsigned code)
{
	static const struct verdict unreachable[] = { { ENETUNREACH, true }, { EACCES, false },
		{ EHOSTUNREACH, true }, { EHOSTUNREACH, true }, { ECONNREFUSED, false },
		{ EACCES, false }, { EACCES, false } };

	switch (type) {
	case ICMP6_UNREACHABLE:
		return code < ARRAY_SIZE(unreachable) ? unreachable[code]
						      : (struct verdict){ EPROTO, false };
	case ICMP6_TOO_BIG:
		return (struct verdict){ EMSGSIZE, true };
	case ICMP6_EXCEEDED:
		return (struct verdict){ EHOSTUNREACH, true };
	case ICMP6_PARAMETER:
		return (struct verdict){ EPROTO, false };
	default:
		return (struct verdict){ 0 };
	}
}

static bool error_read(struct icmp_quote *q, const unsigned char *b)
{
	bool is_v6 = ip_current_is_v6();
	struct verdict verdict = is_v6 ? judge6(b[0], b[1]) : judge4(b[0], b[1]);

	q->type = b[0];
	q->code = b[1];
	q->error = verdict.error;
	q->may_pass = verdict.may_pass;
	q->is_too_big = is_v6 ? q->type == ICMP6_TOO_BIG
			      : q->type == ICMP4_UNREACHABLE && q->code == ICMP4_TOO_BIG;
	q->info = !q->is_too_big ? 0 : is_v6 ? number32(b + 4) : number16(b + 6);
	return q->error;
}

/* ---- which packet ----------------------------------------------------------------------------- */

static bool data_read(struct icmp_quote *q, const unsigned char *b, unsigned len, unsigned at)
{
	if (len < at + DATA_LEN) {
		return false;
	}
	q->ip_at = ICMP_LEN;
	q->data_at = at;
	q->from_port = number16(b + at);
	q->to_port = number16(b + at + 2);
	q->ident = number16(b + at + 4);
	q->seq = number32(b + at + 4);
	return true;
}

static bool packet4_read(struct icmp_quote *q, const unsigned char *b, unsigned len)
{
	const struct ip_hdr *ip = (const struct ip_hdr *)(b + ICMP_LEN);

	if (len < ICMP_LEN + IP_HLEN || IPH_V(ip) != 4 || IPH_HL_BYTES(ip) < IP_HLEN ||
		IPH_OFFSET(ip) & PP_HTONS(IP_OFFMASK)) {
		return false;
	}
	q->protocol = IPH_PROTO(ip);
	ip_addr_copy_from_ip4(q->from, ip->src);
	ip_addr_copy_from_ip4(q->to, ip->dest);
	return data_read(q, b, len, ICMP_LEN + IPH_HL_BYTES(ip));
}

/* With no headers between IP's and the next: we send none. */
static bool packet6_read(
	struct icmp_quote *q, const unsigned char *b, unsigned len, const struct netif *netif)
{
	const struct ip6_hdr *ip = (const struct ip6_hdr *)(b + ICMP_LEN);

	if (len < ICMP_LEN + IP6_HLEN || IP6H_V(ip) != 6) {
		return false;
	}
	q->protocol = IP6H_NEXTH(ip);
	ip_addr_copy_from_ip6_packed(q->from, ip->src);
	ip_addr_copy_from_ip6_packed(q->to, ip->dest);
	ip6_addr_assign_zone(ip_2_ip6(&q->from), IP6_UNICAST, netif);
	ip6_addr_assign_zone(ip_2_ip6(&q->to), IP6_UNICAST, netif);
	return data_read(q, b, len, ICMP_LEN + IP6_HLEN);
}

/* lwIP looks at sums later, and of errors not at all. */
static bool is_sum_good(const struct pbuf *p, const struct netif *netif)
{
	struct pbuf *whole = (struct pbuf *)p; /* lwIP only reads it */

	if (ip_current_is_v6()) {
		return !(netif->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP6) ||
			!ip6_chksum_pseudo(whole, IP6_NEXTH_ICMP6, p->tot_len,
				ip6_current_src_addr(), ip6_current_dest_addr());
	}
	return !(netif->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP) || !inet_chksum_pbuf(whole);
}

bool icmp_quote_read(struct icmp_quote *q, const struct pbuf *p, const struct netif *netif)
{
	bytes_t b;
	unsigned len = pbuf_copy_partial(p, b, sizeof(b), 0);

	if (len < ICMP_LEN || !error_read(q, b) || !is_sum_good(p, netif)) {
		return false;
	}
	return ip_current_is_v6() ? packet6_read(q, b, len, netif) : packet4_read(q, b, len);
}
