/*
 * icmp_error.c - ICMP's errors about what UDP sockets sent (RFC 1122, 4.1.3.3; RFC 4443, 2.4).
 *
 * lwIP drops them. Here two raw sockets of the kernel's own see all of ICMP, of either version. An error quotes the beginning of the
 * packet that it is about, by whose addresses and ports the socket is found that sent it. As on Linux only a
 * connected one hears of it, and only of what is not expected to pass; but one that asked for a queue of errors hears
 * of all (datagram_error.c).
 *
 * Anybody on the way may make up an error; what is looked at is a copy, and the worst that it does is an errno.
 */
#include "icmp_error.h"

#include <lwip/inet_chksum.h>
#include <lwip/ip6.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/udp.h>
#include "datagram.h"

#define ICMP_LEN  8u  /* an error's header, of both versions */
#define QUOTE_MAX 68u /* IP's header, the longest, and UDP's */

#define ICMP4_UNREACHABLE 3
#define ICMP4_TOO_BIG	  4 /* a code of it */
#define ICMP4_EXCEEDED	  11
#define ICMP4_PARAMETER	  12
#define ICMP6_UNREACHABLE 1
#define ICMP6_TOO_BIG	  2
#define ICMP6_EXCEEDED	  3
#define ICMP6_PARAMETER	  4

/* An error, as it was read. */
struct quote {
	unsigned char bytes[ICMP_LEN + QUOTE_MAX];
	unsigned len;
	ip_addr_t from, to; /* of the packet quoted */
	u16_t from_port, to_port;
	unsigned data_at; /* its data, from ICMP's header on */
};

static struct raw_pcb *see4, *see6; /* N1 */

/* ---- which error -------------------------------------------------------------------------------- */

/* error 0: nothing that programs are told of. `may_pass`: only who asked for all errors hears of it. */
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

/* ---- which packet ----------------------------------------------------------------------------- */

static bool ports_read(struct quote *q, unsigned at)
{
	const struct udp_hdr *udp = (const struct udp_hdr *)(q->bytes + at);

	if (q->len < at + 4) { /* RFC 792: at least 8 bytes behind the header */
		return false;
	}
	q->from_port = lwip_ntohs(udp->src);
	q->to_port = lwip_ntohs(udp->dest);
	q->data_at = at + UDP_HLEN;
	return true;
}

static bool quote4_read(struct quote *q)
{
	const struct ip_hdr *ip = (const struct ip_hdr *)(q->bytes + ICMP_LEN);

	if (q->len < ICMP_LEN + IP_HLEN || IPH_V(ip) != 4 || IPH_HL_BYTES(ip) < IP_HLEN ||
		IPH_PROTO(ip) != IP_PROTO_UDP || IPH_OFFSET(ip) & PP_HTONS(IP_OFFMASK)) {
		return false;
	}
	ip_addr_copy_from_ip4(q->from, ip->src);
	ip_addr_copy_from_ip4(q->to, ip->dest);
	return ports_read(q, ICMP_LEN + IPH_HL_BYTES(ip));
}

/* With no headers between IP's and UDP's: we send none. */
static bool quote6_read(struct quote *q, struct netif *netif)
{
	const struct ip6_hdr *ip = (const struct ip6_hdr *)(q->bytes + ICMP_LEN);

	if (q->len < ICMP_LEN + IP6_HLEN || IP6H_V(ip) != 6 || IP6H_NEXTH(ip) != IP6_NEXTH_UDP) {
		return false;
	}
	ip_addr_copy_from_ip6_packed(q->from, ip->src);
	ip_addr_copy_from_ip6_packed(q->to, ip->dest);
	ip6_addr_assign_zone(ip_2_ip6(&q->from), IP6_UNICAST, netif);
	ip6_addr_assign_zone(ip_2_ip6(&q->to), IP6_UNICAST, netif);
	return ports_read(q, ICMP_LEN + IP6_HLEN);
}

/* `p` from ICMP's header on. lwIP looks at sums later, and of errors not at all. */
static bool is_sum_good(struct pbuf *p, const struct netif *netif)
{
	if (ip_current_is_v6()) {
		return !(netif->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP6) ||
			!ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->tot_len, ip6_current_src_addr(),
				ip6_current_dest_addr());
	}
	return !(netif->chksum_flags & NETIF_CHECKSUM_CHECK_ICMP) || !inet_chksum_pbuf(p);
}

