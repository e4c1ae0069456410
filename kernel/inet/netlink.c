/* netlink.c - netlink sockets: requests in, answers out; see netlink.h. */
#include "netlink.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/string.h>

#define DATAGRAM_LEN 4096u /* of several messages */
#define QUEUED_MAX   64u   /* of them unread: about what Linux's receive buffer takes */

/* What one recv() gets. */
struct datagram {
	struct list link;
	unsigned len;
	unsigned char data[DATAGRAM_LEN];
};

struct netlink_socket {
	struct socket socket; /* first */
	uint32_t port, groups;
	struct list queue; /* N1 */
	unsigned queued;
	bool has_lost; /* answers, for want of room: to be told once */
};

struct answer {
	struct netlink_socket *s;
	struct datagram *d; /* being filled */
	unsigned start;	    /* of the message in it */
	bool has_failed;
};

static struct netlink_socket *netlink_of(struct socket *s)
{
	return container_of(s, struct netlink_socket, socket);
}

/* ---- requests ------------------------------------------------------------------------------- */

int request_attrs(struct request *r, unsigned fixed)
{
	unsigned at = NL_PADDED(fixed);

	memset(r->attrs, 0, sizeof(r->attrs));
	if (r->body_len < fixed) {
		return -EINVAL;
	}
	while (at + sizeof(struct linux_rtattr) <= r->body_len) {
		struct linux_rtattr a;

		memcpy(&a, r->body + at, sizeof(a));
		if (a.len < sizeof(a) || a.len > r->body_len - at) {
			return -EINVAL;
		}
		if (a.type < ATTR_COUNT) {
			r->attrs[a.type] = (struct attr){ r->body + at + sizeof(a),
				(unsigned)(a.len - sizeof(a)) };
		}
		at += NL_PADDED((unsigned)a.len);
	}
	return 0;
}

uint32_t attr_u32(const struct attr *a, uint32_t missing)
{
	uint32_t value;

	if (a->len < sizeof(value)) {
		return missing;
	}
	memcpy(&value, a->data, sizeof(value));
	return value;
}

struct net_device *request_device(const struct request *r, int index, unsigned name_attr)
{
	const struct attr *a = &r->attrs[name_attr];
	char name[NET_NAME_LEN] = "";

