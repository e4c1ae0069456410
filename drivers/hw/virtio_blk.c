/*
 * virtio_blk.c - disks by virtio (OASIS virtio 1.1, 5.2), one queue each.
 *
 * The device is the machine's own and trusted, as the rest of the bare machine is; a chain that
 * comes back without having been out ends the use of the disk all the same.
 */
#include <drivers/hw/virtio.h>
#include <drivers/hw/virtio_blk.h>
#include <hw/interrupt.h>
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>

#define VENDOR	     0x1af4
#define DEVICE_BLOCK 0x1001 /* transitional */
#define VD_MAJOR     253u   /* Linux takes a free one at run time */
#define DISKS_MAX    8u
#define SEGMENTS     32u

#define FEATURE_READ_ONLY  (1u << 5)
#define FEATURE_BLOCK_SIZE (1u << 6)
#define FEATURE_FLUSH	   (1u << 9)
#define FEATURE_DISCARD	   (1u << 13)

enum { CONFIG_CAPACITY = 0, CONFIG_BLOCK_SIZE = 20 };
enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4, TYPE_DISCARD = 11 };
enum { STATUS_OK = 0, STATUS_UNSUPPORTED = 2 };

/* What the device reads and writes besides the data. */
struct request {
	uint32_t type, reserved;
	uint64_t sector;
	struct {
		uint64_t sector;
		uint32_t count, flags;
	} discard;
	uint8_t status;
	/* ours */
	struct blk_request *rq;
};

struct virtio_disk {
	struct virtio_device device;
	struct blk_device *disk;
	struct spinlock lock; /* irq-safe: the queue and what is out */
	struct virtio_queue queue;
	struct request *out[VIRTIO_QUEUE_MAX]; /* by the number of its chain */
	bool is_broken;
};

static uint64_t physical(const void *p)
{
	return (virt_to_pfn(p).n << PAGE_SHIFT) + (vaddr_t)p % PAGE_SIZE;
}

/* ---- requests --------------------------------------------------------------------------------- */

static unsigned segments_add(struct virtio_buffer *to, unsigned count, const struct blk_request *rq)
{
	for (unsigned i = 0; i < rq->segment_count; i++) {
		const struct blk_segment *s = &rq->segments[i];

		to[count++] = (struct virtio_buffer){
			.address = (page_pfn(s->page).n << PAGE_SHIFT) + s->offset,
			.len = s->len,
			.is_written = rq->op == BLK_READ,
		};
	}
	return count;
}

static unsigned data_add(struct virtio_buffer *to, struct request *r)
{
	unsigned count = 1;

	if (r->type == TYPE_DISCARD) {
		to[count++] =
			(struct virtio_buffer){ physical(&r->discard), sizeof(r->discard), false };
	} else if (r->type != TYPE_FLUSH) {
		count = segments_add(to, count, r->rq);
		list_for_each(node, &r->rq->followers) {
			count = segments_add(to, count, list_entry(node, struct blk_request, link));
		}
	}
	return count;
}

static uint32_t type_of(enum blk_op op)
{
	static const uint32_t types[] = {
		[BLK_READ] = TYPE_IN,
		[BLK_WRITE] = TYPE_OUT,
		[BLK_FLUSH] = TYPE_FLUSH,
		[BLK_DISCARD] = TYPE_DISCARD,
		[BLK_SECURE_DISCARD] = TYPE_DISCARD,
	};

	return types[op];
}

/* Offer it; -ENOSPC, -ENOMEM: later. */
static int send(struct virtio_disk *d, struct blk_request *rq)
{
	struct virtio_buffer buffers[SEGMENTS + 2];
	struct request *r = heap_alloc(sizeof(*r));
	unsigned count;
	int number;

	if (!r) {
		return -ENOMEM;
	}
	r->rq = rq;
	r->type = type_of(rq->op);
	r->sector = r->type == TYPE_IN || r->type == TYPE_OUT ? rq->sector : 0;
	r->discard.sector = rq->sector;
	r->discard.count = (uint32_t)rq->count;
	buffers[0] =
		(struct virtio_buffer){ physical(r), offsetof(struct request, discard), false };
	count = data_add(buffers, r);
	buffers[count++] = (struct virtio_buffer){ physical(&r->status), 1, true };
	number = virtio_offer(&d->queue, buffers, count);
	if (number < 0) {
		heap_free(r);
		return number;
	}
	d->out[number] = r;
	return 0;
}

/* The heap is out of memory with nothing under way: nobody would call again. */
static bool is_stuck(const struct virtio_disk *d)
{
	return d->queue.free_count == d->queue.size;
}

