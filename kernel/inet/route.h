/*
 * route.h - IPv4 routes: which interface and which gateway a destination has.
 *
 * The networks of the interfaces' own addresses are routes by themselves and stand before all
 * others; of the rest the longest prefix wins, then the lowest metric. All under the stack's lock.
 */
#ifndef INET_ROUTE_H
#define INET_ROUTE_H

#include <kernel/net.h>
#include <lwip/ip_addr.h>

struct route {
	uint32_t to, mask; /* network order */
	uint32_t gateway;  /* 0: on the link */
	uint32_t metric;
	struct net_device *dev;
	struct list link;
};

/* 0, -EEXIST, -ENOMEM, -ENETUNREACH (the gateway is on no link). `dev` NULL: by the gateway. */
int route_add(const struct route *route) __must_check;
/* The first that fits what `route` says (`dev` and `gateway` may be left out): 0 or -ESRCH. */
int route_remove(const struct route *route) __must_check;
void route_device_gone(struct net_device *dev);
void route_for_each(void (*each)(const struct route *route, void *arg), void *arg);
/* Networks of our own addresses, which are not in the table; `source` is the address. */
void route_own_for_each(
	void (*each)(const struct route *route, uint32_t source, void *arg), void *arg);

#endif