	if (index) {
		return device_by_index((unsigned)index);
	}
	memcpy(name, a->data, a->len ? MIN(a->len, sizeof(name) - 1) : 0);
	return device_by_name(name);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void datagram_send(struct answer *a)
{
	if (a->d && a->d->len && a->s->queued >= QUEUED_MAX) {
		a->s->has_lost = true;
		a->d->len = 0; /* the next one goes into it */
	} else if (a->d && a->d->len) {
		list_push_back(&a->s->queue, &a->d->link);
		WRITE_ONCE(a->s->queued, a->s->queued + 1);
		a->d = NULL;
	}
}

static void space_make(struct answer *a, size_t len)
{
	if (a->d && a->start == 0 && a->d->len + len > DATAGRAM_LEN) {
		a->has_failed = true; /* one message larger than any of ours */
	}
	if (!a->d) {
		a->d = heap_alloc(sizeof(*a->d));
		a->has_failed = a->has_failed || !a->d;
	}
}

void message_put(struct request *r, const void *data, size_t len)
{
	struct answer *a = r->answer;

	if (a->has_failed || a->d->len + NL_PADDED(len) > DATAGRAM_LEN) {
		a->has_failed = true;
		return;
	}
	memcpy(a->d->data + a->d->len, data, len);
	a->d->len += NL_PADDED((unsigned)len);
}

/* A new datagram when this one is so full that another message might not fit. */
void message_begin(struct request *r, unsigned type)
{
	struct answer *a = r->answer;
	struct linux_nlmsghdr h = { .type = (uint16_t)type,
		.flags = r->is_dump ? NLM_F_MULTI : 0,
		.sequence = r->header.sequence,
		.port = a->s->port };

	if (a->d && a->d->len > DATAGRAM_LEN / 2) {
		datagram_send(a);
	}
	a->start = a->d ? a->d->len : 0;
	space_make(a, sizeof(h));
	message_put(r, &h, sizeof(h));
}

void message_attr(struct request *r, unsigned type, const void *data, size_t len)
{
	struct linux_rtattr a = { (uint16_t)(sizeof(a) + len), (uint16_t)type };

	message_put(r, &a, sizeof(a));
	message_put(r, data, len);
}

void message_attr_u32(struct request *r, unsigned type, uint32_t value)
{
	message_attr(r, type, &value, sizeof(value));
}

void message_end(struct request *r)
{
	struct answer *a = r->answer;
	uint32_t len;

	if (!a->has_failed) {
		len = a->d->len - a->start;
		memcpy(a->d->data + a->start, &len, sizeof(len));
	}
}

/* The end of a dump, an error, or the acknowledgement that was asked for. */
static void request_finish(struct request *r, int err)
{
	int32_t code = r->answer->has_failed ? -ENOMEM : err;

	if (r->is_dump && !code) {
		message_begin(r, NLMSG_DONE);
		message_put(r, &code, sizeof(code));
		message_end(r);
	} else if (code || r->header.flags & NLM_F_ACK) {
		r->is_dump = false;
		r->answer->has_failed = false;
		message_begin(r, NLMSG_ERROR);
		message_put(r, &code, sizeof(code));
		message_put(r, &r->header, sizeof(r->header));
		message_end(r);
	}
	datagram_send(r->answer);
}

/* ---- what can be asked ---------------------------------------------------------------------- */

static const struct {
	uint16_t type;
	bool is_change; /* root's */
	int (*handle)(struct request *r);
} handlers[] = {
	{ RTM_GETLINK, false, link_get },
	{ RTM_NEWLINK, true, link_set },
	{ RTM_SETLINK, true, link_set },
	{ RTM_GETADDR, false, address_get_all },
	{ RTM_NEWADDR, true, address_new },
	{ RTM_DELADDR, true, address_delete },
	{ RTM_GETROUTE, false, route_get },
	{ RTM_NEWROUTE, true, route_new },
	{ RTM_DELROUTE, true, route_delete },
	{ RTM_GETNEIGH, false, neighbour_get },
};

static int request_handle(struct request *r)
{
	for (unsigned i = 0; i < ARRAY_SIZE(handlers); i++) {
		if (handlers[i].type == r->header.type) {
			return handlers[i].is_change && socket_credentials().uid != 0
				? -EPERM
				: handlers[i].handle(r);
		}
	}
	return -EOPNOTSUPP;
}

static long netlink_send(struct socket *socket, struct message *m)
{
	struct netlink_socket *s = netlink_of(socket);
	struct request *r = heap_alloc(sizeof(*r));
	struct answer answer = { .s = s };
	size_t at = 0;

	if (!r) {
		return -ENOBUFS;
	}
	r->answer = &answer;
	inet_enter();
	while (at + sizeof(r->header) <= m->len) {
		memcpy(&r->header, (char *)m->data + at, sizeof(r->header));
		if (r->header.len < sizeof(r->header) || r->header.len > m->len - at) {
			break;
		}
		r->body = (unsigned char *)m->data + at + sizeof(r->header);
		r->body_len = r->header.len - (unsigned)sizeof(r->header);
		r->is_dump = (r->header.type & 3) == 2 && r->header.flags & NLM_F_DUMP;
		answer.has_failed = false;
		if (r->header.type > NLMSG_DONE) {
			request_finish(r, request_handle(r));
		}
		at += NL_PADDED(r->header.len);
	}
	inet_leave();
	heap_free(answer.d);
	heap_free(r);
	wait_wake_all(&socket->changed);
	return (long)m->len;
}

/* ---- the socket ----------------------------------------------------------------------------- */

static long take(struct socket *socket, struct message *m)
{
	struct netlink_socket *s = netlink_of(socket);
	struct linux_sockaddr_nl from = { .family = AF_NETLINK };
	struct list *first = list_first(&s->queue);
	struct datagram *d;
	long told;

	if (s->has_lost) {
		s->has_lost = false;
		return -ENOBUFS;
	}
	if (!first) {
		return -EAGAIN;
	}
	d = list_entry(first, struct datagram, link);
	memcpy(m->data, d->data, MIN(m->len, d->len));
	m->flags_out |= m->len < d->len ? MSG_TRUNC : 0;
	told = m->flags & MSG_TRUNC ? (long)d->len : (long)MIN(m->len, d->len);
	if (m->address) {
		m->address->len = sizeof(from);
		memcpy(m->address->bytes, &from, sizeof(from));
	}
	if (!(m->flags & MSG_PEEK)) {
		WRITE_ONCE(s->queued, s->queued - 1);
		list_remove(first);
		heap_free(d);
	}
	return told;
}

static bool has_some(struct socket *socket, const struct message *m)
{
	struct netlink_socket *s = netlink_of(socket);

	return READ_ONCE(s->queued) > 0;
}

static long netlink_receive(struct socket *socket, struct message *m)
{
	return inet_transfer(socket, m, socket->receive_timeout, take, has_some);
}

static int netlink_bind(struct socket *socket, const struct socket_address *address)
{
	struct netlink_socket *s = netlink_of(socket);
	struct linux_sockaddr_nl a;

	if (address->len < sizeof(a) || address->family != AF_NETLINK) {
		return -EINVAL;
	}
	memcpy(&a, address->bytes, sizeof(a));
	s->port = a.port ? a.port : s->port;
	s->groups = a.groups;
	return 0;
}

static int netlink_connect(
	struct socket *socket, const struct socket_address *address, bool is_nonblocking)
{
	return address->len >= sizeof(address->family) && address->family == AF_NETLINK ? 0
											: -EINVAL;
}

static int netlink_name(struct socket *socket, bool is_peer, struct socket_address *address)
{
	struct netlink_socket *s = netlink_of(socket);
	struct linux_sockaddr_nl a = { .family = AF_NETLINK };

	if (!is_peer) {
		a.port = s->port;
		a.groups = s->groups;
	}
	address->len = sizeof(a);
	memcpy(address->bytes, &a, sizeof(a));
	return 0;
}

static int netlink_option_set(
	struct socket *socket, int level, int name, const void *value, size_t len)
{
	return level == SOL_SOCKET ? -ENOPROTOOPT : 0; /* SOL_NETLINK's are hints to us */
}

static unsigned netlink_poll(struct socket *socket)
{
	return POLLOUT | POLLWRNORM |
		(READ_ONCE(netlink_of(socket)->queued) ? POLLIN | POLLRDNORM : 0);
}

static void netlink_release(struct socket *socket)
{
	struct netlink_socket *s = netlink_of(socket);
	struct list *first;

	while ((first = list_first(&s->queue))) {
		list_remove(first);
		heap_free(list_entry(first, struct datagram, link));
	}
	heap_free(s);
}

static const struct socket_ops netlink_ops = {
	.bind = netlink_bind,
	.connect = netlink_connect,
	.name = netlink_name,
	.send = netlink_send,
	.receive = netlink_receive,
	.option_set = netlink_option_set,
	.poll = netlink_poll,
	.release = netlink_release,
};

static int netlink_create(int type, int protocol, struct socket **socket)
{
	static uint32_t last_port;
	struct netlink_socket *s;

	if (type != SOCK_RAW && type != SOCK_DGRAM) {
		return -ESOCKTNOSUPPORT;
	}
	if (protocol != NETLINK_ROUTE) {
		return -EPROTONOSUPPORT;
	}
	s = heap_alloc(sizeof(*s));
	if (!s) {
		return -ENOMEM;
	}
	socket_init(&s->socket, &netlink_ops, AF_NETLINK, type, protocol);
	s->port = (uint32_t)socket_credentials().pid +
		(__atomic_add_fetch(&last_port, 1, __ATOMIC_RELAXED) << 22);
	list_init(&s->queue);
	*socket = &s->socket;
	return 0;
}

const struct socket_family socket_family_netlink = { AF_NETLINK, netlink_create };
