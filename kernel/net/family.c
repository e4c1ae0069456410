/* family.c - the families of sockets: one line makes one known. */
#include <kernel/socket.h>

static const struct socket_family *const families[] = {
	&socket_family_unix,
	&socket_family_inet,
	&socket_family_inet6,
	&socket_family_packet,
	&socket_family_netlink,
};

int socket_create(int family, int type, int protocol, struct socket **s)
{
	for (unsigned i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i]->family == family) {
			return families[i]->create(type, protocol, s);
		}
	}
	return -EAFNOSUPPORT;
}
