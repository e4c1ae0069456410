/* netlink_link.c - netlink's requests about interfaces and neighbours. */
#include <kernel/string.h>
#include <linux/if.h>
#include "netlink.h"

#define OPERSTATE_DOWN 2
#define OPERSTATE_UP   6

static void link_tell(struct net_device *dev, void *arg)
{
	struct request *r = arg;
	bool is_loop = !dev->netif->state;
	struct linux_ifinfomsg info = { .type = is_loop ? ARPHRD_LOOPBACK : ARPHRD_ETHER,
		.index = (int32_t)dev->index,
		.flags = interface_flags(dev) };
	static const uint8_t all[NET_MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint64_t stats[23] = { dev->received.packets, dev->sent.packets, dev->received.bytes,
		dev->sent.bytes, dev->received.errors, dev->sent.errors, dev->received.dropped,
		dev->sent.dropped };
	uint8_t state = dev->is_up && dev->has_carrier ? OPERSTATE_UP : OPERSTATE_DOWN;

	message_begin(r, RTM_NEWLINK);
	message_put(r, &info, sizeof(info));
	message_attr(r, IFLA_IFNAME, dev->name, strlen(dev->name) + 1);
	message_attr_u32(r, IFLA_MTU, dev->mtu);
	message_attr_u32(r, IFLA_TXQLEN, 1000);
	message_attr(r, IFLA_QDISC, "noqueue", sizeof("noqueue"));
	message_attr(r, IFLA_OPERSTATE, &state, sizeof(state));
	message_attr(r, IFLA_ADDRESS, dev->mac, NET_MAC_LEN);
	message_attr(r, IFLA_BROADCAST, is_loop ? dev->mac : all, NET_MAC_LEN);
	message_attr(r, IFLA_STATS64, stats, sizeof(stats));
	message_end(r);
}

static int info_get(struct request *r, struct linux_ifinfomsg *info)
{
	/* Old programs send one byte of it when they ask for all. */
	if (r->body_len < sizeof(*info) && r->is_dump) {
		memset(info, 0, sizeof(*info));
		return 0;
	}
	if (request_attrs(r, sizeof(*info))) {
		return -EINVAL;
	}
	memcpy(info, r->body, sizeof(*info));
	return 0;
}

int link_get(struct request *r)
{
	struct linux_ifinfomsg info;
	struct net_device *dev;
	int err = info_get(r, &info);

	if (err) {
		return err;
	}
	if (r->is_dump) {
		device_for_each(link_tell, r);
		return 0;
	}
	dev = request_device(r, info.index, IFLA_IFNAME);
	if (!dev) {
		return -ENODEV;
	}
	link_tell(dev, r);
	return 0;
}

/* Up, down and the MTU; new kinds of links there are none. */
int link_set(struct request *r)
{
	struct linux_ifinfomsg info;
	struct net_device *dev;
	uint32_t mtu;
	int err = info_get(r, &info);

	if (err) {
		return err;
	}
	dev = request_device(r, info.index, IFLA_IFNAME);
	if (!dev) {
		return info.index || r->attrs[IFLA_IFNAME].len ? -ENODEV : -EOPNOTSUPP;
	}
	mtu = attr_u32(&r->attrs[IFLA_MTU], 0);
	err = mtu ? interface_mtu_set(dev, mtu) : 0;
	if (!err && info.change & IFF_UP && dev->is_up != (bool)(info.flags & IFF_UP)) {
		device_up(dev, info.flags & IFF_UP);
	}
	return err;
}

int neighbour_get(struct request *r)
{
	return r->is_dump ? 0 : -EOPNOTSUPP;
}
