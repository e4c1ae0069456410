/*
 * netlink.h - netlink of the routing family: requests, and the messages that answer them.
 *
 * A request is answered at once, in the thread that sends it; the answers wait in the socket's
 * queue. Nobody is told of changes he did not ask about: groups can be joined and stay silent.
 */
#ifndef INET_NETLINK_H
#define INET_NETLINK_H

#include "interface.h"

#include <linux/netlink.h>

/* Attributes a request may have, by number. */
#define ATTR_COUNT 32u
struct attr {
	const void *data;
	unsigned len; /* 0: absent */
};

struct request {
	struct linux_nlmsghdr header;
	bool is_dump;		   /* asks for all there are */
	const unsigned char *body; /* behind the header */
	unsigned body_len;
	struct attr attrs[ATTR_COUNT]; /* filled by request_attrs() */
	struct answer *answer;
};

/* Find the attributes behind `fixed` bytes of the body. -EINVAL when those are not there. */
int request_attrs(struct request *r, unsigned fixed) __must_check;
uint32_t attr_u32(const struct attr *a, uint32_t missing);
/* The interface that a number, or else a name among the attributes, means; NULL. */
struct net_device *request_device(const struct request *r, int index, unsigned name_attr);

/* A message of an answer: begin, body and attributes, end. When memory runs out nothing is sent but an error. */
struct answer;
void message_begin(struct request *r, unsigned type);
void message_put(struct request *r, const void *data, size_t len);
void message_attr(struct request *r, unsigned type, const void *data, size_t len);
void message_attr_u32(struct request *r, unsigned type, uint32_t value);
void message_end(struct request *r);

/* With the stack's lock: 0 or a negative errno. */
int link_get(struct request *r);
int link_set(struct request *r);
int neighbour_get(struct request *r);
int address_get_all(struct request *r);
int address_new(struct request *r);
int address_delete(struct request *r);
int route_get(struct request *r);
int route_new(struct request *r);
int route_delete(struct request *r);

#endif
