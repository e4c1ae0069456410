/*
 * drivers/hw/virtio.h - virtio devices on PCI, by their older ("legacy") interface, and split queues
 * (OASIS virtio 1.1, 2.6 and 4.1.4.8).
 *
 * A queue is memory that both ends read: descriptors of buffers, chained; a ring of
 * chains that the driver offers; a ring of those that the device has used.
 */
#ifndef DRIVERS_HW_VIRTIO_H
#define DRIVERS_HW_VIRTIO_H

#include <drivers/hw/pci.h>
#include <kernel/page.h>

#define VIRTIO_QUEUE_MAX 256u

struct virtio_device {
	struct pci_device pci;
	uint32_t features; /* agreed on */
};

struct virtio_buffer {
	uint64_t address; /* physical */
	uint32_t len;
	bool is_written; /* by the device */
};

struct virtio_queue {
	const struct virtio_device *device;
	unsigned index, size;
	void *memory;
	unsigned free_first, free_count; /* descriptors */
	uint16_t offered, used;		 /* running indices */
	uint32_t used_len; /* bytes that the device wrote into the last chain that was used */
	uint16_t told;	   /* of `offered`: when the device was last notified */
};

/* Reset the device and agree on those of `wanted` that it has. */
void virtio_begin(struct virtio_device *device, uint32_t wanted);
/* Make queue `index`: 0, -ENODEV when the device has none, -ENOMEM. */
int virtio_queue_init(struct virtio_queue *queue, const struct virtio_device *device,
	unsigned index) __must_check;
/* All queues are there: it may work. */
void virtio_ready(const struct virtio_device *device);

/* The device's own registers, at a byte offset. */
uint32_t virtio_config(const struct virtio_device *device, unsigned offset);

/* Whether the interrupt was its; asking acknowledges it. */
bool virtio_interrupted(const struct virtio_device *device);

/* Offer a chain: the number by which it comes back, or -ENOSPC. The caller serializes, as for the others. */
int virtio_offer(struct virtio_queue *queue, const struct virtio_buffer *buffers, unsigned count);
/* Tell the device of all that was offered since the last time, if it wants to be told. */
void virtio_notify(struct virtio_queue *queue);
/* The number of a chain that was used, whose descriptors are free again; -EAGAIN: none; -EPROTO. */
int virtio_used(struct virtio_queue *queue);

#endif
