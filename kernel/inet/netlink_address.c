/* netlink_address.c - netlink's requests about addresses. */
#include <kernel/string.h>
#include "netlink.h"

static void address4_tell(const struct net_device *dev, struct request *r)
{
	uint32_t address = interface_address(dev), mask = interface_mask(dev);
	bool is_loop = !dev->netif->state;
	struct linux_ifaddrmsg m = { .family = AF_INET,
		.prefix_len = (uint8_t)mask_len(mask),
		.flags = IFA_F_PERMANENT,
		.scope = is_loop ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
		.index = dev->index };

	message_begin(r, RTM_NEWADDR);
	message_put(r, &m, sizeof(m));
	message_attr_u32(r, IFA_ADDRESS, address);
	message_attr_u32(r, IFA_LOCAL, address);
	if (!is_loop) {
		message_attr_u32(r, IFA_BROADCAST, address | ~mask);
	}
	message_attr(r, IFA_LABEL, dev->name, strlen(dev->name) + 1);
	message_end(r);
}

static void address6_tell(const struct net_device *dev, struct request *r, unsigned i)
{
	const ip6_addr_t *ip = netif_ip6_addr(dev->netif, i);
	bool is_valid = ip6_addr_isvalid(netif_ip6_addr_state(dev->netif, i));
	struct linux_ifaddrmsg m = { .family = AF_INET6,
		.prefix_len = ip6_addr_isloopback(ip) ? 128 : 64,
		.flags = IFA_F_PERMANENT | (is_valid ? 0 : IFA_F_TENTATIVE),
		.scope = ip6_addr_isloopback(ip)   ? RT_SCOPE_HOST
			: ip6_addr_islinklocal(ip) ? RT_SCOPE_LINK
						   : RT_SCOPE_UNIVERSE,
		.index = dev->index };

	message_begin(r, RTM_NEWADDR);
	message_put(r, &m, sizeof(m));
	message_attr(r, IFA_ADDRESS, ip->addr, sizeof(ip->addr));
	message_end(r);
}

static void addresses_tell(struct net_device *dev, void *arg)
{
	struct request *r = arg;
	uint8_t family = r->body_len ? r->body[0] : 0;

	if (family != AF_INET6 && interface_address(dev)) {
		address4_tell(dev, r);
	}
	for (unsigned i = 0; family != AF_INET && i < LWIP_IPV6_NUM_ADDRESSES; i++) {
		if (!ip6_addr_isinvalid(netif_ip6_addr_state(dev->netif, i))) {
			address6_tell(dev, r, i);
		}
	}
}

int address_get_all(struct request *r)
{
	if (!r->is_dump) {
		return -EOPNOTSUPP;
	}
	device_for_each(addresses_tell, r);
	return 0;
}

/* The fixed part, the interface, and the address in one of its two places. */
static int decode(
	struct request *r, struct linux_ifaddrmsg *m, struct net_device **dev, uint32_t address[4])
{
	const struct attr *a;
	unsigned len;

	if (request_attrs(r, sizeof(*m))) {
		return -EINVAL;
	}
	memcpy(m, r->body, sizeof(*m));
	a = r->attrs[IFA_LOCAL].len ? &r->attrs[IFA_LOCAL] : &r->attrs[IFA_ADDRESS];
	len = m->family == AF_INET ? 4 : 16;
	*dev = device_by_index(m->index);
	if (!*dev) {
		return -ENODEV;
	}
	if ((m->family != AF_INET && m->family != AF_INET6) || a->len < len) {
		return -EINVAL;
	}
	memcpy(address, a->data, len);
	return 0;
}

int address_new(struct request *r)
{
	struct linux_ifaddrmsg m;
	struct net_device *dev;
	uint32_t address[4];
	int err = decode(r, &m, &dev, address);

	if (err || m.family == AF_INET6) {
		return err ? err : interface_address6_add(dev, address);
	}
	if (m.prefix_len > 32) {
		return -EINVAL;
	}
	if (interface_address(dev)) { /* there is room for one */
		return interface_address(dev) == address[0] ? -EEXIST : -ENOSPC;
	}
	interface_address_set(dev, address[0], mask_of_len(m.prefix_len));
	return 0;
}

int address_delete(struct request *r)
{
	struct linux_ifaddrmsg m;
	struct net_device *dev;
	uint32_t address[4];
	int err = decode(r, &m, &dev, address);

	if (err || m.family == AF_INET6) {
		return err ? err : interface_address6_remove(dev, address);
	}
	if (interface_address(dev) != address[0]) {
		return -EADDRNOTAVAIL;
	}
	interface_address_set(dev, 0, 0);
	return 0;
}
