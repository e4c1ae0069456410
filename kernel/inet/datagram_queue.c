/* datagram_queue.c - packets that came for UDP, raw and ping sockets, until a program takes them. */
#include "datagram.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <lwip/prot/icmp.h>

#define PACKET_OVERHEAD 512u

static size_t cost_of(const struct pbuf *p)
{
	return p->tot_len + PACKET_OVERHEAD;
}

void datagram_free(struct datagram *d)
{
	pbuf_free(d->p);
	heap_free(d);
}

/* Takes over `p`. What there is no room for is lost, as datagrams may be. */
static void queue(struct datagram_socket *s, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	struct datagram *d;

	if (s->queued + cost_of(p) > (size_t)s->inet.socket.receive_buffer ||
		s->inet.cannot_receive) {
		pbuf_free(p);
		return;
	}
	d = heap_alloc(sizeof(*d));
	if (!d) {
		pbuf_free(p);
		return;
	}
	d->p = p;
	d->from = *from;
	d->to = *ip_current_dest_addr();
	d->port = port;
	d->device = netif_get_index(ip_current_input_netif());
	d->hops = ip_current_is_v6() ? IP6H_HOPLIM(ip6_current_header())
				     : IPH_TTL(ip4_current_header());
	WRITE_ONCE(s->queued, s->queued + cost_of(p));
	list_push_back(&s->queue, &d->link);
	wait_wake_all(&s->inet.socket.changed);
}

void datagram_on_udp(
	void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	bool is_connected = pcb->flags & UDP_FLAGS_CONNECTED;

	/* What is for a group lwIP gives to all who have the port. */
	if (is_connected && (port != pcb->remote_port || !ip_addr_cmp(from, &pcb->remote_ip))) {
		pbuf_free(p);
	} else {
		queue(arg, p, from, port);
	}
}

/* ---- raw and ping --------------------------------------------------------------------------- */

static bool is_filtered(const struct datagram_socket *s, unsigned type)
{
	return s->filter[type / 32 % 8] >> type % 32 & 1;
}

/* Of an echo's reply, ours: the identity is at the same place in both versions. */
static bool is_our_reply(const struct datagram_socket *s, const struct pbuf *p, unsigned header_len)
{
	struct icmp_echo_hdr echo;
	unsigned reply = ip_current_is_v6() ? 129 : ICMP_ER;

	return pbuf_copy_partial(p, &echo, sizeof(echo), (u16_t)header_len) == sizeof(echo) &&
		echo.type == reply && lwip_ntohs(echo.id) == s->ident;
}

static bool is_wanted(const struct datagram_socket *s, const struct pbuf *p, unsigned header_len)
{
	int protocol = s->inet.socket.protocol;

	if (ip_current_is_v6() != (s->inet.socket.family == AF_INET6)) {
		return false;
	}
	if (datagram_is_ping(s)) {
		return is_our_reply(s, p, header_len);
	}
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
		return !is_filtered(s, pbuf_get_at(p, (u16_t)header_len));
	}
	return true;
}

/* A copy is queued: lwIP goes on with the packet. Of IPv4 raw sockets see the header too. */
u8_t datagram_on_raw(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *from)
{
	struct datagram_socket *s = arg;
	unsigned header_len = ip_current_header_tot_len();
	bool hides_header = datagram_is_ping(s) || ip_current_is_v6();
	struct pbuf *copy;

	if (!is_wanted(s, p, header_len)) {
		return 0;
	}
	copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
	if (copy) {
		if (hides_header) {
			(void)pbuf_remove_header(copy, header_len);
		}
		queue(s, copy, from, 0);
	}
	return 0;
}

/* ---- taking --------------------------------------------------------------------------------- */

void inet_extra_add(
	struct message_control *control, int level, int type, const void *data, size_t len)
{
	struct message_extra *extra = &control->extra[control->extra_count++];

	extra->level = level;
	extra->type = type;
	extra->len = (unsigned)len;
	memcpy(extra->data, data, len);
}

static void info_tell(const struct datagram *d, struct message_control *control)
{
	struct linux_in_pktinfo in4 = { .index = (int32_t)d->device };
	struct linux_in6_pktinfo in6 = { .index = (int32_t)d->device };

	if (IP_IS_V6_VAL(d->to)) {
		memcpy(in6.address, ip_2_ip6(&d->to)->addr, sizeof(in6.address));
		inet_extra_add(control, SOL_IPV6, IPV6_PKTINFO, &in6, sizeof(in6));
	} else {
		in4.local = in4.address = ip4_addr_get_u32(ip_2_ip4(&d->to));
		inet_extra_add(control, SOL_IP, IP_PKTINFO, &in4, sizeof(in4));
	}
}

static void beside_tell(
	const struct datagram_socket *s, const struct datagram *d, struct message *m)
{
	int32_t hops = d->hops;

	if (m->address) {
		address_out(&s->inet, m->address, &d->from, d->port);
	}
	if (!m->control) {
		return;
	}
	if (s->wants_info) {
		info_tell(d, m->control);
	}
	if (s->hops_type) {
		inet_extra_add(m->control, s->inet.socket.family == AF_INET6 ? SOL_IPV6 : SOL_IP,
			s->hops_type, &hops, sizeof(hops));
	}
}

static long take(struct socket *socket, struct message *m)
{
	struct datagram_socket *s = datagram_of(socket);
	struct list *first = list_first(&s->queue);
	struct datagram *d;
	size_t len;
	long told;

	if (s->inet.error) {
		int err = s->inet.error;

		s->inet.error = 0;
		return -err;
	}
	if (!first) {
		return s->inet.cannot_receive ? 0 : -EAGAIN;
	}
	d = list_entry(first, struct datagram, link);
	len = pbuf_copy_partial(d->p, m->data, (u16_t)MIN(m->len, 0xffffu), 0);
	m->flags_out |= len < d->p->tot_len ? MSG_TRUNC : 0;
	told = m->flags & MSG_TRUNC ? d->p->tot_len : (long)len;
	beside_tell(s, d, m);
	if (!(m->flags & MSG_PEEK)) {
		list_remove(first);
		WRITE_ONCE(s->queued, s->queued - cost_of(d->p));
		datagram_free(d);
	}
	return told;
}

static bool has_some(struct socket *socket, const struct message *m)
{
	struct datagram_socket *s = datagram_of(socket);

	return READ_ONCE(s->queued) > 0 || READ_ONCE(s->inet.error) ||
		READ_ONCE(s->inet.cannot_receive);
}

long datagram_receive(struct socket *socket, struct message *m)
{
	return inet_transfer(socket, m, socket->receive_timeout, take, has_some);
}
