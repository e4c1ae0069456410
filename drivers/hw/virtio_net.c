/*
 * virtio_net.c - network interfaces by virtio (OASIS virtio 1.1, 5.1), one pair of queues each.
 *
 * As on Xen, packets are copied into and out of pages that are the device's for good. All of it but
 * the interrupt is under the network's lock. The device is the machine's own and trusted, as the
 * rest of the bare machine is; a chain that comes back without having been out ends its use.
 */
#include <drivers/hw/virtio.h>
#include <drivers/hw/virtio_net.h>
#include <hw/interrupt.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/net.h>
#include <kernel/string.h>

#define VENDOR	       0x1af4
#define DEVICE_NETWORK 0x1000 /* transitional */
#define DEVICES_MAX    4u
#define RX_COUNT       64u
#define TX_COUNT       32u
#define TX_PAGES       17u
#define MTU_MAX	       1500u
#define DATA_OFFSET    16u /* of a received frame in its page, behind the header */

#define FEATURE_CSUM	   (1u << 0)
#define FEATURE_GUEST_CSUM (1u << 1)
#define FEATURE_MAC	   (1u << 5)
#define FEATURE_TSO4	   (1u << 11)
#define FEATURE_TSO6	   (1u << 12)
#define FEATURE_STATUS	   (1u << 16)

enum { CONFIG_MAC = 0, CONFIG_STATUS = 4 }; /* the status in the upper half */
enum { NEEDS_CSUM = 1, DATA_VALID = 2 };
enum { GSO_NONE = 0, GSO_TCP4 = 1, GSO_TCP6 = 4 };

struct header {
	uint8_t flags, gso_type;
	uint16_t header_len, gso_size, csum_start, csum_offset;
};
_Static_assert(sizeof(struct header) == 10, "virtio 1.1, 5.1.6: without merged buffers");

/* A frame being sent: its header in the first page, before the data. */
struct sending {
	struct header *header;
	void *pages[TX_PAGES];
	bool is_out;
};

struct virtio_nic {
	struct net_device net; /* first */
	struct virtio_device device;
	struct virtio_queue rx, tx;
	void *received[VIRTIO_QUEUE_MAX]; /* pages by the number of their chain */
	struct sending sendings[TX_COUNT];
	struct sending *sent[VIRTIO_QUEUE_MAX]; /* likewise */
	bool is_broken, is_full;
};

static struct virtio_nic *nic_of(struct net_device *net)
{
	return container_of(net, struct virtio_nic, net);
}

static uint64_t physical(const void *p)
{
	return (virt_to_pfn(p).n << PAGE_SHIFT) + (vaddr_t)p % PAGE_SIZE;
}

static void broken(struct virtio_nic *nic)
{
	nic->is_broken = true;
	log_err("virtio: %s: an answer to nothing; the interface is off", nic->net.name);
}

/* ---- receiving -------------------------------------------------------------------------------- */

static int page_offer(struct virtio_nic *nic, void *page)
{
	const struct virtio_buffer buffers[] = {
		{ physical(page), sizeof(struct header), true },
		{ physical(page) + DATA_OFFSET, PAGE_SIZE - DATA_OFFSET, true },
	};
	int number = virtio_offer(&nic->rx, buffers, ARRAY_SIZE(buffers));

	if (number >= 0) {
		nic->received[number] = page;
	}
	return MIN(number, 0);
}

static void frame_deliver(struct virtio_nic *nic, const char *page, uint32_t used_len)
{
	const struct header *header = (const struct header *)page;
	size_t len = used_len - MIN(used_len, (uint32_t)sizeof(*header));
	struct pbuf *packet;

	if (len < NET_HEADER_LEN || len > PAGE_SIZE - DATA_OFFSET) {
		nic->net.received.errors++;
		return;
	}
	packet = net_packet_get(len);
	if (!packet) {
		nic->net.received.dropped++;
		return;
	}
	net_packet_write(packet, 0, page + DATA_OFFSET, len);
	net_receive(&nic->net, packet, header->flags & (NEEDS_CSUM | DATA_VALID));
}

