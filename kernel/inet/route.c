/* route.c - the table of IPv4 routes, and lwIP's questions to it; see route.h. */
#include "route.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <inet_hooks.h>
#include <lwip/netif.h>
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

static struct netif *on_link(uint32_t to)
{
	struct netif *netif;

	NETIF_FOREACH(netif)
	{
		if (netif_is_up(netif) && netif_is_link_up(netif) && netif_ip4_addr(netif)->addr &&
			((to ^ netif_ip4_addr(netif)->addr) & netif_ip4_netmask(netif)->addr) ==
				0) {
			return netif;
		}
	}
	return NULL;
}

/* ---- lwIP asks ------------------------------------------------------------------------------ */

struct netif *inet_route_device(const ip4_addr_t *dest)
{
	const struct route *r;

	if (on_link(dest->addr)) {
		return on_link(dest->addr);
	}
	r = route_find(dest->addr);
	return r ? r->dev->netif : NULL;
}

const ip4_addr_t *inet_route_gateway(struct netif *netif, const ip4_addr_t *dest)
{
	static ip4_addr_t gateway; /* N1; used before the next question */
	const struct route *r = route_find(dest->addr);

	if (!r || r->dev->netif != netif) {
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
