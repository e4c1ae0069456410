/* datagram_option.c - options of UDP, raw and ping sockets, and the list of all for /proc/net. */
#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/string.h>
#include "datagram.h"
#include "multicast.h"

static struct list sockets = LIST_INIT(sockets);

void datagram_list_add(struct datagram_socket *s)
{
	list_push_back(&sockets, &s->all_link);
	inet_users_add(1);
}

void datagram_list_remove(struct datagram_socket *s)
{
	list_remove(&s->all_link);
	inet_users_add(-1);
}

struct datagram_socket *datagram_next(struct datagram_socket *s)
{
	struct list *next = s ? s->all_link.next : sockets.next;

	return next == &sockets ? NULL : list_entry(next, struct datagram_socket, all_link);
}

/* -ENOPROTOOPT: not one of datagrams' own. */
static int own_set(struct datagram_socket *s, int level, int name, const void *value, size_t len)
{
	bool is_ip = level == SOL_IP, is_ip6 = level == SOL_IPV6;
	int32_t number = 0;

	if ((level == SOL_RAW && name == ICMP_FILTER) ||
		(level == SOL_ICMPV6 && name == ICMPV6_FILTER)) {
		memcpy(s->filter, value, MIN(len, sizeof(s->filter)));
		return 0;
	}
	(void)!option_number(value, len, &number);
	if ((is_ip && name == IP_PKTINFO) || (is_ip6 && name == IPV6_RECVPKTINFO)) {
		s->wants_info = number;
	} else if (is_ip && name == IP_RECVTTL) {
		s->hops_type = number ? IP_TTL : 0;
	} else if (is_ip6 && name == IPV6_RECVHOPLIMIT) {
		s->hops_type = number ? IPV6_HOPLIMIT : 0;
	} else if (is_ip6 && name == IPV6_2292HOPLIMIT) {
		s->hops_type = number ? IPV6_2292HOPLIMIT : 0;
	} else if (is_ip && name == IP_HDRINCL && s->inet.socket.type == SOCK_RAW) {
		s->has_header = number;
		s->raw->flags = (u8_t)(number ? s->raw->flags | RAW_FLAGS_HDRINCL
					      : s->raw->flags & ~RAW_FLAGS_HDRINCL);
	} else {
		return -ENOPROTOOPT;
	}
	return 0;
}

/* ---- sending to groups, of UDP ------------------------------------------------------------------ */

static bool is_multicasts(int level, int name)
{
	return (level == SOL_IP && name >= IP_MULTICAST_IF && name <= IP_MULTICAST_LOOP) ||
		(level == SOL_IPV6 && name >= IPV6_MULTICAST_IF && name <= IPV6_MULTICAST_LOOP);
}

static int multicast_set(struct udp_pcb *udp, int name, const void *value, size_t len)
{
	int32_t number;

	if (name == IP_MULTICAST_IF) {
		return multicast_from4(udp, value, len);
	}
	if (option_number(value, len, &number)) {
		return -EINVAL;
	}
	switch (name) {
	case IPV6_MULTICAST_IF:
		return multicast_from6(udp, number);
	case IP_MULTICAST_TTL:
	case IPV6_MULTICAST_HOPS:
		if (number < -1 || number > 255) {
			return -EINVAL;
		}
		udp->mcast_ttl = number < 0 ? 1 : (u8_t)number;
		return 0;
	default:
		udp->flags = (u8_t)(number ? udp->flags | UDP_FLAGS_MULTICAST_LOOP
					   : udp->flags & ~UDP_FLAGS_MULTICAST_LOOP);
		return 0;
	}
}

static int multicast_get(const struct udp_pcb *udp, int name)
{
	switch (name) {
	case IP_MULTICAST_IF:
		return (int)ip4_addr_get_u32(&udp->mcast_ip4);
	case IPV6_MULTICAST_IF:
		return udp->mcast_ifindex;
	case IP_MULTICAST_TTL:
	case IPV6_MULTICAST_HOPS:
		return udp->mcast_ttl;
	default:
		return (udp->flags & UDP_FLAGS_MULTICAST_LOOP) != 0;
	}
}

/* ---- all ------------------------------------------------------------------------------------ */

_Static_assert(offsetof(struct udp_pcb, local_ip) == offsetof(struct ip_pcb, local_ip) &&
		offsetof(struct raw_pcb, ttl) == offsetof(struct ip_pcb, ttl),
	"lwip/ip.h: all of lwIP's sockets begin alike");

int datagram_option_set(struct socket *socket, int level, int name, const void *value, size_t len)
{
	struct datagram_socket *s = datagram_of(socket);
	int err;

	if (is_multicasts(level, name) && !datagram_is_udp(s)) {
		return 0;
	}
	inet_enter();
	err = is_multicasts(level, name) ? multicast_set(s->udp, name, value, len)
					 : own_set(s, level, name, value, len);
	if (err == -ENOPROTOOPT) {
		err = inet_option_set(&s->inet, s->pcb, level, name, value, len);
	}
	inet_leave();
	return err;
}

int datagram_option_get(struct socket *socket, int level, int name, void *value, size_t *len)
{
	struct datagram_socket *s = datagram_of(socket);
	int err;

	if (level == SOL_SOCKET && name == SO_ACCEPTCONN) {
		return option_tell(value, len, 0);
	}
	inet_enter();
	err = is_multicasts(level, name) && datagram_is_udp(s)
		? option_tell(value, len, multicast_get(s->udp, name))
		: inet_option_get(&s->inet, s->pcb, level, name, value, len);
	inet_leave();
	return err;
}

/* ---- /proc/net/udp, raw --------------------------------------------------------------------- */

void datagram_show(struct proc_text *text, int family, int type)
{
	static const ip_addr_t none;
	unsigned number = 0;

	list_for_each(node, &sockets) {
		struct datagram_socket *s = list_entry(node, struct datagram_socket, all_link);
		bool is_udp = datagram_is_udp(s);

		if (s->inet.socket.family != family || s->inet.socket.type != type ||
			(is_udp && !s->udp->local_port)) {
			continue;
		}
		inet_line_show(text, number++, family, &s->pcb->local_ip,
			is_udp ? s->udp->local_port : (unsigned)s->inet.socket.protocol,
			s->is_connected ? &s->remote : &none, s->is_connected ? s->remote_port : 0,
			s->is_connected ? 1 : 7, s->queued);
	}
}