/* False: there was none. */
static bool receive_one(struct virtio_nic *nic)
{
	int number = virtio_used(&nic->rx);
	uint32_t len = nic->rx.used_len;
	void *page = number >= 0 ? nic->received[number] : NULL;

	if (number == -EAGAIN) {
		return false;
	}
	if (!page) {
		broken(nic);
		return false;
	}
	nic->received[number] = NULL;
	frame_deliver(nic, page, len);
	(void)page_offer(nic, page); /* its descriptors have just become free */
	return true;
}

/* ---- sending ---------------------------------------------------------------------------------- */

static void sent_take(struct virtio_nic *nic)
{
	int number;

	while (!nic->is_broken && (number = virtio_used(&nic->tx)) != -EAGAIN) {
		if (number < 0 || !nic->sent[number]) {
			broken(nic);
			return;
		}
		nic->sent[number]->is_out = false;
		nic->sent[number] = NULL;
		nic->is_full = false;
	}
}

static struct sending *sending_get(struct virtio_nic *nic)
{
	for (unsigned i = 0; i < TX_COUNT; i++) {
		if (!nic->sendings[i].is_out) {
			return &nic->sendings[i];
		}
	}
	return NULL;
}

static void header_fill(struct header *h, const struct net_frame *frame)
{
	*h = (struct header){ 0 };
	if (frame->csum_start) {
		h->flags = NEEDS_CSUM;
		h->csum_start = (uint16_t)frame->csum_start;
		h->csum_offset = (uint16_t)frame->csum_offset;
	}
	if (frame->gso_size) {
		h->gso_type = frame->is_ipv6 ? GSO_TCP6 : GSO_TCP4;
		h->gso_size = (uint16_t)frame->gso_size;
		h->header_len = (uint16_t)frame->pieces[0].len;
	}
}

/* The frame's copy and its buffers: their number, or -ENOMEM. */
static int frame_copy(
	struct sending *s, const struct net_frame *frame, struct virtio_buffer *buffers)
{
	unsigned count = 0;

	header_fill(s->header, frame);
	buffers[count++] = (struct virtio_buffer){ physical(s->header), sizeof(*s->header), false };
	for (unsigned at = 0; at < frame->len; at += PAGE_SIZE) {
		unsigned len = (unsigned)MIN(frame->len - at, PAGE_SIZE), i = at / PAGE_SIZE;

		if (!s->pages[i]) {
			s->pages[i] = page_alloc_zeroed();
		}
		if (!s->pages[i]) {
			return -ENOMEM;
		}
		net_frame_copy(frame, at, s->pages[i], len);
		buffers[count++] = (struct virtio_buffer){ physical(s->pages[i]), len, false };
	}
	return (int)count;
}

static bool nic_transmit(struct net_device *net, const struct net_frame *frame)
{
	struct virtio_nic *nic = nic_of(net);
	struct virtio_buffer buffers[TX_PAGES + 1];
	struct sending *s;
	int count, number;

	if (nic->is_broken || frame->len > TX_PAGES * PAGE_SIZE) {
		net->sent.dropped++;
		return true;
	}
	sent_take(nic);
	s = sending_get(nic);
	if (!s || nic->tx.free_count < ARRAY_SIZE(buffers)) {
		virtio_notify(&nic->tx);
		nic->is_full = true;
		return false;
	}
	count = frame_copy(s, frame, buffers);
	number = count < 0 ? count : virtio_offer(&nic->tx, buffers, (unsigned)count);
	if (number < 0) {
		net->sent.dropped++;
		return true;
	}
	s->is_out = true;
	nic->sent[number] = s;
	return true;
}

static void nic_flush(struct net_device *net)
{
	virtio_notify(&nic_of(net)->tx);
}

static unsigned nic_poll(struct net_device *net, unsigned budget)
{
	struct virtio_nic *nic = nic_of(net);
	unsigned done = 0;

	while (!nic->is_broken && done < budget && receive_one(nic)) {
		done++;
	}
	virtio_notify(&nic->rx);
	sent_take(nic);
	return done;
}

