/*
 * loan.c - packets whose bytes stay in a driver's pages until they are read (net_loan in kernel/net.h).
 *
 * The device's other side can still write to these pages, so nothing in them may be looked at twice: they carry
 * what TCP carries, which is only ever copied to whoever reads it. All headers are in a copy, the packet's head.
 */
#include <kernel/net.h>
#include <lwip/ip.h>
#include <lwip/pbuf.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>

_Static_assert(sizeof(struct pbuf_custom) <= sizeof(((struct net_loan *)0)->packet),
	"kernel/net.h: room for lwIP's packet");

static void loan_end(struct pbuf *p)
{
	struct net_loan *loan = container_of(p, struct net_loan, packet);

	loan->done(loan);
}

struct pbuf *net_packet_lend(struct net_loan *loan, void *data, size_t len, struct pbuf *rest)
{
	struct pbuf_custom *custom = (struct pbuf_custom *)loan->packet;
	struct pbuf *p =
		pbuf_alloced_custom(PBUF_RAW, (u16_t)len, PBUF_REF, custom, data, (u16_t)len);

	custom->custom_free_function = loan_end;
	if (rest) {
		pbuf_cat(p, rest);
	}
	return p;
}

void net_packet_join(struct pbuf *head, struct pbuf *rest)
{
	pbuf_cat(head, rest);
}

/* Where TCP's header begins in a whole segment of `len` bytes at hand; 0: there is none, or not behind IP's header. */
static size_t tcp_offset(const unsigned char *bytes, size_t len)
{
	const struct eth_hdr *eth = (const struct eth_hdr *)bytes;
	const struct ip_hdr *ip4 = (const struct ip_hdr *)(bytes + SIZEOF_ETH_HDR);
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)(bytes + SIZEOF_ETH_HDR);

	if (len >= SIZEOF_ETH_HDR + IP_HLEN && eth->type == PP_HTONS(ETHTYPE_IP)) {
		bool is_whole = !(IPH_OFFSET(ip4) & PP_HTONS(IP_OFFMASK | IP_MF));

		return is_whole && IPH_PROTO(ip4) == IP_PROTO_TCP
			? (size_t)(SIZEOF_ETH_HDR + IPH_HL_BYTES(ip4))
			: 0;
	}
	if (len >= SIZEOF_ETH_HDR + IP6_HLEN && eth->type == PP_HTONS(ETHTYPE_IPV6)) {
		return IP6H_NEXTH(ip6) == IP6_NEXTH_TCP ? SIZEOF_ETH_HDR + IP6_HLEN : 0;
	}
	return 0;
}

bool net_packet_may_borrow(const struct pbuf *head)
{
	const unsigned char *bytes = head->payload;
	size_t at = tcp_offset(bytes, head->len);

	return at > 0 && at + sizeof(struct tcp_hdr) <= head->len &&
		at + TCPH_HDRLEN_BYTES((const struct tcp_hdr *)(bytes + at)) <= head->len;
}
