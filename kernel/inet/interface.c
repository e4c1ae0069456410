/* interface.c - addresses, flags and sizes of interfaces; see interface.h. */
#include "interface.h"

#include <kernel/string.h>
#include <linux/if.h>

#define MTU_MIN 68u /* of IPv4 */

unsigned interface_flags(const struct net_device *dev)
{
	unsigned flags = IFF_MULTICAST | IFF_BROADCAST;

	if (!dev->netif->state) {
		flags = IFF_LOOPBACK;
	}
	flags |= dev->is_up ? IFF_UP : 0;
	flags |= dev->is_up && dev->has_carrier ? IFF_RUNNING | IFF_LOWER_UP : 0;
	return flags;
}

int interface_mtu_set(struct net_device *dev, unsigned mtu)
{
	int err = -EOPNOTSUPP;

	if (mtu < MTU_MIN || mtu > 65535) {
		return -EINVAL;
	}
	if (mtu == dev->mtu) {
		return 0;
	}
	if (dev->ops->mtu_set) {
		err = dev->ops->mtu_set(dev, mtu);
	}
	if (!err) {
		dev->mtu = mtu;
		net_mtu_changed(dev);
	}
	return err;
}

/* ---- IPv4 ----------------------------------------------------------------------------------- */

uint32_t interface_address(const struct net_device *dev)
{
	return netif_ip4_addr(dev->netif)->addr;
}

uint32_t interface_mask(const struct net_device *dev)
{
	return netif_ip4_netmask(dev->netif)->addr;
}

void interface_address_set(struct net_device *dev, uint32_t address, uint32_t mask)
{
	ip4_addr_t ip = { address }, net = { mask }, none = { 0 };

	netif_set_addr(dev->netif, &ip, &net, &none);
}

unsigned mask_len(uint32_t mask)
{
	unsigned len = 0;

	for (; mask; mask &= mask - 1) {
		len++;
	}
	return len;
}

uint32_t mask_of_len(unsigned len)
{
	return len == 0 ? 0 : lwip_htonl(~0u << (32 - MIN(len, 32u)));
}

/* ---- IPv6 ----------------------------------------------------------------------------------- */

static void ip6_of(ip6_addr_t *ip, const uint32_t address[4], const struct net_device *dev)
{
	memcpy(ip->addr, address, sizeof(ip->addr));
	ip6_addr_clear_zone(ip);
	ip6_addr_assign_zone(ip, IP6_UNKNOWN, dev->netif);
}

int interface_address6_add(struct net_device *dev, const uint32_t address[4])
{
	ip6_addr_t ip;
	s8_t index;

	ip6_of(&ip, address, dev);
	if (netif_get_ip6_addr_match(dev->netif, &ip) >= 0) {
		return -EEXIST;
	}
	if (netif_add_ip6_address(dev->netif, &ip, &index) != ERR_OK) {
		return -ENOSPC;
	}
	return 0;
}

int interface_address6_remove(struct net_device *dev, const uint32_t address[4])
{
	ip6_addr_t ip;
	s8_t index;

	ip6_of(&ip, address, dev);
	index = netif_get_ip6_addr_match(dev->netif, &ip);
	if (index < 0) {
		return -EADDRNOTAVAIL;
	}
	netif_ip6_addr_set_state(dev->netif, index, IP6_ADDR_INVALID);
	return 0;
}
