/*
 * multicast.c - which socket is a member of which group, and by which interface it sends to groups.
 *
 * lwIP knows what an interface is a member of, Linux's programs what a socket is. An interface joins a group with
 * the first socket that does so there and leaves it with the last. As with Linux's IP_MULTICAST_ALL, which is on, what
 * comes for a group that anybody joined there is for all sockets of its port.
 */
#include "multicast.h"

#include <kernel/heap.h>
#include <kernel/string.h>
#include <lwip/igmp.h>
#include <lwip/mld6.h>
#include "secondary.h"

/* Linux's sysctl igmp_max_memberships; of IPv6 it has a limit in bytes. */
#define MEMBERSHIPS4_MAX 20u
#define MEMBERSHIPS6_MAX 256u

#define ALL_SYSTEMS 0xe0000001 /* 224.0.0.1 */

struct membership {
	struct list link;
	const struct inet_socket *owner;
	struct netif *netif; /* a device's own */
	ip_addr_t group;     /* without a zone, which is the interface's */
};

static struct list memberships = LIST_INIT(memberships); /* N1 */

/* NULL: of anybody; on any interface. */
static struct membership *find(
	const struct inet_socket *owner, const struct netif *netif, const ip_addr_t *group)
{
	list_for_each(node, &memberships) {
		struct membership *m = list_entry(node, struct membership, link);

		if ((!owner || m->owner == owner) && (!netif || m->netif == netif) &&
			ip_addr_cmp(&m->group, group)) {
			return m;
		}
	}
	return NULL;
}

static unsigned count_of(const struct inet_socket *owner, bool is_v6)
{
	unsigned count = 0;

	list_for_each(node, &memberships) {
		const struct membership *m = list_entry(node, struct membership, link);

		count += m->owner == owner && IP_IS_V6_VAL(m->group) == is_v6;
	}
	return count;
}

/* The group of all systems lwIP neither joins nor leaves: every interface is in it. */
static int interface_tell(struct netif *netif, const ip_addr_t *group, bool joins)
{
	if (IP_IS_V6_VAL(*group)) {
		return inet_errno((joins ? mld6_joingroup_netif : mld6_leavegroup_netif)(
			netif, ip_2_ip6(group)));
	}
	if (ip4_addr_get_u32(ip_2_ip4(group)) == PP_HTONL(ALL_SYSTEMS)) {
		return 0;
	}
	return inet_errno(
		(joins ? igmp_joingroup_netif : igmp_leavegroup_netif)(netif, ip_2_ip4(group)));
}

static int join(const struct inet_socket *s, struct netif *netif, const ip_addr_t *group)
{
	bool is_v6 = IP_IS_V6_VAL(*group);
	struct membership *m = NULL;
	int err = 0;

	if (count_of(s, is_v6) < (is_v6 ? MEMBERSHIPS6_MAX : MEMBERSHIPS4_MAX)) {
		m = heap_alloc(sizeof(*m));
	}
	if (!m) {
		return -ENOBUFS;
	}
	if (!find(NULL, netif, group)) {
		err = interface_tell(netif, group, true);
	}
	if (err) {
		heap_free(m);
		return err;
	}
	*m = (struct membership){ .owner = s, .netif = netif, .group = *group };
	list_push_back(&memberships, &m->link);
	return 0;
}

static void leave(struct membership *m)
{
	list_remove(&m->link);
	if (!find(NULL, m->netif, &m->group)) {
		(void)interface_tell(m->netif, &m->group, false);
	}
	heap_free(m);
}

/* `where` NULL: there is no such interface. */
static int change(
	struct inet_socket *s, bool joins, struct netif *where, const ip_addr_t *group, bool is_any)
{
	struct membership *m = where ? find(s, is_any ? NULL : where, group) : NULL;

	if (s->socket.type == SOCK_STREAM) {
		return -EPROTO;
	}
	if (!ip_addr_ismulticast(group) && (joins || IP_IS_V6_VAL(*group))) {
		return -EINVAL;
	}
	if (!joins && m) {
		leave(m);
		return 0;
	}
	if (!joins) {
		return -EADDRNOTAVAIL;
	}
	if (!where) {
		return -ENODEV;
	}
	return m ? -EADDRINUSE : join(s, where, group);
}

/* By its index, or one of its addresses; neither: the first that is no loop. */
static struct netif *interface_get(int index, uint32_t address)
{
	struct net_device *dev = device_by_index(index || address ? (unsigned)index : 1);
	struct netif *netif;

	NETIF_FOREACH(netif)
	{
		if (!index &&
			(address ? netif_ip4_addr(netif)->addr == address : netif->state != NULL)) {
			return device_of(netif)->netif;
		}
	}
	return dev ? dev->netif : NULL;
}

int multicast_member4(struct inet_socket *s, bool joins, const void *value, size_t len)
{
	struct linux_ip_mreqn r = { 0 };
	ip_addr_t group = { 0 };

	if (len < offsetof(struct linux_ip_mreqn, index)) {
		return -EINVAL;
	}
	memcpy(&r, value, MIN(len, sizeof(r)));
	ip_addr_set_ip4_u32_val(group, r.group);
	return change(s, joins, interface_get(r.index, r.address), &group, false);
}

int multicast_member6(struct inet_socket *s, bool joins, const void *value, size_t len)
{
	struct linux_ipv6_mreq r;
	ip_addr_t group = { 0 };

	if (len < sizeof(r)) {
		return -EINVAL;
	}
	memcpy(&r, value, sizeof(r));
	IP_SET_TYPE_VAL(group, IPADDR_TYPE_V6);
	memcpy(ip_2_ip6(&group)->addr, r.group, sizeof(r.group));
	return change(s, joins, interface_get(r.index, 0), &group, !r.index);
}

void multicast_socket_gone(const struct inet_socket *s)
{
	list_for_each_safe(node, &memberships) {
		struct membership *m = list_entry(node, struct membership, link);

		if (m->owner == s) {
			leave(m);
		}
	}
}

void multicast_device_gone(const struct net_device *dev)
{
	list_for_each_safe(node, &memberships) {
		struct membership *m = list_entry(node, struct membership, link);

		if (m->netif == dev->netif) {
			list_remove(&m->link);
			heap_free(m);
		}
	}
}

/* ---- sending -------------------------------------------------------------------------------- */

int multicast_from4(struct udp_pcb *udp, const void *value, size_t len)
{
	struct linux_ip_mreqn r = { 0 };
	struct netif *netif;

	if (len < sizeof(r.address)) {
		return -EINVAL;
	}
	if (len < offsetof(struct linux_ip_mreqn, index)) {
		memcpy(&r.address, value, sizeof(r.address));
	} else {
		memcpy(&r, value, MIN(len, sizeof(r)));
	}
	netif = r.index || r.address ? interface_get(r.index, r.address) : NULL;
	if (!netif && (r.index || r.address)) {
		return -EADDRNOTAVAIL;
	}
	udp->mcast_ifindex = netif ? netif_get_index(netif) : 0;
	ip4_addr_set_u32(&udp->mcast_ip4, r.address);
	return 0;
}

int multicast_from6(struct udp_pcb *udp, int index)
{
	if (index && !device_by_index((unsigned)index)) {
		return -ENODEV;
	}
	udp->mcast_ifindex = (u8_t)index;
	return 0;
}
