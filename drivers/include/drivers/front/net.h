/* drivers/front/net.h - the network front-end (public io/netif.h). */
#ifndef DRIVERS_FRONT_NET_H
#define DRIVERS_FRONT_NET_H

#include <drivers/xen/xenbus.h>

extern const struct xenbus_driver net_front_driver;

#endif
