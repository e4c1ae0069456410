/* transmit.h - from lwIP's packets to a driver's frames; see transmit.c. */
#ifndef INET_TRANSMIT_H
#define INET_TRANSMIT_H

#include "stack.h"

/* lwIP's output of an interface with a device: the packet goes out at the next inet_leave(). */
signed char transmit_queue(struct netif *netif, struct pbuf *p);
/* Send what is pending. */
void transmit_pending(struct net_device *dev);
void transmit_forget(struct net_device *dev);

#endif
