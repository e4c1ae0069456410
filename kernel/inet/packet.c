/*
 * packet.c - packet sockets: frames as they are on an interface, past all protocols.
 *
 * With SOCK_DGRAM the Ethernet header is not in the data but in the address.
 */
#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/string.h>
#include <linux/if.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <netif/ethernet.h>
#include <lwip/prot/ethernet.h>
#include "stack.h"

#define FRAME_OVERHEAD 256u

/* A frame that was seen. */
struct frame {
	struct list link;
	struct linux_sockaddr_ll from;
	bool has_no_checksum;
	unsigned len; /* from where the program sees it */
	unsigned char data[];
};

struct packet_socket {
	struct socket socket; /* first */
	uint16_t protocol;    /* network order; 0: nothing */
	unsigned device;      /* 0: all */
	bool wants_auxdata;
	int error;
	struct list queue, tap_link;
	size_t queued;
};

unsigned packet_taps;
static struct list taps = LIST_INIT(taps); /* N1 */
static const struct socket_ops packet_ops;

static struct packet_socket *packet_of(struct socket *s)
{
	return container_of(s, struct packet_socket, socket);
}

/* ---- what passes by ------------------------------------------------------------------------- */

static bool wants(
	const struct packet_socket *s, const struct net_device *dev, uint16_t type, bool is_out)
{
	bool all = s->protocol == PP_HTONS(ETH_P_ALL);

	return (all || (s->protocol == type && !is_out)) &&
		(s->device == 0 || s->device == dev->index);
}

static uint8_t kind_of(const struct net_device *dev, const struct eth_hdr *eth, bool is_out)
{
	const uint8_t *to = eth->dest.addr;

	if (is_out) {
		return PACKET_OUTGOING;
	}
	if (!memcmp(to, dev->mac, NET_MAC_LEN)) {
		return PACKET_HOST;
	}
	if (to[0] & 1) {
		return !memcmp(to, ethbroadcast.addr, NET_MAC_LEN) ? PACKET_BROADCAST
								   : PACKET_MULTICAST;
	}
	return PACKET_OTHERHOST;
}

static void frame_queue(struct packet_socket *s, const struct net_device *dev, const struct pbuf *p,
	const struct eth_hdr *eth, bool is_out, bool is_checked)
{
	unsigned skip = s->socket.type == SOCK_DGRAM ? NET_HEADER_LEN : 0;
	unsigned len = p->tot_len - skip;
	struct frame *f;

	if (s->queued + len + FRAME_OVERHEAD > (size_t)s->socket.receive_buffer) {
		return;
	}
	f = heap_alloc(sizeof(*f) + len);
	if (!f) {
		return;
	}
	f->from = (struct linux_sockaddr_ll){ .family = AF_PACKET,
		.protocol = eth->type,
		.index = (int32_t)dev->index,
		.hardware = ARPHRD_ETHER,
		.packet_type = kind_of(dev, eth, is_out),
		.address_len = NET_MAC_LEN };
	memcpy(f->from.address, eth->src.addr, NET_MAC_LEN);
	f->has_no_checksum = is_checked;
	f->len = len;
	(void)pbuf_copy_partial(p, f->data, (u16_t)len, (u16_t)skip);
	WRITE_ONCE(s->queued, s->queued + len + FRAME_OVERHEAD);
	list_push_back(&s->queue, &f->link);
	wait_wake_all(&s->socket.changed);
}

void packet_tap(struct net_device *dev, const struct pbuf *frame, bool is_out, bool is_checked)
{
	struct eth_hdr eth;

	if (pbuf_copy_partial(frame, &eth, sizeof(eth), 0) < sizeof(eth)) {
		return;
	}
	list_for_each(node, &taps) {
		struct packet_socket *s = list_entry(node, struct packet_socket, tap_link);

		if (wants(s, dev, eth.type, is_out)) {
			frame_queue(s, dev, frame, &eth, is_out, is_checked);
		}
	}
}

