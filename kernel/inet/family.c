/* family.c - AF_INET and AF_INET6: which kind of socket a type and a protocol mean. */
#include <kernel/process.h>
#include "inet.h"

static int raw_create(int family, int protocol, struct socket **s)
{
	struct linux_ucred who = socket_credentials();

	if (protocol <= 0 || protocol > 255) {
		return -EPROTONOSUPPORT;
	}
	return who.uid == 0 ? datagram_create(family, SOCK_RAW, protocol, s) : -EPERM;
}

static int create(int family, int type, int protocol, struct socket **s)
{
	int icmp = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (protocol < 0 || protocol > 255) {
		return -EINVAL;
	}
	switch (type) {
	case SOCK_STREAM:
		return protocol && protocol != IPPROTO_TCP ? -EPROTONOSUPPORT
							   : stream_create(family, s);
	case SOCK_DGRAM:
		if (protocol && protocol != IPPROTO_UDP && protocol != icmp) {
			return -EPROTONOSUPPORT;
		}
		return datagram_create(family, type, protocol ? protocol : IPPROTO_UDP, s);
	case SOCK_RAW:
		return raw_create(family, protocol, s);
	default:
		return -ESOCKTNOSUPPORT;
	}
}

static int create4(int type, int protocol, struct socket **s)
{
	return create(AF_INET, type, protocol, s);
}

static int create6(int type, int protocol, struct socket **s)
{
	return create(AF_INET6, type, protocol, s);
}

const struct socket_family socket_family_inet = { AF_INET, create4 };
const struct socket_family socket_family_inet6 = { AF_INET6, create6 };
