/*
 * device.c - interfaces: a driver's device joined with lwIP's netif, and lo.
 */
#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/igmp.h>
#include <lwip/mld6.h>
#include <lwip/netif.h>
#include <lwip/snmp.h>
#include <netif/ethernet.h>
#include "multicast.h"
#include "route.h"
#include "secondary.h"
#include "stack.h"
#include "transmit.h"

#define POLL_BUDGET  64u
#define PACKET_SMALL 1984u /* with its header one block of the heap */

static struct list devices = LIST_INIT(devices); /* N1 */
static struct net_device loop_device;

struct net_device *device_of(const struct netif *netif)
{
	return netif->state ? netif->state : &loop_device;
}

struct net_device *device_by_index(unsigned index)
{
	list_for_each(node, &devices) {
		struct net_device *dev = list_entry(node, struct net_device, link);

		if (dev->index == index) {
			return dev;
		}
	}
	return NULL;
}

struct net_device *device_by_name(const char *name)
{
	list_for_each(node, &devices) {
		struct net_device *dev = list_entry(node, struct net_device, link);

		if (!strcmp(dev->name, name)) {
			return dev;
		}
	}
	return NULL;
}

void device_for_each(void (*each)(struct net_device *dev, void *arg), void *arg)
{
	list_for_each_safe(node, &devices) {
		each(list_entry(node, struct net_device, link), arg);
	}
}

/* ---- packets -------------------------------------------------------------------------------- */

void device_flush_all(void)
{
	list_for_each(node, &devices) {
		transmit_pending(list_entry(node, struct net_device, link));
	}
}

bool device_poll_all(void)
{
	bool any = false;

	list_for_each(node, &devices) {
		struct net_device *dev = list_entry(node, struct net_device, link);

		if (__atomic_exchange_n(&dev->poll_wanted, false, __ATOMIC_ACQUIRE) &&
			dev->ops->poll(dev, POLL_BUDGET) == POLL_BUDGET) {
			WRITE_ONCE(dev->poll_wanted, true);
			any = true;
		}
	}
	return any;
}

struct pbuf *net_packet_get(size_t len)
{
	/* What is small in a piece of its size, what is large in pages. */
	return len <= NET_FRAME_LEN_MAX ? pbuf_alloc(PBUF_RAW, (u16_t)MIN(len, UINT16_MAX),
						  len <= PACKET_SMALL ? PBUF_RAM : PBUF_POOL)
					: NULL;
}

void net_packet_write(struct pbuf *packet, size_t at, const void *data, size_t len)
{
	(void)pbuf_take_at(packet, data, (u16_t)len, (u16_t)at);
}

void net_packet_drop(struct pbuf *packet)
{
	pbuf_free(packet);
}

