/* route.c - the table of IPv4 routes, and lwIP's questions to it; see route.h. */
#include "route.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <inet_hooks.h>
#include <lwip/netif.h>
#include "secondary.h"
#include "stack.h"

static struct list routes = LIST_INIT(routes); /* longest prefix first */

static bool is_usable(const struct route *r)
{
	return r->dev->is_up && r->dev->has_carrier;
}

static const struct route *route_find(uint32_t to)
{
	list_for_each(node, &routes) {
		const struct route *r = list_entry(node, struct route, link);

		if ((to & r->mask) == r->to && is_usable(r)) {
			return r;
		}
	}
	return NULL;
}

/* Whose network it is; of several addresses the one that it is itself, or else an interface's first. */
static struct netif *on_link(uint32_t to)
{
	struct netif *netif, *found = NULL;

	NETIF_FOREACH(netif)
	{
		uint32_t differs = to ^ netif_ip4_addr(netif)->addr;

		if (!netif_is_up(netif) || !netif_is_link_up(netif) ||
			!netif_ip4_addr(netif)->addr || differs & netif_ip4_netmask(netif)->addr) {
			continue;
		}
		if (!differs) {
			return netif;
		}
		if (!found || (secondary_is_one(found) && !secondary_is_one(netif))) {
			found = netif;
		}
	}
	return found;
}

/* ---- lwIP asks ------------------------------------------------------------------------------ */

struct netif *inet_route_device(const ip4_addr_t *dest)
{
	const struct route *r;

	struct netif *netif = on_link(dest->addr);

	if (netif) {
		return netif;
	}
	r = route_find(dest->addr);
	return r ? r->dev->netif : NULL;
}

const ip4_addr_t *inet_route_gateway(struct netif *netif, const ip4_addr_t *dest)
{
	static ip4_addr_t gateway; /* N1; used before the next question */
	struct netif *near = on_link(dest->addr);
	const struct route *r;

	/* What is answered by the interface that it came in by may be of another address's network. */
	if (near && device_of(near) == device_of(netif)) {
		return dest;
	}
	r = route_find(dest->addr);
	if (!r || r->dev != device_of(netif)) {
		return NULL;
	}
	gateway.addr = r->gateway ? r->gateway : dest->addr;
	return &gateway;
}

/* ---- the table ------------------------------------------------------------------------------ */

static bool is_same(const struct route *a, const struct route *b)
{
	return a->to == b->to && a->mask == b->mask && a->metric == b->metric;
}

static bool stands_before(const struct route *a, const struct route *b)
{
	if (a->mask != b->mask) {
		return lwip_ntohl(a->mask) > lwip_ntohl(b->mask);
	}
	return a->metric < b->metric;
}

static void route_insert(struct route *r)
{
	list_for_each(node, &routes) {
		if (stands_before(r, list_entry(node, struct route, link))) {
			list_push_back(node, &r->link);
			return;
		}
	}
	list_push_back(&routes, &r->link);
}

int route_add(const struct route *route)
{
	struct net_device *dev = route->dev;
	struct route *r;

	if (!dev) {
		struct netif *netif = on_link(route->gateway);

		if (!netif) {
			return -ENETUNREACH;
		}
		dev = device_of(netif);
	}
	list_for_each(node, &routes) {
		if (is_same(route, list_entry(node, struct route, link))) {
			return -EEXIST;
		}
	}
	r = heap_alloc(sizeof(*r));
	if (!r) {
		return -ENOMEM;
	}
	*r = *route;
	r->dev = dev;
	r->to &= r->mask;
	route_insert(r);
	return 0;
}

static bool is_meant(const struct route *r, const struct route *said)
{
	return r->to == said->to && r->mask == said->mask && (!said->dev || r->dev == said->dev) &&
		(!said->gateway || r->gateway == said->gateway) &&
		(!said->metric || r->metric == said->metric);
}

int route_remove(const struct route *route)
{
	list_for_each(node, &routes) {
		struct route *r = list_entry(node, struct route, link);

		if (is_meant(r, route)) {
			list_remove(node);
			heap_free(r);
			return 0;
		}
	}
	return -ESRCH;
}

void route_device_gone(struct net_device *dev)
{
	list_for_each_safe(node, &routes) {
		struct route *r = list_entry(node, struct route, link);

		if (r->dev == dev) {
			list_remove(node);
			heap_free(r);
		}
	}
}

void route_for_each(void (*each)(const struct route *route, void *arg), void *arg)
{
	list_for_each_safe(node, &routes) {
		each(list_entry(node, struct route, link), arg);
	}
}

/* ---- networks that need no route, since an address is of them -------------------------------- */

struct own {
	void (*each)(const struct route *route, uint32_t source, void *arg);
	void *arg;
};

static void own_look(struct net_device *dev, const struct netif *netif, const struct own *own)
{
	uint32_t address = netif_ip4_addr(netif)->addr;
	struct route route = { .dev = dev, .mask = netif_ip4_netmask(netif)->addr };

	route.to = address & route.mask;
	if (address && netif->state && dev->is_up) {
		own->each(&route, address, own->arg);
	}
}

static void own_secondary_look(const struct secondary *s, void *arg)
{
	if (secondary_has_network(s)) {
		own_look(s->dev, &s->netif, arg);
	}
}

static void own_device_look(struct net_device *dev, void *arg)
{
	own_look(dev, dev->netif, arg);
	secondary_for_each(dev, own_secondary_look, arg);
}

void route_own_for_each(
	void (*each)(const struct route *route, uint32_t source, void *arg), void *arg)
{
	struct own own = { each, arg };

	device_for_each(own_device_look, &own);
}