static void start(struct blk_device *disk, unsigned queue)
{
	struct virtio_disk *d = disk->private;
	irq_state_t irq = spin_lock_irqsave(&d->lock);
	struct blk_request *rq, *failed = NULL;

	while (!d->is_broken && (rq = blk_take(disk, queue, SEGMENTS))) {
		if (send(d, rq)) {
			if (is_stuck(d)) {
				failed = rq;
			} else {
				blk_give_back(disk, queue, rq);
			}
			break;
		}
	}
	virtio_notify(&d->queue);
	spin_unlock_irqrestore(&d->lock, irq);
	if (failed) {
		blk_done(disk, failed, -EIO);
	}
}

/* ---- answers ------------------------------------------------------------------------------------ */

static struct request *next_answer(struct virtio_disk *d)
{
	irq_state_t irq = spin_lock_irqsave(&d->lock);
	int number = d->is_broken ? -EAGAIN : virtio_used(&d->queue);
	struct request *r = NULL;

	if (number >= 0) {
		r = d->out[number];
		d->out[number] = NULL;
	}
	if (number == -EPROTO || (number >= 0 && !r)) {
		d->is_broken = true;
		log_err("virtio: %s: an answer to nothing; the disk is off", d->disk->name);
	}
	spin_unlock_irqrestore(&d->lock, irq);
	return r;
}

static void interrupt(void *arg)
{
	struct virtio_disk *d = arg;
	struct request *r;

	if (!virtio_interrupted(&d->device)) {
		return;
	}
	while ((r = next_answer(d))) {
		uint8_t status = READ_ONCE(r->status);

		blk_done(d->disk, r->rq,
			status == STATUS_OK		       ? 0
				: status == STATUS_UNSUPPORTED ? -ENOTSUP
							       : -EIO);
		heap_free(r);
	}
	start(d->disk, 0);
}

/* ---- finding them ---------------------------------------------------------------------------------- */

static const struct blk_device_ops disk_ops = { .start = start };

static void limits_read(const struct virtio_device *device, struct blk_limits *l)
{
	uint32_t block = device->features & FEATURE_BLOCK_SIZE
		? virtio_config(device, CONFIG_BLOCK_SIZE)
		: BLK_SECTOR_SIZE;

	*l = (struct blk_limits){
		.sectors = virtio_config(device, CONFIG_CAPACITY) |
			(uint64_t)virtio_config(device, CONFIG_CAPACITY + 4) << 32,
		.logical_size = block,
		.physical_size = block,
		.segments_max = SEGMENTS,
		.is_read_only = device->features & FEATURE_READ_ONLY,
		.has_flush = device->features & FEATURE_FLUSH,
		.has_discard = device->features & FEATURE_DISCARD,
	};
}

static int disk_start(struct virtio_disk *d, unsigned number)
{
	struct blk_limits limits;
	int err;

	spin_init(&d->lock, "virtio disk");
	virtio_begin(&d->device,
		FEATURE_READ_ONLY | FEATURE_BLOCK_SIZE | FEATURE_FLUSH | FEATURE_DISCARD);
	err = virtio_queue_init(&d->queue, &d->device, 0);
	if (err || d->queue.size > VIRTIO_QUEUE_MAX || d->queue.size < SEGMENTS + 2) {
		return err ? err : -ENODEV;
	}
	fmt_print(d->disk->name, sizeof(d->disk->name), "vd%c", (char)('a' + number));
	d->disk->major = VD_MAJOR;
	d->disk->first_minor = number * 16;
	d->disk->minors = 16;
	d->disk->ops = &disk_ops;
	d->disk->private = d;
	limits_read(&d->device, &limits);
	blk_limits_set(d->disk, &limits);
	hw_irq_share(d->device.pci.irq, interrupt, d);
	virtio_ready(&d->device);
	return blk_device_register(d->disk);
}

void virtio_blk_init(void)
{
	struct pci_device pci = { .slot = ~0u };

	for (unsigned i = 0; i < DISKS_MAX; i++) {
		struct virtio_disk *d;
		int err = -ENOMEM;

		if (pci_find(pci.slot + 1, VENDOR, DEVICE_BLOCK, DEVICE_BLOCK, &pci)) {
			return;
		}
		d = heap_alloc(sizeof(*d));
		if (d) {
			d->device.pci = pci;
			d->disk = blk_device_create(1);
			err = d->disk ? disk_start(d, i) : -ENOMEM;
		}
		if (err) {
			log_err("virtio: the disk in slot %u: %s", pci.slot, errno_name(err));
		}
	}
}