static bool quote_read(struct quote *q, struct pbuf *p, struct netif *netif)
{
	if (!is_sum_good(p, netif)) {
		return false;
	}
	return ip_current_is_v6() ? quote6_read(q, netif) : quote4_read(q);
}

/* ---- which socket ------------------------------------------------------------------------------ */

static bool is_sender(const struct udp_pcb *pcb, const struct quote *q, bool is_connected)
{
	return pcb->recv == datagram_on_udp && pcb->local_port == q->from_port &&
		(ip_addr_isany(&pcb->local_ip) || ip_addr_cmp(&pcb->local_ip, &q->from)) &&
		!!(pcb->flags & UDP_FLAGS_CONNECTED) == is_connected &&
		(!is_connected ||
			(pcb->remote_port == q->to_port && ip_addr_cmp(&pcb->remote_ip, &q->to)));
}

static struct udp_pcb *sender_find(const struct quote *q, bool is_connected)
{
	struct udp_pcb *pcb = udp_pcbs;

	while (pcb && !is_sender(pcb, q, is_connected)) {
		pcb = pcb->next;
	}
	return pcb;
}

/* Of a packet that was too big, what is not. */
static uint32_t info_of(const struct quote *q)
{
	const unsigned char *b = q->bytes;

	if (ip_current_is_v6()) {
		return b[0] == ICMP6_TOO_BIG
			? (uint32_t)b[4] << 24 | (uint32_t)b[5] << 16 | (uint32_t)b[6] << 8 | b[7]
			: 0;
	}
	return b[0] == ICMP4_UNREACHABLE && b[1] == ICMP4_TOO_BIG ? (uint32_t)b[6] << 8 | b[7] : 0;
}

static void queue(struct datagram_socket *s, const struct quote *q, struct pbuf *p, int number)
{
	struct datagram_error error = { .by = *ip_current_src_addr(),
		.to = q->to,
		.port = q->to_port,
		.what = { .error = (uint32_t)number,
			.origin = ip_current_is_v6() ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP,
			.type = q->bytes[0],
			.code = q->bytes[1],
			.info = info_of(q) } };

	datagram_error_add(s, &error, p, q->data_at);
}

/* `p` from ICMP's header on. */
static void tell(const struct quote *q, struct pbuf *p, struct verdict verdict)
{
	struct udp_pcb *connected = sender_find(q, true);
	struct udp_pcb *pcb = connected ? connected : sender_find(q, false);
	struct datagram_socket *s = pcb ? pcb->recv_arg : NULL;
	bool wants_all;

	if (!s) {
		return;
	}
	wants_all = ip_current_is_v6() ? s->wants_errors6 : s->wants_errors4;
	if (wants_all) {
		queue(s, q, p, verdict.error);
	}
	if (wants_all || (connected && !verdict.may_pass)) {
		WRITE_ONCE(s->inet.error, verdict.error);
		wait_wake_all(&s->inet.socket.changed);
	}
}

/* lwIP's callback; the packet stays its own, and as it is. */
static u8_t see(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *from)
{
	unsigned header_len = ip_current_header_tot_len();
	struct netif *netif = ip_current_input_netif();
	struct quote q;
	struct verdict verdict;

	q.len = pbuf_copy_partial(p, q.bytes, sizeof(q.bytes), (u16_t)header_len);
	if (q.len < ICMP_LEN) {
		return 0;
	}
	verdict = ip_current_is_v6() ? judge6(q.bytes[0], q.bytes[1])
				     : judge4(q.bytes[0], q.bytes[1]);
	if (verdict.error && !pbuf_remove_header(p, header_len)) {
		if (quote_read(&q, p, netif)) {
			tell(&q, p, verdict);
		}
		(void)pbuf_header_force(p, (s16_t)header_len);
	}
	return 0;
}

int icmp_error_init(void)
{
	see4 = raw_new_ip_type(IPADDR_TYPE_V4, IP_PROTO_ICMP);
	see6 = raw_new_ip_type(IPADDR_TYPE_V6, IP6_NEXTH_ICMP6);
	if (!see4 || !see6) {
		return -ENOMEM;
	}
	raw_recv(see4, see, NULL);
	raw_recv(see6, see, NULL);
	return 0;
}
