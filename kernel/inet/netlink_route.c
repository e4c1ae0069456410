/* netlink_route.c - netlink's requests about IPv4 routes. */
#include <kernel/string.h>
#include "netlink.h"
#include "route.h"

/* `source`: of a network of our own the address; else 0. */
static void route_message(struct request *r, const struct route *route, uint32_t source)
{
	struct linux_rtmsg m = { .family = AF_INET,
		.to_len = (uint8_t)mask_len(route->mask),
		.table = RT_TABLE_MAIN,
		.protocol = source ? RTPROT_KERNEL : RTPROT_BOOT,
		.scope = route->gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.type = RTN_UNICAST };

	message_begin(r, RTM_NEWROUTE);
	message_put(r, &m, sizeof(m));
	if (route->mask) {
		message_attr_u32(r, RTA_DST, route->to);
	}
	if (route->gateway) {
		message_attr_u32(r, RTA_GATEWAY, route->gateway);
	}
	message_attr_u32(r, RTA_OIF, route->dev->index);
	if (source) {
		message_attr_u32(r, RTA_PREFSRC, source);
	}
	if (route->metric) {
		message_attr_u32(r, RTA_PRIORITY, route->metric);
	}
	message_end(r);
}

static void route_tell(const struct route *route, void *arg)
{
	route_message(arg, route, 0);
}

static void own_tell(const struct route *route, uint32_t source, void *arg)
{
	route_message(arg, route, source);
}

int route_get(struct request *r)
{
	uint8_t family = r->body_len ? r->body[0] : 0;

	if (!r->is_dump) {
		return -EOPNOTSUPP;
	}
	if (family != AF_INET6) {
		route_for_each(route_tell, r);
		route_own_for_each(own_tell, r);
	}
	return 0;
}

static int decode(struct request *r, struct route *route)
{
	struct linux_rtmsg m;
	uint32_t index;

	if (request_attrs(r, sizeof(m))) {
		return -EINVAL;
	}
	memcpy(&m, r->body, sizeof(m));
	if (m.family != AF_INET) {
		return -EAFNOSUPPORT;
	}
	if (m.to_len > 32 || (m.type != RTN_UNICAST && m.type != 0)) {
		return -EINVAL;
	}
	index = attr_u32(&r->attrs[RTA_OIF], 0);
	*route = (struct route){ .to = attr_u32(&r->attrs[RTA_DST], 0),
		.mask = mask_of_len(m.to_len),
		.gateway = attr_u32(&r->attrs[RTA_GATEWAY], 0),
		.metric = attr_u32(&r->attrs[RTA_PRIORITY], 0),
		.dev = index ? device_by_index(index) : NULL };
	if (index && !route->dev) {
		return -ENODEV;
	}
	return index || route->gateway ? 0 : -ENODEV;
}

int route_new(struct request *r)
{
	struct route route;
	int err = decode(r, &route);

	if (!err && r->header.flags & NLM_F_REPLACE) {
		struct route former = { .to = route.to, .mask = route.mask };

		(void)!route_remove(&former);
	}
	return err ? err : route_add(&route);
}

int route_delete(struct request *r)
{
	struct route route;
	int err = decode(r, &route);

	/* To name the destination is enough here. */
	if (err == -ENODEV && !attr_u32(&r->attrs[RTA_OIF], 0)) {
		err = 0;
	}
	return err ? err : route_remove(&route);
}
