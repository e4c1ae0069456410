/* address.c - internet addresses between programs' form and lwIP's. */
#include <kernel/string.h>
#include <lwip/netif.h>
#include "inet.h"

static int in4(const struct socket_address *a, ip_addr_t *ip, u16_t *port)
{
	struct linux_sockaddr_in in;

	if (a->len < sizeof(in)) {
		return -EINVAL;
	}
	memcpy(&in, a->bytes, sizeof(in));
	ip_addr_set_ip4_u32_val(*ip, in.address);
	*port = lwip_ntohs(in.port);
	return 0;
}

static int in6(const struct socket_address *a, ip_addr_t *ip, u16_t *port)
{
	struct linux_sockaddr_in6 in;
	ip6_addr_t *ip6 = ip_2_ip6(ip);

	if (a->len < sizeof(in) - sizeof(in.scope)) {
		return -EINVAL;
	}
	memset(&in, 0, sizeof(in));
	memcpy(&in, a->bytes, MIN(a->len, sizeof(in)));
	*port = lwip_ntohs(in.port);
	IP_SET_TYPE_VAL(*ip, IPADDR_TYPE_V6);
	memcpy(ip6->addr, in.address, sizeof(in.address));
	ip6_addr_clear_zone(ip6);
	if (ip6_addr_isipv4mappedipv6(ip6)) {
		ip_addr_set_ip4_u32_val(*ip, in.address[3]);
	} else if (ip6_addr_has_scope(ip6, IP6_UNKNOWN) && in.scope && in.scope < 256) {
		ip6_addr_set_zone(ip6, (u8_t)in.scope);
	}
	return 0;
}

int address_in(
	const struct inet_socket *s, const struct socket_address *a, ip_addr_t *ip, u16_t *port)
{
	memset(ip, 0, sizeof(*ip));
	if (a->len < sizeof(a->family)) {
		return -EINVAL;
	}
	if (a->family == AF_INET && s->socket.family == AF_INET) {
		return in4(a, ip, port);
	}
	if (a->family == AF_INET6 && s->socket.family == AF_INET6) {
		return in6(a, ip, port);
	}
	return -EAFNOSUPPORT;
}

static void out4(struct socket_address *a, const ip_addr_t *ip, u16_t port)
{
	struct linux_sockaddr_in in = { .family = AF_INET, .port = lwip_htons(port) };

	in.address = IP_IS_V4(ip) ? ip4_addr_get_u32(ip_2_ip4(ip)) : 0;
	a->len = sizeof(in);
	memcpy(a->bytes, &in, sizeof(in));
}

static void out6(struct socket_address *a, const ip_addr_t *ip, u16_t port)
{
	struct linux_sockaddr_in6 in = { .family = AF_INET6, .port = lwip_htons(port) };
	const ip6_addr_t *ip6 = ip_2_ip6(ip);

	if (IP_IS_V6_VAL(*ip)) {
		memcpy(in.address, ip6->addr, sizeof(in.address));
		in.scope = ip6_addr_has_scope(ip6, IP6_UNKNOWN) ? ip6_addr_zone(ip6) : 0;
	} else if (!IP_IS_ANY_TYPE_VAL(*ip) && !ip_addr_isany(ip)) {
		in.address[2] = PP_HTONL(0xffff);
		in.address[3] = ip4_addr_get_u32(ip_2_ip4(ip));
	}
	a->len = sizeof(in);
	memcpy(a->bytes, &in, sizeof(in));
}

void address_out(
	const struct inet_socket *s, struct socket_address *a, const ip_addr_t *ip, u16_t port)
{
	if (s->socket.family == AF_INET) {
		out4(a, ip, port);
	} else {
		out6(a, ip, port);
	}
}

static bool is_ours(const ip_addr_t *ip)
{
	struct netif *netif;

	NETIF_FOREACH(netif)
	{
		if (IP_IS_V4(ip) ? ip4_addr_cmp(netif_ip4_addr(netif), ip_2_ip4(ip))
				 : netif_get_ip6_addr_match(netif, ip_2_ip6(ip)) >= 0) {
			return true;
		}
	}
	return false;
}

bool address_is_bindable(const ip_addr_t *ip)
{
	if (ip_addr_isany(ip) || ip_addr_ismulticast(ip)) {
		return true;
	}
	if (IP_IS_V4(ip) &&
		(ip4_addr_isloopback(ip_2_ip4(ip)) ||
			ip4_addr_get_u32(ip_2_ip4(ip)) == IPADDR_BROADCAST)) {
		return true;
	}
	return is_ours(ip);
}

void address_any(const struct inet_socket *s, ip_addr_t *ip)
{
	if (s->socket.family == AF_INET) {
		ip_addr_set_any_val(false, *ip);
	} else if (s->is_v6only) {
		ip_addr_set_any_val(true, *ip);
	} else {
		*ip = *IP_ANY_TYPE;
	}
}

const ip_addr_t *address_source(const ip_addr_t *to)
{
	struct netif *netif = ip_route(IP_ANY_TYPE, to);

	return netif ? ip_netif_get_local_ip(netif, to) : NULL;
}

int inet_errno(int err)
{
	switch (err) {
	case ERR_OK:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
		return -ENOBUFS;
	case ERR_RTE:
		return -ENETUNREACH;
	case ERR_USE:
		return -EADDRINUSE;
	case ERR_ALREADY:
		return -EALREADY;
	case ERR_ISCONN:
		return -EISCONN;
	case ERR_CONN:
	case ERR_CLSD:
		return -ENOTCONN;
	case ERR_ABRT:
	case ERR_TIMEOUT:
		return -ETIMEDOUT;
	case ERR_RST:
		return -ECONNRESET;
	case ERR_IF:
		return -EIO;
	default:
		return -EINVAL;
	}
}
