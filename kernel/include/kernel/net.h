/*
 * net.h - network devices, and what of the network the rest of the kernel asks for.
 */
#ifndef KERNEL_NET_H
#define KERNEL_NET_H

#include <kernel/types.h>

/* Requests about interfaces (SIOC*), possible on every socket. -ENOTTY: not one of ours. */
long net_ioctl(unsigned request, unsigned long arg);

#endif
