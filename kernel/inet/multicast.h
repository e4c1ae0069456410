/* multicast.h - sockets and groups; all with the stack's lock. See multicast.c. */
#ifndef INET_MULTICAST_H
#define INET_MULTICAST_H

#include "inet.h"

#include <lwip/udp.h>

/*
 * IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP and IPv6's. -EADDRINUSE: it is a member there; -EADDRNOTAVAIL: it is none;
 * -EINVAL, -ENODEV, -EPROTO (TCP), -ENOBUFS.
 */
int multicast_member4(struct inet_socket *s, bool joins, const void *value, size_t len);
int multicast_member6(struct inet_socket *s, bool joins, const void *value, size_t len);
/* It leaves all. */
void multicast_socket_gone(const struct inet_socket *s);
/* Before its interface is removed. */
void multicast_device_gone(const struct net_device *dev);

/* IP_MULTICAST_IF, IPV6_MULTICAST_IF: -EINVAL, -EADDRNOTAVAIL; -ENODEV. */
int multicast_from4(struct udp_pcb *udp, const void *value, size_t len);
int multicast_from6(struct udp_pcb *udp, int index);

#endif