/* ---- receiving ------------------------------------------------------------------------------ */

static void beside_tell(const struct packet_socket *s, const struct frame *f, struct message *m)
{
	struct linux_tpacket_auxdata aux = {
		.status = TP_STATUS_USER, .len = f->len, .captured_len = f->len
	};

	if (m->address) {
		m->address->len = sizeof(f->from);
		memcpy(m->address->bytes, &f->from, sizeof(f->from));
	}
	if (m->control && s->wants_auxdata) {
		struct message_extra *extra = &m->control->extra[m->control->extra_count++];

		aux.status |= f->has_no_checksum ? TP_STATUS_CSUMNOTREADY : 0;
		extra->level = SOL_PACKET;
		extra->type = PACKET_AUXDATA;
		extra->len = sizeof(aux);
		memcpy(extra->data, &aux, sizeof(aux));
	}
}

static long take(struct socket *socket, struct message *m)
{
	struct packet_socket *s = packet_of(socket);
	struct list *first = list_first(&s->queue);
	struct frame *f;
	long told;

	if (!first) {
		int err = s->error;

		s->error = 0;
		return err ? -err : -EAGAIN;
	}
	f = list_entry(first, struct frame, link);
	memcpy(m->data, f->data, MIN(m->len, f->len));
	m->flags_out |= m->len < f->len ? MSG_TRUNC : 0;
	told = m->flags & MSG_TRUNC ? (long)f->len : (long)MIN(m->len, f->len);
	beside_tell(s, f, m);
	if (!(m->flags & MSG_PEEK)) {
		WRITE_ONCE(s->queued, s->queued - f->len - FRAME_OVERHEAD);
		list_remove(first);
		heap_free(f);
	}
	return told;
}

static bool has_some(struct socket *socket, const struct message *m)
{
	struct packet_socket *s = packet_of(socket);

	return READ_ONCE(s->queued) > 0;
}

static long packet_receive(struct socket *socket, struct message *m)
{
	return inet_transfer(socket, m, socket->receive_timeout, take, has_some);
}

/* ---- sending -------------------------------------------------------------------------------- */

static struct pbuf *frame_make(const struct packet_socket *s, const struct net_device *dev,
	const struct message *m, const struct linux_sockaddr_ll *to)
{
	bool is_cooked = s->socket.type == SOCK_DGRAM;
	unsigned header_len = is_cooked ? NET_HEADER_LEN : 0;
	struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)(m->len + header_len), PBUF_RAM);

	if (p && is_cooked) {
		struct eth_hdr eth = { .type = to->protocol };

		memcpy(eth.dest.addr, to->address, NET_MAC_LEN);
		memcpy(eth.src.addr, dev->mac, NET_MAC_LEN);
		(void)pbuf_take(p, &eth, sizeof(eth));
	}
	if (p) {
		(void)pbuf_take_at(p, m->data, (u16_t)m->len, (u16_t)header_len);
	}
	return p;
}

static long send_locked(
	struct packet_socket *s, const struct message *m, const struct linux_sockaddr_ll *to)
{
	struct net_device *dev = device_by_index(to->index ? (unsigned)to->index : s->device);
	struct pbuf *p;
	err_t err;

	if (!dev || !dev->netif->state) {
		return -ENXIO;
	}
	if (!dev->is_up) {
		return -ENETDOWN;
	}
	if (m->len > dev->mtu + (s->socket.type == SOCK_DGRAM ? 0 : NET_HEADER_LEN)) {
		return -EMSGSIZE;
	}
	p = frame_make(s, dev, m, to);
	if (!p) {
		return -ENOBUFS;
	}
	err = dev->netif->linkoutput(dev->netif, p);
	pbuf_free(p);
	return err == ERR_OK ? (long)m->len : -ENOBUFS;
}

