/* drivers/hw/virtio_net.h - network interfaces of the baseline: eth0, eth1 ... */
#ifndef DRIVERS_HW_VIRTIO_NET_H
#define DRIVERS_HW_VIRTIO_NET_H

/* Boot, threads run: find and register them. */
void virtio_net_init(void);

#endif