void net_receive(struct net_device *dev, struct pbuf *packet, bool is_checked)
{
	u16_t checks = NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_GEN_TCP;

	if (is_checked) {
		checks &= (u16_t) ~(NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
	}
	if (!dev->is_up) {
		pbuf_free(packet);
		dev->received.dropped++;
		return;
	}
	dev->received.packets++;
	dev->received.bytes += packet->tot_len;
	if (packet_taps) {
		packet_tap(dev, packet, false, is_checked);
	}
	NETIF_SET_CHECKSUM_CTRL(dev->netif, checks);
	secondaries_receive(dev, packet);
	if (dev->netif->input(packet, dev->netif) != ERR_OK) {
		pbuf_free(packet);
		dev->received.dropped++;
	}
}

void net_frame_copy(const struct net_frame *frame, unsigned at, void *to, unsigned len)
{
	for (unsigned i = 0; i < frame->piece_count && len > 0; i++) {
		const struct net_piece *piece = &frame->pieces[i];
		unsigned skip = MIN(at, piece->len), part = MIN(piece->len - skip, len);

		memcpy(to, (const char *)piece->data + skip, part);
		at -= skip;
		to = (char *)to + part;
		len -= part;
	}
}

/* ---- multicast ------------------------------------------------------------------------------ */

/* Several addresses of groups may share one of Ethernet. */
struct group {
	struct list link;
	uint8_t mac[NET_MAC_LEN];
	unsigned users;
};

static struct group *group_find(struct net_device *dev, const uint8_t mac[NET_MAC_LEN])
{
	list_for_each(node, &dev->groups) {
		struct group *g = list_entry(node, struct group, link);

		if (!memcmp(g->mac, mac, NET_MAC_LEN)) {
			return g;
		}
	}
	return NULL;
}

/* True for the first user that comes and the last that goes. */
static bool group_count(struct net_device *dev, const uint8_t mac[NET_MAC_LEN], bool on)
{
	struct group *g = group_find(dev, mac);

	if (!on) {
		if (!g || --g->users > 0) {
			return false;
		}
		list_remove(&g->link);
		heap_free(g);
		return true;
	}
	if (g) {
		g->users++;
		return false;
	}
	g = heap_alloc(sizeof(*g));
	if (g) {
		memcpy(g->mac, mac, NET_MAC_LEN);
		g->users = 1;
		list_push_back(&dev->groups, &g->link);
	}
	return true;
}

void net_groups_tell(struct net_device *dev)
{
	list_for_each(node, &dev->groups) {
		dev->ops->multicast(dev, list_entry(node, struct group, link)->mac, true);
	}
}

static void groups_free(struct net_device *dev)
{
	struct list *first;

	while ((first = list_first(&dev->groups))) {
		list_remove(first);
		heap_free(list_entry(first, struct group, link));
	}
}

static void multicast_set(
	struct netif *netif, const uint8_t mac[NET_MAC_LEN], enum netif_mac_filter_action action)
{
	struct net_device *dev = device_of(netif);
	bool on = action == NETIF_ADD_MAC_FILTER;

	if (group_count(dev, mac, on) && dev->ops->multicast) {
		dev->ops->multicast(dev, mac, on);
	}
}

/* RFC 1112, 6.4: the group's low 23 bits. */
static err_t group4_set(
	struct netif *netif, const ip4_addr_t *group, enum netif_mac_filter_action action)
{
	const uint8_t mac[NET_MAC_LEN] = { 1, 0, 0x5e, ip4_addr2(group) & 0x7f, ip4_addr3(group),
		ip4_addr4(group) };

	multicast_set(netif, mac, action);
	return ERR_OK;
}

/* RFC 2464, 7: the group's low 32 bits. */
static err_t group6_set(
	struct netif *netif, const ip6_addr_t *group, enum netif_mac_filter_action action)
{
	uint8_t mac[NET_MAC_LEN] = { 0x33, 0x33 };

	memcpy(mac + 2, &group->addr[3], 4);
	multicast_set(netif, mac, action);
	return ERR_OK;
}

/* ---- life ----------------------------------------------------------------------------------- */

static err_t netif_begin(struct netif *netif)
{
	struct net_device *dev = device_of(netif);

	netif->name[0] = 'e';
	netif->name[1] = 't';
	netif->mtu = (u16_t)dev->mtu;
	netif->hwaddr_len = NET_MAC_LEN;
	memcpy(netif->hwaddr, dev->mac, NET_MAC_LEN);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
		NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
	netif->output = etharp_output;
	netif->output_ip6 = ethip6_output;
	netif->linkoutput = transmit_queue;
	netif_set_igmp_mac_filter(netif, group4_set);
	netif_set_mld_mac_filter(netif, group6_set);
	NETIF_SET_CHECKSUM_CTRL(netif, NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_GEN_TCP);
	return ERR_OK;
}

static void name_choose(struct net_device *dev)
{
	for (unsigned i = 0;; i++) {
		fmt_print(dev->name, sizeof(dev->name), "eth%u", i);
		if (!device_by_name(dev->name)) {
			return;
		}
	}
}

/* Of IPv6, which lwIP does not ask for: ff02::1. */
static const uint8_t all_nodes6[NET_MAC_LEN] = { 0x33, 0x33, 0, 0, 0, 1 };

int net_register(struct net_device *dev)
{
	struct netif *netif = heap_alloc(sizeof(*netif));

	if (!netif) {
		return -ENOMEM;
	}
	inet_enter();
	name_choose(dev);
	dev->netif = netif;
	dev->pending_count = 0;
	list_init(&dev->groups);
	list_init(&dev->secondaries);
	(void)group_count(dev, all_nodes6, true);
	netif_add_noaddr(netif, dev, netif_begin, ethernet_input);
	netif->hostname = "paravane";
	dev->index = netif_get_index(netif);
	if (!netif_default) {
		netif_set_default(netif); /* for broadcasts before there is an address */
	}
	list_push_back(&devices, &dev->link);
	inet_users_add(1);
	inet_leave();
	return 0;
}

void net_unregister(struct net_device *dev)
{
	inet_enter();
	transmit_forget(dev);
	dev->is_up = false;
	route_device_gone(dev);
	dhcp_cleanup(dev->netif);
	secondaries_remove(dev, 0, 0);
	multicast_device_gone(dev);
	list_remove(&dev->link);
	netif_remove(dev->netif);
	groups_free(dev);
	inet_users_add(-1);
	inet_leave();
	heap_free(dev->netif);
	dev->netif = NULL;
}

void device_up(struct net_device *dev, bool up)
{
	dev->is_up = up;
	secondaries_follow(dev);
	if (!up) {
		netif_set_down(dev->netif);
		return;
	}
	netif_set_up(dev->netif);
	if (dev != &loop_device && ip6_addr_isinvalid(netif_ip6_addr_state(dev->netif, 0))) {
		netif_create_ip6_linklocal_address(dev->netif, 1);
		netif_set_ip6_autoconfig_enabled(dev->netif, 1);
	}
}

void net_carrier_set(struct net_device *dev, bool on)
{
	inet_enter();
	if (dev->has_carrier != on) {
		dev->has_carrier = on;
		log_info("net: %s: %s", dev->name, on ? "carrier" : "no carrier");
		if (on) {
			netif_set_link_up(dev->netif);
		} else {
			transmit_forget(dev);
			netif_set_link_down(dev->netif);
		}
		secondaries_follow(dev);
	}
	inet_leave();
}

void net_mtu_changed(struct net_device *dev)
{
	dev->netif->mtu = (u16_t)dev->mtu;
	dev->netif->mtu6 = dev->netif->mtu;
	secondaries_follow(dev);
}

/* ---- lo ------------------------------------------------------------------------------------- */

static void loop_count(const struct pbuf *p)
{
	loop_device.sent.packets++;
	loop_device.sent.bytes += p->tot_len;
	loop_device.received = loop_device.sent;
}

/* What is sent to a group that is to be looped back (IP_MULTICAST_LOOP) already was, and comes but once. */
static err_t loop_all(struct netif *netif, struct pbuf *p)
{
	loop_count(p);
	if (p->flags & PBUF_FLAG_MCASTLOOP) {
		return ERR_OK;
	}
	return netif_loop_output(netif, p);
}

static err_t loop_output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	return loop_all(netif, p);
}

static err_t loop_output_ip6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
	return loop_all(netif, p);
}

static int loop_mtu_set(struct net_device *dev, unsigned mtu)
{
	return 0;
}

static const struct net_device_ops loop_ops = { .mtu_set = loop_mtu_set };

int device_init(void)
{
	struct netif *netif = netif_get_by_index(1);

	loop_device = (struct net_device){ .ops = &loop_ops,
		.name = "lo",
		.index = 1,
		.mtu = 65535,
		.is_up = true,
		.has_carrier = true,
		.netif = netif,
		.kind = "loop" };
	list_init(&loop_device.groups);
	list_init(&loop_device.secondaries);
	netif->output = loop_output;
	netif->output_ip6 = loop_output_ip6;
	netif->mtu = (u16_t)loop_device.mtu;
	netif->flags |=
		NETIF_FLAG_IGMP; /* lwIP itself would begin with it before it knows the group of all systems */
	(void)igmp_start(netif);
	NETIF_SET_CHECKSUM_CTRL(netif, NETIF_CHECKSUM_DISABLE_ALL);
	list_push_back(&devices, &loop_device.link);
	return 0;
}