static long packet_send(struct socket *socket, struct message *m)
{
	struct packet_socket *s = packet_of(socket);
	struct linux_sockaddr_ll to = { .protocol = s->protocol };
	long done;

	if (m->address) {
		if (m->address->len < sizeof(to) - 2 || m->address->family != AF_PACKET) {
			return -EINVAL;
		}
		memcpy(&to, m->address->bytes, MIN(m->address->len, sizeof(to)));
	} else if (socket->type == SOCK_DGRAM) {
		return -EDESTADDRREQ;
	}
	if (socket->type == SOCK_RAW && m->len < NET_HEADER_LEN) {
		return -EINVAL;
	}
	inet_enter();
	done = send_locked(s, m, &to);
	inet_leave();
	return done;
}

/* ---- the rest ------------------------------------------------------------------------------- */

static int packet_bind(struct socket *socket, const struct socket_address *address)
{
	struct packet_socket *s = packet_of(socket);
	struct linux_sockaddr_ll a;
	int err = 0;

	if (address->len < sizeof(a) - 8 || address->family != AF_PACKET) {
		return -EINVAL;
	}
	memcpy(&a, address->bytes, sizeof(a));
	inet_enter();
	if (a.index && !device_by_index((unsigned)a.index)) {
		err = -ENODEV;
	} else {
		s->device = (unsigned)a.index;
		s->protocol = a.protocol ? a.protocol : s->protocol;
	}
	inet_leave();
	return err;
}

static int packet_name(struct socket *socket, bool is_peer, struct socket_address *address)
{
	struct packet_socket *s = packet_of(socket);
	struct linux_sockaddr_ll a = { .family = AF_PACKET,
		.protocol = s->protocol,
		.index = (int32_t)s->device,
		.hardware = ARPHRD_ETHER };

	address->len = sizeof(a);
	memcpy(address->bytes, &a, sizeof(a));
	return is_peer ? -EOPNOTSUPP : 0;
}

static int packet_option_set(
	struct socket *socket, int level, int name, const void *value, size_t len)
{
	if (level == SOL_PACKET && name == PACKET_AUXDATA && len >= sizeof(int32_t)) {
		int32_t number;

		memcpy(&number, value, sizeof(number));
		packet_of(socket)->wants_auxdata = number;
		return 0;
	}
	return -ENOPROTOOPT;
}

static unsigned packet_poll(struct socket *socket)
{
	struct packet_socket *s = packet_of(socket);

	return POLLOUT | POLLWRNORM | (READ_ONCE(s->queued) ? POLLIN | POLLRDNORM : 0);
}

static void packet_closed(struct socket *socket)
{
	struct packet_socket *s = packet_of(socket);
	struct list *first;

	inet_enter();
	list_remove(&s->tap_link);
	packet_taps--;
	while ((first = list_first(&s->queue))) {
		list_remove(first);
		heap_free(list_entry(first, struct frame, link));
	}
	inet_leave();
}

static void packet_release(struct socket *socket)
{
	heap_free(packet_of(socket));
}

static const struct socket_ops packet_ops = {
	.bind = packet_bind,
	.name = packet_name,
	.send = packet_send,
	.receive = packet_receive,
	.option_set = packet_option_set,
	.poll = packet_poll,
	.closed = packet_closed,
	.release = packet_release,
};

static int packet_create(int type, int protocol, struct socket **socket)
{
	struct packet_socket *s;

	if (socket_credentials().uid != 0) {
		return -EPERM;
	}
	if (type != SOCK_RAW && type != SOCK_DGRAM) {
		return -ESOCKTNOSUPPORT;
	}
	s = heap_alloc(sizeof(*s));
	if (!s) {
		return -ENOMEM;
	}
	socket_init(&s->socket, &packet_ops, AF_PACKET, type, protocol);
	s->protocol = (uint16_t)protocol;
	list_init(&s->queue);
	inet_enter();
	list_push_back(&taps, &s->tap_link);
	packet_taps++;
	inet_leave();
	*socket = &s->socket;
	return 0;
}

const struct socket_family socket_family_packet = { AF_PACKET, packet_create };
