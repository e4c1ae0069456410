/*
 * icmp_send.c - errors of ICMP that we send about packets of IPv4 (RFC 1122, 3.2.2; RFC 1812, 4.3.2.3).
 *
 * They quote as much of the packet as fits 576 bytes, as Linux's do; those of IPv6 are lwIP's (LWIP_ICMP6_DATASIZE). lwIP asks
 * for them by its own names, for what came to one address only.
 */
#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/pbuf.h>

#define WHOLE_LEN 576u
#define QUOTE_LEN (WHOLE_LEN - IP_HLEN - sizeof(struct icmp_echo_hdr))

/* `p` from IP's header on. */
static void error_send(const struct pbuf *p, u8_t type, u8_t code)
{
	u16_t len = (u16_t)LWIP_MIN(p->tot_len, QUOTE_LEN);
	struct pbuf *q = pbuf_alloc(PBUF_IP, (u16_t)(sizeof(struct icmp_echo_hdr) + len), PBUF_RAM);
	const struct ip_hdr *ip = p->payload;
	struct icmp_echo_hdr *icmp;
	ip4_addr_t from, to;
	struct netif *netif;

	if (!q) {
		return;
	}
	ip4_addr_copy(from, ip->src);
	ip4_addr_copy(to, ip->dest);
	netif = ip4_route_src(&to, &from);
	if (netif) {
		icmp = q->payload;
		*icmp = (struct icmp_echo_hdr){ .type = type, .code = code };
		(void)pbuf_copy_partial(p, icmp + 1, len, 0);
		IF__NETIF_CHECKSUM_ENABLED(netif, NETIF_CHECKSUM_GEN_ICMP)
		{
			icmp->chksum = inet_chksum(icmp, q->len);
		}
		(void)ip4_output_if(q, NULL, &from, ICMP_TTL, 0, IP_PROTO_ICMP, netif);
	}
	pbuf_free(q);
}

void icmp_dest_unreach(struct pbuf *p, enum icmp_dur_type t)
{
	error_send(p, ICMP_DUR, (u8_t)t);
}

void icmp_time_exceeded(struct pbuf *p, enum icmp_te_type t)
{
	error_send(p, ICMP_TE, (u8_t)t);
}
