/* drivers/hw/virtio_blk.h - disks of the baseline: /dev/vda, /dev/vdb ... */
#ifndef DRIVERS_HW_VIRTIO_BLK_H
#define DRIVERS_HW_VIRTIO_BLK_H

/* Boot, threads run: find and register them. */
void virtio_blk_init(void);

#endif
