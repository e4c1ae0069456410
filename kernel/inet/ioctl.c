/* ioctl.c - requests about interfaces and routes by ioctl(), on any socket. */
#include <arch/user.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/if.h>
#include <linux/in.h>
#include "interface.h"
#include "route.h"
#include "secondary.h"

/* ---- one interface -------------------------------------------------------------------------- */

/* Whom a request names. "eth0:1" is the address of eth0's with this label, as of old. */
struct named {
	struct net_device *dev;
	bool is_alias;
	struct secondary *alias; /* NULL: there is none yet */
};

static struct named named_find(const char *name)
{
	char base[NET_NAME_LEN];
	const char *colon = strchr(name, ':');
	struct named n = { .is_alias = colon };

	(void)strlcpy(base, name, sizeof(base));
	if (colon) {
		base[colon - name] = '\0';
	}
	n.dev = device_by_name(base);
	if (n.dev && colon) {
		n.alias = secondary_by_label(n.dev, name);
	}
	return n;
}

static void address_put(struct linux_ifreq *r, uint32_t address)
{
	struct linux_sockaddr_in in = { .family = AF_INET, .address = address };

	memcpy(r->address, &in, sizeof(in));
}

static int address_get(const unsigned char *from, uint32_t *address)
{
	struct linux_sockaddr_in in;

	memcpy(&in, from, sizeof(in));
	*address = in.address;
	return in.family == AF_INET ? 0 : -EINVAL;
}

static void hardware_put(const struct net_device *dev, struct linux_ifreq *r)
{
	bool is_loop = !dev->netif->state;
	uint16_t family = is_loop ? ARPHRD_LOOPBACK : ARPHRD_ETHER;

	memset(r->address, 0, sizeof(r->address));
	memcpy(r->address, &family, sizeof(family));
	memcpy(r->address + sizeof(family), dev->mac, NET_MAC_LEN);
}

static int get(const struct named *n, unsigned request, struct linux_ifreq *r)
{
	const struct net_device *dev = n->dev;
	const struct netif *netif = n->alias ? &n->alias->netif : dev->netif;
	bool is_missing = n->is_alias && !n->alias;
	uint32_t address = is_missing ? 0 : netif_ip4_addr(netif)->addr;
	uint32_t mask = netif_ip4_netmask(netif)->addr;

	switch (request) {
	case SIOCGIFFLAGS:
		r->flags = (int16_t)interface_flags(dev);
		return 0;
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
		address_put(r, address);
		return address ? 0 : -EADDRNOTAVAIL;
	case SIOCGIFBRDADDR:
		address_put(r, dev->netif->state ? address | ~mask : 0);
		return address ? 0 : -EADDRNOTAVAIL;
	case SIOCGIFNETMASK:
		address_put(r, mask);
		return address ? 0 : -EADDRNOTAVAIL;
	case SIOCGIFMETRIC:
		r->number = 0;
		return 0;
	case SIOCGIFMTU:
		r->number = (int32_t)dev->mtu;
		return 0;
	case SIOCGIFHWADDR:
		hardware_put(dev, r);
		return 0;
	case SIOCGIFINDEX:
		r->number = (int32_t)dev->index;
		return 0;
	case SIOCGIFTXQLEN:
		r->number = 1000;
		return 0;
	case SIOCGIFMAP:
		memset(r->bytes, 0, sizeof(r->bytes));
		return 0;
	default:
		return -ENOTTY;
	}
}

/* A mask for an address that came without one: by its class, as of old. */
static uint32_t class_mask(uint32_t address)
{
	uint8_t first = address & 0xff;

	return mask_of_len(first < 128 ? 8 : first < 192 ? 16 : 24);
}

static int set(struct net_device *dev, unsigned request, const struct linux_ifreq *r)
{
	uint32_t address = 0;
	int err = 0;

	switch (request) {
	case SIOCSIFFLAGS:
		if (dev->is_up != (bool)(r->flags & (int16_t)IFF_UP)) {
			device_up(dev, r->flags & (int16_t)IFF_UP);
		}
		return 0;
	case SIOCSIFADDR:
		err = address_get(r->address, &address);
		if (!err) {
			interface_address_set(dev, address, address ? class_mask(address) : 0);
			if (address && !dev->is_up) {
				device_up(dev, true);
			}
		}
		return err;
	case SIOCSIFNETMASK:
		err = address_get(r->address, &address);
		if (!err) {
			interface_address_set(dev, interface_address(dev), address);
		}
		return err;
	case SIOCSIFBRDADDR:
		return 0; /* it follows from address and mask */
	case SIOCSIFMTU:
		return interface_mtu_set(dev, (unsigned)r->number);
	default:
		return -ENOTTY;
	}
}

/* As on Linux the old address is gone also where the new one is refused. */
static int alias_address_set(struct named *n, const char *label, uint32_t address)
{
	uint32_t old = n->alias ? netif_ip4_addr(&n->alias->netif)->addr : 0;

	if (address == old) {
		return 0;
	}
	if (old) {
		(void)secondary_remove(n->dev, old);
	}
	if (!address) {
		return 0;
	}
	if (!n->dev->is_up) {
		device_up(n->dev, true);
	}
	return interface_address(n->dev) == address
		? -EEXIST
		: secondary_add(n->dev, address, class_mask(address), label);
}

/* An alias is made by its address, and ends when it is told to be down. */
static int alias_set(struct named *n, unsigned request, const struct linux_ifreq *r)
{
	uint32_t address;
	int err;

	if (request == SIOCSIFMTU) {
		return set(n->dev, request, r);
	}
	if (!n->alias && request != SIOCSIFADDR) {
		return -EADDRNOTAVAIL;
	}
	if (request == SIOCSIFFLAGS) {
		return r->flags & (int16_t)IFF_UP ? 0 : alias_address_set(n, r->name, 0);
	}
	err = address_get(r->address, &address);
	if (err || request == SIOCSIFBRDADDR) {
		return err;
	}
	if (request == SIOCSIFADDR) {
		return alias_address_set(n, r->name, address);
	}
	secondary_mask_set(n->alias, address);
	return 0;
}

