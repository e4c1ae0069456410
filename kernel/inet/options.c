/* options.c - options of IP: what every internet socket knows. */
#include <kernel/string.h>
#include <lwip/netif.h>
#include <lwip/udp.h>
#include "error_queue.h"
#include "inet.h"
#include "multicast.h"

int option_number(const void *value, size_t len, int32_t *number)
{
	if (len >= sizeof(*number)) {
		memcpy(number, value, sizeof(*number));
		return 0;
	}
	*number = len ? *(const unsigned char *)value : 0;
	return len ? 0 : -EINVAL;
}

int option_tell(void *value, size_t *len, int32_t number)
{
	*len = MIN(*len, sizeof(number));
	memcpy(value, &number, *len);
	return 0;
}

/* ---- the socket's own that lwIP has to know -------------------------------------------------- */

static void pcb_flag(struct ip_pcb *pcb, u8_t flag, bool on)
{
	if (on) {
		ip_set_option(pcb, flag);
	} else {
		ip_reset_option(pcb, flag);
	}
}

static int device_bind(struct inet_socket *s, struct ip_pcb *pcb, const void *value, size_t len)
{
	char name[NET_NAME_LEN] = "";
	struct net_device *dev = NULL;

	memcpy(name, value, MIN(len, sizeof(name) - 1));
	if (name[0]) {
		dev = device_by_name(name);
		if (!dev) {
			return -ENODEV;
		}
	}
	s->socket.device = dev ? dev->index : 0;
	if (pcb) {
		pcb->netif_idx = (u8_t)s->socket.device;
	}
	return 0;
}

/* -ENOPROTOOPT: what is the same for all sockets is still to be done. */
static int socket_set(
	struct inet_socket *s, struct ip_pcb *pcb, int name, const void *value, size_t len)
{
	int32_t number = 0;

	if (name == SO_BINDTODEVICE) {
		return device_bind(s, pcb, value, len);
	}
	(void)!option_number(value, len, &number);
	if (pcb && name == SO_REUSEADDR) {
		pcb_flag(pcb, SOF_REUSEADDR, number);
	} else if (pcb && name == SO_KEEPALIVE) {
		pcb_flag(pcb, SOF_KEEPALIVE, number);
	} else if (pcb && name == SO_BROADCAST) {
		pcb_flag(pcb, SOF_BROADCAST, number);
	}
	return -ENOPROTOOPT;
}

/* ---- IP ------------------------------------------------------------------------------------- */

static void errors_want(struct inet_socket *s, bool *which, bool on)
{
	*which = on;
	if (!on) {
		error_queue_drop(s);
	}
}

static int ip4_set(
	struct inet_socket *s, struct ip_pcb *pcb, int name, const void *value, size_t len)
{
	int32_t number = 0;

	if (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP) {
		return multicast_member4(s, name == IP_ADD_MEMBERSHIP, value, len);
	}
	if (option_number(value, len, &number)) {
		return -EINVAL;
	}
	switch (name) {
	case IP_TOS:
		pcb->tos = (u8_t)number;
		return 0;
	case IP_TTL:
		if (number != -1 && (number < 1 || number > 255)) {
			return -EINVAL;
		}
		pcb->ttl = number == -1 ? 64 : (u8_t)number;
		return 0;
	case IP_RECVERR:
		errors_want(s, &s->wants_errors4, number);
		return 0;
	case IP_MTU_DISCOVER:
	case IP_OPTIONS:
	case IP_MULTICAST_IF:
	case IP_MULTICAST_LOOP:
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int ip6_set(
	struct inet_socket *s, struct ip_pcb *pcb, int name, const void *value, size_t len)
{
	int32_t number = 0;

	if (name == IPV6_ADD_MEMBERSHIP || name == IPV6_DROP_MEMBERSHIP) {
		return multicast_member6(s, name == IPV6_ADD_MEMBERSHIP, value, len);
	}
	if (option_number(value, len, &number)) {
		return -EINVAL;
	}
	switch (name) {
	case IPV6_V6ONLY:
		s->is_v6only = number;
		IP_SET_TYPE_VAL(pcb->local_ip, number ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY);
		return 0;
	case IPV6_UNICAST_HOPS:
		if (number < -1 || number > 255) {
			return -EINVAL;
		}
		pcb->ttl = number == -1 ? 64 : (u8_t)number;
		return 0;
	case IPV6_TCLASS:
		pcb->tos = (u8_t)number;
		return 0;
	case IPV6_RECVERR:
		errors_want(s, &s->wants_errors6, number);
		return 0;
	case IPV6_MULTICAST_IF:
	case IPV6_MULTICAST_LOOP:
	case IPV6_CHECKSUM:
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int inet_option_set(struct inet_socket *s, struct ip_pcb *pcb, int level, int name,
	const void *value, size_t len)
{
	if (level == SOL_SOCKET) {
		return socket_set(s, pcb, name, value, len);
	}
	if (level == SOL_IP) {
		return pcb ? ip4_set(s, pcb, name, value, len) : -EINVAL;
	}
	if (level == SOL_IPV6 && s->socket.family == AF_INET6) {
		return pcb ? ip6_set(s, pcb, name, value, len) : -EINVAL;
	}
	return -ENOPROTOOPT;
}

int inet_option_get(
	struct inet_socket *s, struct ip_pcb *pcb, int level, int name, void *value, size_t *len)
{
	if (level == SOL_IP && pcb) {
		switch (name) {
		case IP_TOS:
			return option_tell(value, len, pcb->tos);
		case IP_TTL:
			return option_tell(value, len, pcb->ttl);
		case IP_MTU_DISCOVER:
			return option_tell(value, len, 0);
		case IP_RECVERR:
			return option_tell(value, len, s->wants_errors4);
		default:
			return -ENOPROTOOPT;
		}
	}
	if (level == SOL_IPV6 && s->socket.family == AF_INET6 && pcb) {
		switch (name) {
		case IPV6_V6ONLY:
			return option_tell(value, len, s->is_v6only);
		case IPV6_UNICAST_HOPS:
			return option_tell(value, len, pcb->ttl);
		case IPV6_TCLASS:
			return option_tell(value, len, pcb->tos);
		case IPV6_RECVERR:
			return option_tell(value, len, s->wants_errors6);
		default:
			return -ENOPROTOOPT;
		}
	}
	return -ENOPROTOOPT;
}
