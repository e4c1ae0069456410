/* virtio.c - see drivers/hw/virtio.h. */
#include <drivers/hw/virtio.h>
#include <hw/io.h>
#include <kernel/errno.h>
#include <kernel/string.h>

/* Registers at the ports of base address 0 (virtio 1.1, 4.1.4.8), without MSI-X. */
enum {
	DEVICE_FEATURES = 0,
	DRIVER_FEATURES = 4,
	QUEUE_ADDRESS = 8,
	QUEUE_SIZE = 12,
	QUEUE_SELECT = 14,
	QUEUE_NOTIFY = 16,
	STATUS = 18,
	INTERRUPT_STATUS = 19,
	CONFIG = 20,
};

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER	   2
#define STATUS_DRIVER_OK   4
#define DESCRIPTOR_NEXT	   1
#define DESCRIPTOR_WRITE   2
#define USED_NO_NOTIFY	   1
#define NONE		   0xffffu

struct descriptor {
	uint64_t address;
	uint32_t len;
	uint16_t flags, next;
};

struct offered_ring {
	uint16_t flags, index, ring[];
};

struct used_ring {
	uint16_t flags, index;
	struct {
		uint32_t id, len;
	} ring[];
};

static struct descriptor *descriptors(const struct virtio_queue *q)
{
	return q->memory;
}

static struct offered_ring *offered_ring(const struct virtio_queue *q)
{
	return (struct offered_ring *)(descriptors(q) + q->size);
}

/* The used ring begins on a page of its own. */
static size_t used_offset(unsigned size)
{
	return ALIGN_UP(size * sizeof(struct descriptor) + sizeof(struct offered_ring) +
			(size + 1u) * sizeof(uint16_t),
		PAGE_SIZE);
}

static struct used_ring *used_ring(const struct virtio_queue *q)
{
	return (struct used_ring *)((char *)q->memory + used_offset(q->size));
}

static uint16_t at(const struct virtio_device *device, unsigned reg)
{
	return (uint16_t)(device->pci.ports + reg);
}

/* ---- the device --------------------------------------------------------------------------- */

void virtio_begin(struct virtio_device *device, uint32_t wanted)
{
	pci_enable(&device->pci);
	outb(at(device, STATUS), 0);
	outb(at(device, STATUS), STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	device->features = inl(at(device, DEVICE_FEATURES)) & wanted;
	outl(at(device, DRIVER_FEATURES), device->features);
}

void virtio_ready(const struct virtio_device *device)
{
	outb(at(device, STATUS), STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK);
}

uint32_t virtio_config(const struct virtio_device *device, unsigned offset)
{
	return inl(at(device, CONFIG + offset));
}

bool virtio_interrupted(const struct virtio_device *device)
{
	return inb(at(device, INTERRUPT_STATUS)) & 1;
}

/* ---- queues --------------------------------------------------------------------------------- */

static size_t queue_len(unsigned size)
{
	return used_offset(size) + sizeof(struct used_ring) +
		size * sizeof(((struct used_ring *)0)->ring[0]) + sizeof(uint16_t);
}

static unsigned order_of(size_t len)
{
	unsigned order = 0;

	while (PAGE_SIZE << order < len) {
		order++;
	}
	return order;
}

int virtio_queue_init(struct virtio_queue *q, const struct virtio_device *device, unsigned index)
{
	struct page *memory;

	outw(at(device, QUEUE_SELECT), (uint16_t)index);
	*q = (struct virtio_queue){ .device = device, .index = index };
	q->size = inw(at(device, QUEUE_SIZE));
	if (!q->size || q->size > 32768 || q->size & (q->size - 1)) {
		return -ENODEV;
	}
	memory = page_alloc(order_of(queue_len(q->size)));
	if (!memory) {
		return -ENOMEM;
	}
	q->memory = memset(page_address(memory), 0, PAGE_SIZE << order_of(queue_len(q->size)));
	q->free_count = q->size;
	for (unsigned i = 0; i < q->size; i++) {
		descriptors(q)[i].next = (uint16_t)(i + 1);
	}
	outl(at(device, QUEUE_ADDRESS), (uint32_t)page_pfn(memory).n);
	return 0;
}

int virtio_offer(struct virtio_queue *q, const struct virtio_buffer *buffers, unsigned count)
{
	struct descriptor *all = descriptors(q);
	unsigned first = q->free_first, i = first;

	if (count > q->free_count) {
		return -ENOSPC;
	}
	for (unsigned n = 0; n < count; n++) {
		all[i].address = buffers[n].address;
		all[i].len = buffers[n].len;
		all[i].flags = (uint16_t)((buffers[n].is_written ? DESCRIPTOR_WRITE : 0) |
			(n + 1 < count ? DESCRIPTOR_NEXT : 0));
		q->free_first = all[i].next;
		i = all[i].next;
	}
	q->free_count -= count;
	offered_ring(q)->ring[q->offered % q->size] = (uint16_t)first;
	q->offered++;
	__atomic_store_n(&offered_ring(q)->index, q->offered, __ATOMIC_RELEASE);
	return (int)first;
}

void virtio_notify(struct virtio_queue *q)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (q->told != q->offered && !(READ_ONCE(used_ring(q)->flags) & USED_NO_NOTIFY)) {
		outw(at(q->device, QUEUE_NOTIFY), (uint16_t)q->index);
	}
	q->told = q->offered;
}

/* The chain's descriptors go in front of the free ones. */
static void chain_free(struct virtio_queue *q, unsigned first)
{
	struct descriptor *all = descriptors(q);
	unsigned last = first;

	q->free_count++;
	while (all[last].flags & DESCRIPTOR_NEXT) {
		last = all[last].next;
		q->free_count++;
	}
	all[last].next = (uint16_t)q->free_first;
	q->free_first = first;
}

int virtio_used(struct virtio_queue *q)
{
	uint32_t id;

	if (__atomic_load_n(&used_ring(q)->index, __ATOMIC_ACQUIRE) == q->used) {
		return -EAGAIN;
	}
	id = READ_ONCE(used_ring(q)->ring[q->used % q->size].id);
	q->used_len = READ_ONCE(used_ring(q)->ring[q->used % q->size].len);
	q->used++;
	if (id >= q->size) {
		return -EPROTO;
	}
	chain_free(q, id);
	return (int)id;
}
