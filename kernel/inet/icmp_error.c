/*
 * icmp_error.c - who hears of ICMP's errors (RFC 1122, 3.2.2 and 4.1.3.3; RFC 4443, 2.4).
 *
 * lwIP drops them, but that a packet was too big for a path of IPv6. Two raw sockets of the kernel's own see the others, of
 * either version. By the addresses and ports of the packet quoted the socket is found that sent it. As on Linux only a
 * connected one hears of it, and only of what is not expected to pass; but one that asked for a queue of errors hears
 * of all (error_queue.c). TCP's are stream_error.c's.
 *
 * What is said may be made up. The worst that it does is an errno, and smaller packets. A size of a path that is below the
 * least one of IPv6 (RFC 8201, 4), above what was known, or about what nobody here sends does not reach lwIP, which would
 * believe it, and divide by what is left for data.
 */
#include "icmp_error.h"

#include <inet_hooks.h>
#include <lwip/nd6.h>
#include <lwip/prot/icmp6.h>
#include <lwip/prot/ip6.h>
#include "datagram.h"
#include "error_queue.h"
#include "icmp_quote.h"
#include "stream.h"

#define PATH6_LEAST 1280u

static struct raw_pcb *see4, *see6; /* N1 */

/* ---- datagrams -------------------------------------------------------------------------------- */

static bool is_port_sender(const struct datagram_socket *s, const struct icmp_quote *q)
{
	return q->protocol == IP_PROTO_UDP && s->udp->local_port == q->from_port &&
		(!s->is_connected || s->remote_port == q->to_port);
}

static bool is_raw_sender(const struct datagram_socket *s, const struct icmp_quote *q)
{
	return s->inet.socket.protocol == q->protocol &&
		(s->inet.socket.family == AF_INET6) == IP_IS_V6_VAL(q->to) &&
		(!datagram_is_ping(s) || s->ident == q->ident);
}

static bool is_sender(const struct datagram_socket *s, const struct icmp_quote *q)
{
	const ip_addr_t *local = &s->pcb->local_ip;
	const ip_addr_t *remote = datagram_is_udp(s) ? &s->udp->remote_ip : &s->raw->remote_ip;

	return (ip_addr_isany(local) || ip_addr_cmp(local, &q->from)) &&
		(!s->is_connected || ip_addr_cmp(remote, &q->to)) &&
		(datagram_is_udp(s) ? is_port_sender(s, q) : is_raw_sender(s, q));
}

static struct datagram_socket *sender_next(struct datagram_socket *s, const struct icmp_quote *q)
{
	do {
		s = datagram_next(s);
	} while (s && !is_sender(s, q));
	return s;
}

void icmp_error_queue(
	struct inet_socket *s, const struct icmp_quote *q, const struct pbuf *p, unsigned from)
{
	bool is_raw = q->protocol != IP_PROTO_UDP && q->protocol != IP_PROTO_TCP;
	struct inet_error error = { .by = *ip_current_src_addr(),
		.to = q->to,
		.port = is_raw ? 0 : q->to_port,
		.what = { .error = (uint32_t)q->error,
			.origin = ip_current_is_v6() ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP,
			.type = q->type,
			.code = q->code,
			.info = q->info } };

	error_queue_add(s, &error, p, from);
}

/* `p` from ICMP's header on; what the program sent begins at `from`. */
static void datagram_tell(
	struct datagram_socket *s, const struct icmp_quote *q, const struct pbuf *p, unsigned from)
{
	bool wants_all = ip_current_is_v6() ? s->inet.wants_errors6 : s->inet.wants_errors4;

	if (wants_all) {
		icmp_error_queue(&s->inet, q, p, from);
	}
	if (wants_all || (s->is_connected && !q->may_pass)) {
		WRITE_ONCE(s->inet.error, q->error);
		wait_wake_all(&s->inet.socket.changed);
	}
}

/* ---- all --------------------------------------------------------------------------------------- */

/* Raw sockets all hear of it; of UDP one sent it, a connected one rather than others. */
static void datagrams_tell(const struct icmp_quote *q, const struct pbuf *p)
{
	struct datagram_socket *sender = NULL;

	for (struct datagram_socket *s = sender_next(NULL, q); s; s = sender_next(s, q)) {
		if (!datagram_is_udp(s)) {
			datagram_tell(s, q, p, s->has_header ? q->ip_at : q->data_at);
		} else if (!sender || !sender->is_connected) {
			sender = s;
		}
	}
	if (sender) {
		datagram_tell(sender, q, p, q->data_at + UDP_HLEN);
	}
}

static void tell(const struct icmp_quote *q, const struct pbuf *p)
{
	if (q->protocol == IP_PROTO_TCP) {
		stream_error_take_in(q, p);
	}
	datagrams_tell(q, p);
}

static bool has_sender(const struct icmp_quote *q)
{
	return (q->protocol == IP_PROTO_TCP && stream_is_sender(q)) || sender_next(NULL, q);
}

/* ---- lwIP's callbacks -------------------------------------------------------------------------- */

/* The packet stays lwIP's, and as it is. */
static u8_t see(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *from)
{
	unsigned header_len = ip_current_header_tot_len();
	struct icmp_quote q;

	if (pbuf_remove_header(p, header_len)) {
		return 0;
	}
	if (icmp_quote_read(&q, p, ip_current_input_netif()) &&
		!(ip_current_is_v6() && q.is_too_big)) {
		tell(&q, p);
	}
	(void)pbuf_header_force(p, (s16_t)header_len);
	return 0;
}

static bool is_path_possible(const struct icmp_quote *q, struct netif *netif)
{
	return q->info >= PATH6_LEAST &&
		q->info < nd6_get_destination_mtu(ip_2_ip6(&q->to), netif) && has_sender(q);
}

/* What nd6_input() would get from icmp6_input(): sizes of paths among it. */
void inet_nd6_input(struct pbuf *p, struct netif *netif)
{
	struct icmp_quote q;

	if (pbuf_get_at(p, 0) == ICMP6_TYPE_PTB) {
		if (!icmp_quote_read(&q, p, netif) || !is_path_possible(&q, netif)) {
			pbuf_free(p);
			return;
		}
		tell(&q, p);
	}
	nd6_input(p, netif);
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
