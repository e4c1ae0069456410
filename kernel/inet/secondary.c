/*
 * secondary.c - IPv4 addresses of an interface besides its first.
 *
 * lwIP's interface has one. So each further address is an interface of lwIP's for itself, by which nothing comes in and
 * which sends by the device: lwIP takes a packet that came in by one interface also for the address of another.
 * Only ARP knows of one address alone: its frames are shown to all.
 *
 * Invariants, besides N1 (stack.h):
 *   D1  dev->netif is the first address's; the others are in dev->secondaries, and their `state` is the same.
 *   D2  Up, carrier and MTU are the device's.
 */
#include "secondary.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <lwip/pbuf.h>
#include <lwip/prot/ethernet.h>
#include <netif/ethernet.h>

#define SECONDARIES_MAX 16u

bool secondary_is_one(const struct netif *netif)
{
	return device_of(netif)->netif != netif;
}

static err_t netif_begin(struct netif *netif)
{
	const struct netif *first = device_of(netif)->netif;

	memcpy(netif->name, first->name, sizeof(netif->name));
	memcpy(netif->hwaddr, first->hwaddr, sizeof(netif->hwaddr));
	netif->hwaddr_len = first->hwaddr_len;
	netif->mtu = first->mtu;
	netif->flags =
		first->flags & (NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET);
	netif->output = first->output;
	netif->linkoutput = first->linkoutput;
	netif->chksum_flags = first->chksum_flags;
	return ERR_OK;
}

/* D2 */
static void follow(struct secondary *s)
{
	s->netif.mtu = s->dev->netif->mtu;
	if (s->dev->is_up) {
		netif_set_up(&s->netif);
	} else {
		netif_set_down(&s->netif);
	}
	if (s->dev->has_carrier) {
		netif_set_link_up(&s->netif);
	} else {
		netif_set_link_down(&s->netif);
	}
}

void secondaries_follow(struct net_device *dev)
{
	list_for_each(node, &dev->secondaries) {
		follow(list_entry(node, struct secondary, link));
	}
}

static struct secondary *secondary_find(const struct net_device *dev, uint32_t address)
{
	list_for_each(node, &dev->secondaries) {
		struct secondary *s = list_entry(node, struct secondary, link);

		if (netif_ip4_addr(&s->netif)->addr == address) {
			return s;
		}
	}
	return NULL;
}

struct secondary *secondary_by_label(const struct net_device *dev, const char *label)
{
	list_for_each(node, &dev->secondaries) {
		struct secondary *s = list_entry(node, struct secondary, link);

		if (strcmp(s->label, label) == 0) {
			return s;
		}
	}
	return NULL;
}

void secondary_mask_set(struct secondary *s, uint32_t mask)
{
	ip4_addr_t net = { mask };

	netif_set_netmask(&s->netif, &net);
}

int secondary_add(struct net_device *dev, uint32_t address, uint32_t mask, const char *label)
{
	ip4_addr_t ip = { address }, net = { mask }, none = { 0 };
	struct secondary *s;
	unsigned count = 0;

	list_for_each(node, &dev->secondaries) {
		count++;
	}
	if (secondary_find(dev, address)) {
		return -EEXIST;
	}
	if (count == SECONDARIES_MAX) {
		return -ENOSPC;
	}
	s = heap_alloc(sizeof(*s));
	if (!s) {
		return -ENOMEM;
	}
	s->dev = dev;
	(void)strlcpy(s->label, label, sizeof(s->label));
	if (!netif_add(
		    &s->netif, &ip, &net, &none, dev->netif->state, netif_begin, ethernet_input)) {
		heap_free(s);
		return -ENOSPC;
	}
	list_push_back(&dev->secondaries, &s->link);
	follow(s);
	return 0;
}

static void remove_one(struct secondary *s)
{
	list_remove(&s->link);
	netif_remove(&s->netif);
	heap_free(s);
}

int secondary_remove(struct net_device *dev, uint32_t address)
{
	struct secondary *s = secondary_find(dev, address);

	if (!s) {
		return -EADDRNOTAVAIL;
	}
	remove_one(s);
	return 0;
}

static bool is_of_network(const struct netif *netif, uint32_t address, uint32_t mask)
{
	return netif_ip4_netmask(netif)->addr == mask &&
		!((netif_ip4_addr(netif)->addr ^ address) & mask);
}

bool secondary_has_network(const struct secondary *s)
{
	uint32_t address = netif_ip4_addr(&s->netif)->addr;
	uint32_t mask = netif_ip4_netmask(&s->netif)->addr;
	bool is_taken = is_of_network(s->dev->netif, address, mask);

	list_for_each(node, &s->dev->secondaries) {
		const struct secondary *other = list_entry(node, struct secondary, link);

		if (other == s) {
			break;
		}
		is_taken = is_taken || is_of_network(&other->netif, address, mask);
	}
	return !is_taken;
}

void secondaries_remove(struct net_device *dev, uint32_t address, uint32_t mask)
{
	list_for_each_safe(node, &dev->secondaries) {
		struct secondary *s = list_entry(node, struct secondary, link);

		if (mask == 0 || is_of_network(&s->netif, address, mask)) {
			remove_one(s);
		}
	}
}

void secondary_for_each(
	struct net_device *dev, void (*each)(const struct secondary *s, void *arg), void *arg)
{
	list_for_each(node, &dev->secondaries) {
		each(list_entry(node, struct secondary, link), arg);
	}
}

void secondaries_receive(struct net_device *dev, const struct pbuf *frame)
{
	const struct eth_hdr *eth = frame->payload;

	if (frame->len < SIZEOF_ETH_HDR || eth->type != PP_HTONS(ETHTYPE_ARP)) {
		return;
	}
	list_for_each(node, &dev->secondaries) {
		struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, (struct pbuf *)frame);

		if (copy) {
			(void)ethernet_input(
				copy, &list_entry(node, struct secondary, link)->netif);
		}
	}
}