static int nic_mtu_set(struct net_device *device, unsigned mtu)
{
	return mtu <= MTU_MAX ? 0 : -EINVAL;
}

static const struct net_device_ops nic_ops = {
	.transmit = nic_transmit,
	.flush = nic_flush,
	.poll = nic_poll,
	.mtu_set = nic_mtu_set,
};

static void interrupt(void *arg)
{
	struct virtio_nic *nic = arg;

	if (virtio_interrupted(&nic->device)) {
		net_poll_wanted(&nic->net);
	}
}

/* ---- finding them ---------------------------------------------------------------------------------- */

static bool has_carrier(const struct virtio_device *device)
{
	return !(device->features & FEATURE_STATUS) ||
		virtio_config(device, CONFIG_STATUS) >> 16 & 1;
}

static void abilities_read(struct virtio_nic *nic)
{
	uint32_t features = nic->device.features;
	uint32_t low = virtio_config(&nic->device, CONFIG_MAC);
	uint32_t high = virtio_config(&nic->device, CONFIG_MAC + 4);
	bool can_sum = features & FEATURE_CSUM;

	memcpy(nic->net.mac, &low, sizeof(low));
	memcpy(nic->net.mac + sizeof(low), &high, NET_MAC_LEN - sizeof(low));
	nic->net.mtu = MTU_MAX;
	nic->net.kind = "virtio";
	nic->net.features = (can_sum ? NET_CSUM_TCP4 | NET_CSUM_TCP6 : 0) |
		(can_sum && features & FEATURE_TSO4 ? NET_GSO_TCP4 : 0) |
		(can_sum && features & FEATURE_TSO6 ? NET_GSO_TCP6 : 0);
}

static int memory_make(struct virtio_nic *nic)
{
	struct header *headers = heap_alloc(TX_COUNT * sizeof(*headers));

	if (!headers) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < TX_COUNT; i++) {
		nic->sendings[i].header = &headers[i];
	}
	for (unsigned i = 0; i < RX_COUNT; i++) {
		void *page = page_alloc_zeroed();

		if (!page) {
			return -ENOMEM;
		}
		if (page_offer(nic, page)) {
			page_free(page_of(virt_to_pfn(page)), 0);
			break;
		}
	}
	return 0;
}

static int nic_start(struct virtio_nic *nic)
{
	int err;

	virtio_begin(&nic->device,
		FEATURE_CSUM | FEATURE_GUEST_CSUM | FEATURE_MAC | FEATURE_TSO4 | FEATURE_TSO6 |
			FEATURE_STATUS);
	abilities_read(nic);
	nic->net.ops = &nic_ops;
	err = virtio_queue_init(&nic->rx, &nic->device, 0);
	if (!err) {
		err = virtio_queue_init(&nic->tx, &nic->device, 1);
	}
	if (err || nic->rx.size > VIRTIO_QUEUE_MAX || nic->tx.size > VIRTIO_QUEUE_MAX) {
		return err ? err : -ENODEV;
	}
	err = memory_make(nic);
	if (!err) {
		err = net_register(&nic->net);
	}
	if (!err) {
		hw_irq_share(nic->device.pci.irq, interrupt, nic);
		virtio_ready(&nic->device);
		virtio_notify(&nic->rx);
		net_carrier_set(&nic->net, has_carrier(&nic->device));
	}
	return err;
}

void virtio_net_init(void)
{
	struct pci_device pci = { .slot = ~0u };

	for (unsigned i = 0; i < DEVICES_MAX; i++) {
		struct virtio_nic *nic;
		int err = -ENOMEM;

		if (pci_find(pci.slot + 1, VENDOR, DEVICE_NETWORK, DEVICE_NETWORK, &pci)) {
			return;
		}
		nic = heap_alloc(sizeof(*nic));
		if (nic) {
			nic->device.pci = pci;
			err = nic_start(nic);
		}
		if (err) {
			log_err("virtio: the interface in slot %u: %s", pci.slot, errno_name(err));
		}
	}
}
