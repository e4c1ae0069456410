/*
 * datagram.c - UDP, raw and ping sockets: life, addresses, sending. What comes is
 * datagram_queue.c's.
 *
 * A ping socket (SOCK_DGRAM of ICMP) is a raw one that sees only the replies to its own echo
 * requests; its port is the requests' identity.
 */
#include "datagram.h"

#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/string.h>
#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/prot/icmp.h>
#include "error_queue.h"
#include "multicast.h"

#define UDP_LEN_MAX 65507u

static const struct socket_ops datagram_ops;

/* ---- addresses ------------------------------------------------------------------------------ */

static int bind_locked(struct datagram_socket *s, ip_addr_t *ip, u16_t port)
{
	if (!address_is_bindable(ip)) {
		return -EADDRNOTAVAIL;
	}
	if (ip_addr_isany(ip)) {
		address_any(&s->inet, ip);
	}
	if (datagram_is_udp(s)) {
		return s->udp->local_port ? -EINVAL : inet_errno(udp_bind(s->udp, ip, port));
	}
	if (datagram_is_ping(s) && port) {
		s->ident = port;
	}
	return inet_errno(raw_bind(s->raw, ip));
}

static int datagram_bind(struct socket *socket, const struct socket_address *address)
{
	struct datagram_socket *s = datagram_of(socket);
	ip_addr_t ip;
	u16_t port;
	int err = address_in(&s->inet, address, &ip, &port);

	if (!err) {
		inet_enter();
		err = bind_locked(s, &ip, port);
		inet_leave();
	}
	return err;
}

static void disconnect_locked(struct datagram_socket *s)
{
	s->is_connected = false;
	if (datagram_is_udp(s)) {
		udp_disconnect(s->udp);
	} else {
		raw_disconnect(s->raw);
	}
}

static int datagram_connect(
	struct socket *socket, const struct socket_address *address, bool is_nonblocking)
{
	struct datagram_socket *s = datagram_of(socket);
	bool is_unspecified =
		address->len >= sizeof(address->family) && address->family == AF_UNSPEC;
	ip_addr_t ip;
	u16_t port;
	int err = is_unspecified ? 0 : address_in(&s->inet, address, &ip, &port);

	if (err) {
		return err;
	}
	inet_enter();
	if (is_unspecified) {
		disconnect_locked(s);
	} else if (!address_source(&ip)) {
		err = -ENETUNREACH;
	} else {
		err = inet_errno(datagram_is_udp(s) ? udp_connect(s->udp, &ip, port)
						    : raw_connect(s->raw, &ip));
		s->is_connected = !err;
		s->remote = ip;
		s->remote_port = port;
	}
	inet_leave();
	return err;
}

static u16_t local_port(const struct datagram_socket *s)
{
	if (datagram_is_udp(s)) {
		return s->udp->local_port;
	}
	return datagram_is_ping(s) ? s->ident : 0;
}

static int datagram_name(struct socket *socket, bool is_peer, struct socket_address *address)
{
	struct datagram_socket *s = datagram_of(socket);
	const ip_addr_t *local;
	int err = 0;

	inet_enter();
	local = &s->pcb->local_ip;
	if (s->is_connected && ip_addr_isany(local)) {
		local = address_source(&s->remote);
	}
	if (is_peer && !s->is_connected) {
		err = -ENOTCONN;
	} else if (is_peer) {
		address_out(&s->inet, address, &s->remote, s->remote_port);
	} else {
		address_out(&s->inet, address, local ? local : &s->pcb->local_ip, local_port(s));
	}
	inet_leave();
	return err;
}

