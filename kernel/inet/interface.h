/* interface.h - what can be asked of an interface and changed, whoever asks; all with the stack's lock. */
#ifndef INET_INTERFACE_H
#define INET_INTERFACE_H

#include "stack.h"

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

unsigned interface_flags(const struct net_device *dev); /* IFF_* */
int interface_mtu_set(struct net_device *dev, unsigned mtu);

/* IPv4: one address; 0 removes it. In network order. */
uint32_t interface_address(const struct net_device *dev);
uint32_t interface_mask(const struct net_device *dev);
void interface_address_set(struct net_device *dev, uint32_t address, uint32_t mask);
unsigned mask_len(uint32_t mask);
uint32_t mask_of_len(unsigned len);

/* IPv6: some. -EEXIST, -ENOSPC; -EADDRNOTAVAIL. */
int interface_address6_add(struct net_device *dev, const uint32_t address[4]);
int interface_address6_remove(struct net_device *dev, const uint32_t address[4]);

#endif