static bool is_setting(unsigned request)
{
	return request == SIOCSIFFLAGS || request == SIOCSIFADDR || request == SIOCSIFNETMASK ||
		request == SIOCSIFBRDADDR || request == SIOCSIFMTU;
}

static bool is_getting(unsigned request)
{
	return request == SIOCGIFFLAGS || request == SIOCGIFADDR || request == SIOCGIFDSTADDR ||
		request == SIOCGIFBRDADDR || request == SIOCGIFNETMASK ||
		request == SIOCGIFMETRIC || request == SIOCGIFMTU || request == SIOCGIFHWADDR ||
		request == SIOCGIFINDEX || request == SIOCGIFTXQLEN || request == SIOCGIFMAP;
}

static long interface_request(unsigned request, unsigned long arg)
{
	struct linux_ifreq r;
	struct named n;
	int err;

	if (user_copy_in(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	r.name[sizeof(r.name) - 1] = '\0';
	if (is_setting(request) && socket_credentials().uid != 0) {
		return -EPERM;
	}
	inet_enter();
	n = named_find(r.name);
	if (!n.dev) {
		err = -ENODEV;
	} else if (!is_setting(request)) {
		err = get(&n, request, &r);
	} else {
		err = n.is_alias ? alias_set(&n, request, &r) : set(n.dev, request, &r);
	}
	inet_leave();
	if (!err && !is_setting(request)) {
		err = user_copy_out(arg, &r, sizeof(r));
	}
	return err;
}

/* ---- names and lists ------------------------------------------------------------------------ */

static long name_request(unsigned long arg)
{
	struct net_device *dev;
	struct linux_ifreq r;

	if (user_copy_in(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	inet_enter();
	dev = device_by_index((unsigned)r.number);
	if (dev) {
		strlcpy(r.name, dev->name, sizeof(r.name));
	}
	inet_leave();
	return dev ? user_copy_out(arg, &r, sizeof(r)) : -ENODEV;
}

#define CONFIG_COUNT_MAX 64u

struct config {
	struct linux_ifreq list[CONFIG_COUNT_MAX];
	unsigned count;
};

static void address_add(struct config *c, const char *label, uint32_t address)
{
	if (address && c->count < CONFIG_COUNT_MAX) {
		struct linux_ifreq *r = &c->list[c->count++];

		strlcpy(r->name, label, sizeof(r->name));
		address_put(r, address);
	}
}

static void secondary_list(const struct secondary *s, void *arg)
{
	address_add(arg, s->label, netif_ip4_addr(&s->netif)->addr);
}

static void config_add(struct net_device *dev, void *arg)
{
	address_add(arg, dev->name, interface_address(dev));
	secondary_for_each(dev, secondary_list, arg);
}

static long config_request(unsigned long arg)
{
	struct config *c = heap_alloc(sizeof(*c));
	struct linux_ifconf conf;
	size_t len;
	int err = c ? user_copy_in(&conf, arg, sizeof(conf)) : -ENOMEM;

	if (!err) {
		inet_enter();
		device_for_each(config_add, c);
		inet_leave();
		len = c->count * sizeof(c->list[0]);
		if (conf.list) {
			len = MIN(len,
				(size_t)MAX(conf.len, 0) / sizeof(c->list[0]) * sizeof(c->list[0]));
			err = user_copy_out(conf.list, c->list, len);
		}
		conf.len = (int32_t)len;
	}
	if (!err) {
		err = user_copy_out(arg, &conf, sizeof(conf));
	}
	heap_free(c);
	return err;
}

/* ---- routes --------------------------------------------------------------------------------- */

static int route_decode(const struct linux_rtentry *r, const char *device, struct route *route)
{
	int err = address_get(r->to, &route->to);

	if (!err && r->flags & RTF_GATEWAY) {
		err = address_get(r->gateway, &route->gateway);
	}
	if (err) {
		return err;
	}
	(void)address_get(r->mask, &route->mask);
	if (r->flags & RTF_HOST) {
		route->mask = UINT32_MAX;
	}
	route->metric = r->metric > 0 ? (uint32_t)r->metric - 1 : 0;
	if (device[0]) {
		route->dev = device_by_name(device);
		err = route->dev ? 0 : -ENODEV;
	}
	return err;
}

static long route_request(unsigned request, unsigned long arg)
{
	struct linux_rtentry r;
	struct route route = { 0 };
	char device[NET_NAME_LEN] = "";
	int err;

	if (socket_credentials().uid != 0) {
		return -EPERM;
	}
	if (user_copy_in(&r, arg, sizeof(r)) ||
		(r.device && user_string_in(device, r.device, sizeof(device)) < 0)) {
		return -EFAULT;
	}
	inet_enter();
	err = route_decode(&r, device, &route);
	if (!err) {
		err = request == SIOCADDRT ? route_add(&route) : route_remove(&route);
	}
	inet_leave();
	return err;
}

long net_ioctl(unsigned request, unsigned long arg)
{
	switch (request) {
	case SIOCGIFCONF:
		return config_request(arg);
	case SIOCGIFNAME:
		return name_request(arg);
	case SIOCADDRT:
	case SIOCDELRT:
		return route_request(request, arg);
	default:
		return is_setting(request) || is_getting(request) ? interface_request(request, arg)
								  : -ENOTTY;
	}
}
