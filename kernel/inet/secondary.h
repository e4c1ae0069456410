/* secondary.h - IPv4 addresses of an interface besides its first; all with the stack's lock. */
#ifndef INET_SECONDARY_H
#define INET_SECONDARY_H

#include "stack.h"

#include <lwip/netif.h>

/* In network order; `label` has NET_NAME_LEN bytes. */
struct secondary {
	struct netif netif;
	struct net_device *dev;
	char label[NET_NAME_LEN];
	struct list link;
};

/* -EEXIST: the interface has it; -ENOSPC: it has too many; -ENOMEM. */
int secondary_add(struct net_device *dev, uint32_t address, uint32_t mask, const char *label);
/* The first that was given this label, or NULL. */
struct secondary *secondary_by_label(const struct net_device *dev, const char *label);
void secondary_mask_set(struct secondary *s, uint32_t mask);
/* -EADDRNOTAVAIL. */
int secondary_remove(struct net_device *dev, uint32_t address);
/* Those of one network, as with its first address on Linux; a mask of 0: all. */
void secondaries_remove(struct net_device *dev, uint32_t address, uint32_t mask);
void secondary_for_each(
	struct net_device *dev, void (*each)(const struct secondary *s, void *arg), void *arg);

/* Whether no address of the interface that stands before it is of its network. */
bool secondary_has_network(const struct secondary *s);
/* Whether it is one of these, or a device's own. */
bool secondary_is_one(const struct netif *netif);
/* The device is up or down, has a carrier or none, or another size. */
void secondaries_follow(struct net_device *dev);
/* A frame came in, which stays the caller's. */
void secondaries_receive(struct net_device *dev, const struct pbuf *frame);

#endif