static int datagram_shutdown(struct socket *socket, int how)
{
	struct datagram_socket *s = datagram_of(socket);

	inet_enter();
	s->inet.cannot_receive = s->inet.cannot_receive || how != SHUT_WR;
	s->inet.cannot_send = s->inet.cannot_send || how != SHUT_RD;
	inet_leave();
	wait_wake_all(&socket->changed);
	return s->is_connected ? 0 : -ENOTCONN;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* The request gets our identity and its checksum. */
static int ping_finish(struct datagram_socket *s, struct pbuf *p)
{
	struct icmp_echo_hdr *echo = p->payload;
	bool is_v6 = s->inet.socket.family == AF_INET6;

	if (p->len < sizeof(*echo) || echo->type != (is_v6 ? 128 : ICMP_ECHO) || echo->code) {
		return -EINVAL;
	}
	echo->id = lwip_htons(s->ident);
	echo->chksum = 0;
	if (!is_v6) { /* else lwIP's, with the addresses */
		echo->chksum = inet_chksum_pbuf(p);
	}
	return 0;
}

static int to_check(const struct datagram_socket *s, const ip_addr_t *to)
{
	if (IP_IS_V4(to) && ip4_addr_get_u32(ip_2_ip4(to)) == IPADDR_BROADCAST &&
		!socket_flag(&s->inet.socket, SO_BROADCAST)) {
		return -EACCES;
	}
	/* lwIP takes the first interface where it finds no route; programs want to hear of it. */
	if (!s->pcb->netif_idx && !ip_addr_ismulticast(to) && !address_source(to)) {
		return -ENETUNREACH;
	}
	return 0;
}

static int packet_send(struct datagram_socket *s, struct pbuf *p, const ip_addr_t *to, u16_t port)
{
	int err = to_check(s, to);

	if (!err && datagram_is_ping(s)) {
		err = ping_finish(s, p);
	}
	if (err) {
		return err;
	}
	if (datagram_is_udp(s)) {
		return port ? inet_errno(udp_sendto(s->udp, p, to, port)) : -EINVAL;
	}
	if (s->has_header) {
		return inet_errno(raw_sendto_if_src(
			s->raw, p, to, ip_route(&s->raw->local_ip, to), IP4_ADDR_ANY));
	}
	return inet_errno(raw_sendto(s->raw, p, to));
}

static long send_locked(
	struct datagram_socket *s, const struct message *m, const ip_addr_t *to, u16_t port)
{
	bool is_raw = s->has_header;
	struct pbuf *p = pbuf_alloc(is_raw ? PBUF_LINK : PBUF_TRANSPORT, (u16_t)m->len, PBUF_RAM);
	int err;

	if (!p) {
		return -ENOBUFS;
	}
	if (m->len) {
		(void)pbuf_take(p, m->data, (u16_t)m->len);
	}
	err = packet_send(s, p, to, port);
	pbuf_free(p);
	return err ? err : (long)m->len;
}

static int datagram_error_take(struct socket *socket)
{
	return __atomic_exchange_n(&datagram_of(socket)->inet.error, 0, __ATOMIC_RELAXED);
}

static long datagram_send(struct socket *socket, struct message *m)
{
	struct datagram_socket *s = datagram_of(socket);
	ip_addr_t to;
	u16_t port;
	long done = 0;

	if (m->len > UDP_LEN_MAX) {
		return -EMSGSIZE;
	}
	if (m->address) {
		done = address_in(&s->inet, m->address, &to, &port);
	}
	if (done) {
		return done;
	}
	inet_enter();
	if (s->inet.cannot_send) {
		done = -EPIPE;
	} else if (!m->address && !s->is_connected) {
		done = -EDESTADDRREQ;
	} else if (s->inet.error) {
		done = -datagram_error_take(socket);
	} else {
		done = send_locked(
			s, m, m->address ? &to : &s->remote, m->address ? port : s->remote_port);
	}
	inet_leave();
	return done;
}

/* ---- the rest ------------------------------------------------------------------------------- */

static unsigned datagram_poll(struct socket *socket)
{
	struct datagram_socket *s = datagram_of(socket);
	unsigned events = POLLOUT | POLLWRNORM | POLLWRBAND;

	events |= READ_ONCE(s->queued) || s->inet.cannot_receive ? POLLIN | POLLRDNORM : 0;
	events |= s->inet.cannot_receive ? POLLRDHUP : 0;
	events |= READ_ONCE(s->inet.error) || READ_ONCE(s->inet.error_count) ? POLLERR : 0;
	return events;
}

static long datagram_unread(struct socket *socket)
{
	struct datagram_socket *s = datagram_of(socket);
	struct list *first;
	long len;

	inet_enter();
	first = list_first(&s->queue);
	len = first ? list_entry(first, struct datagram, link)->p->tot_len : 0;
	inet_leave();
	return len;
}

static void datagram_closed(struct socket *socket)
{
	struct datagram_socket *s = datagram_of(socket);
	struct list *first;

	inet_enter();
	datagram_list_remove(s);
	multicast_socket_gone(&s->inet);
	if (datagram_is_udp(s)) {
		udp_remove(s->udp);
	} else {
		raw_remove(s->raw);
	}
	while ((first = list_first(&s->queue))) {
		list_remove(first);
		datagram_free(list_entry(first, struct datagram, link));
	}
	error_queue_drop(&s->inet);
	inet_leave();
}

static void datagram_release(struct socket *socket)
{
	heap_free(datagram_of(socket));
}

static const struct socket_ops datagram_ops = {
	.bind = datagram_bind,
	.connect = datagram_connect,
	.name = datagram_name,
	.shutdown = datagram_shutdown,
	.send = datagram_send,
	.receive = datagram_receive,
	.receive_error = error_queue_receive,
	.option_set = datagram_option_set,
	.option_get = datagram_option_get,
	.poll = datagram_poll,
	.unread = datagram_unread,
	.error_take = datagram_error_take,
	.closed = datagram_closed,
	.release = datagram_release,
};

static bool udp_make(struct datagram_socket *s)
{
	s->udp = udp_new_ip_type(
		s->inet.socket.family == AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_ANY);
	if (s->udp) {
		s->udp->ttl = 64;
		s->udp->mcast_ttl = 1;
		udp_set_flags(s->udp, UDP_FLAGS_MULTICAST_LOOP);
		udp_recv(s->udp, datagram_on_udp, s);
	}
	return s->udp;
}

static bool raw_make(struct datagram_socket *s)
{
	bool is_v6 = s->inet.socket.family == AF_INET6;
	int protocol = s->inet.socket.protocol;

	s->raw = raw_new_ip_type(is_v6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4, (u8_t)protocol);
	if (!s->raw) {
		return false;
	}
	s->raw->ttl = 64;
	if (protocol == IPPROTO_RAW) {
		s->has_header = true;
		s->raw->flags |= RAW_FLAGS_HDRINCL;
	}
	if (is_v6 && protocol == IPPROTO_ICMPV6) {
		s->raw->chksum_reqd = 1; /* RFC 3542, 3.1 */
		s->raw->chksum_offset = 2;
	}
	raw_recv(s->raw, datagram_on_raw, s);
	s->ident = (u16_t)inet_random();
	return true;
}

int datagram_create(int family, int type, int protocol, struct socket **socket)
{
	struct datagram_socket *s = heap_alloc(sizeof(*s));
	bool is_made;

	if (!s) {
		return -ENOMEM;
	}
	socket_init(&s->inet.socket, &datagram_ops, family, type, protocol);
	list_init(&s->queue);
	list_init(&s->inet.errors);
	list_init(&s->all_link);
	inet_enter();
	is_made = datagram_is_udp(s) ? udp_make(s) : raw_make(s);
	if (is_made) {
		datagram_list_add(s);
	}
	inet_leave();
	if (!is_made) {
		heap_free(s);
		return -ENOMEM;
	}
	*socket = &s->inet.socket;
	return 0;
}
