/* netlink_address.c - netlink's requests about addresses. */
#include <kernel/string.h>
#include "netlink.h"
#include "secondary.h"

static void address4_put(struct request *r, const struct net_device *dev, const struct netif *netif,
	const char *label, unsigned flags)
{
	uint32_t address = netif_ip4_addr(netif)->addr, mask = netif_ip4_netmask(netif)->addr;
	bool is_loop = !dev->netif->state;
	struct linux_ifaddrmsg m = { .family = AF_INET,
		.prefix_len = (uint8_t)mask_len(mask),
		.flags = (uint8_t)(IFA_F_PERMANENT | flags),
		.scope = is_loop ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
		.index = dev->index };

	message_begin(r, RTM_NEWADDR);
	message_put(r, &m, sizeof(m));
	message_attr_u32(r, IFA_ADDRESS, address);
	message_attr_u32(r, IFA_LOCAL, address);
	if (!is_loop) {
		message_attr_u32(r, IFA_BROADCAST, address | ~mask);
	}
	message_attr(r, IFA_LABEL, label, strlen(label) + 1);
	message_end(r);
}

static void secondary_tell(const struct secondary *s, void *arg)
{
	address4_put(
		arg, s->dev, &s->netif, s->label, secondary_has_network(s) ? 0 : IFA_F_SECONDARY);
}

static void addresses4_tell(struct net_device *dev, struct request *r)
{
	if (interface_address(dev)) {
		address4_put(r, dev, dev->netif, dev->name, 0);
	}
	secondary_for_each(dev, secondary_tell, r);
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

	if (family != AF_INET6) {
		addresses4_tell(dev, r);
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

/* The label that was given, if it is text, or the interface's name. */
static const char *label_of(const struct request *r, const struct net_device *dev)
{
	const struct attr *a = &r->attrs[IFA_LABEL];

	return a->len && strnlen(a->data, a->len) < a->len ? a->data : dev->name;
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
	if (interface_address(dev) == address[0]) {
		return -EEXIST;
	}
	if (interface_address(dev)) {
		return secondary_add(dev, address[0], mask_of_len(m.prefix_len), label_of(r, dev));
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
		return secondary_remove(dev, address[0]);
	}
	secondaries_remove(dev, address[0], interface_mask(dev));
	interface_address_set(dev, 0, 0);
	return 0;
}
