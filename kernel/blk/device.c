/*
 * device.c - disks: coming, changing, going.
 *
 * Looking for partitions waits for the disk, and so does resizing its cache; neither is done by who
 * announces it, which for a front-end is the thread that also has to hear that the back-end died. There is
 * a thread for each, which ends.
 */
#include <arch/clock.h>
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include "blk.h"

/* A disk that does not answer shall not keep the machine from starting. */
#define SETTLE_MOST (10 * NSEC_PER_SEC)

static struct mutex devices_lock = MUTEX_INIT(devices_lock, "disks");
static struct list devices = LIST_INIT(devices);
static unsigned scanning; /* atomic: threads */
static struct wait_queue settled = WAIT_QUEUE_INIT(settled);

struct blk_device *blk_device_create(unsigned queues)
{
	struct blk_device *dev = heap_alloc(sizeof(*dev));

	if (dev) {
		queues_init(dev, MIN(MAX(queues, 1u), BLK_QUEUES_MAX));
		mutex_init(&dev->open_lock, "disk");
	}
	return dev;
}

static void describe(const struct blk_device *dev)
{
	const struct blk_limits *l = &dev->limits;

	log_info("blk: %s: %lu MiB, sectors of %u/%u bytes, %u queue(s)%s%s%s%s", dev->name,
		(unsigned long)(l->sectors >> (20 - BLK_SECTOR_SHIFT)), l->logical_size,
		l->physical_size, dev->queue_count, l->has_flush ? ", flush" : "",
		l->has_discard ? ", discard" : "", l->is_read_only ? ", read-only" : "",
		l->is_cdrom ? ", cdrom" : "");
}

static void scan_thread(void *arg)
{
	struct blk_device *dev = arg;
	int err = blk_partitions_read(dev);

	if (err && !READ_ONCE(dev->is_dead)) {
		log_warn("blk: %s: no partitions: %s", dev->name, errno_name(err));
	}
	__atomic_sub_fetch(&scanning, 1, __ATOMIC_RELEASE);
	wait_wake_all(&settled);
}

void blk_settle(void)
{
	nsec_t deadline = clock_now() + SETTLE_MOST;

	wait_until(&settled, __atomic_load_n(&scanning, __ATOMIC_ACQUIRE) == 0, deadline);
}

int blk_device_register(struct blk_device *dev)
{
	int err;

	mutex_lock(&dev->open_lock);
	err = node_add(dev, 0, 0, dev->limits.sectors);
	mutex_unlock(&dev->open_lock);
	if (err) {
		return err;
	}
	describe(dev);
	mutex_lock(&devices_lock);
	list_push_back(&devices, &dev->link);
	mutex_unlock(&devices_lock);
	if (dev->minors > 1 && dev->limits.sectors) {
		__atomic_add_fetch(&scanning, 1, __ATOMIC_RELAXED);
		err = thread_create(NULL, "blk-scan", scan_thread, dev);
		if (err) {
			__atomic_sub_fetch(&scanning, 1, __ATOMIC_RELAXED);
			log_warn("blk: %s: no partitions: %s", dev->name, errno_name(err));
		}
	}
	return 0;
}

/* Writers hold the cache until the disk answers, which it may never do: who resizes has to wait for them. */
static void resize_thread(void *arg)
{
	struct blk_device *dev = arg;
	struct blk_node *node = &dev->nodes[0];
	uint64_t count;

	do {
		count = __atomic_load_n(&node->count, __ATOMIC_SEQ_CST);
		page_cache_resize(&node->cache, (int64_t)(count << BLK_SECTOR_SHIFT));
		__atomic_store_n(&dev->is_resizing, false, __ATOMIC_SEQ_CST);
		/* Whoever changed it after we looked either saw that we were at it, or began anew. */
	} while (__atomic_load_n(&node->count, __ATOMIC_SEQ_CST) != count &&
		!__atomic_exchange_n(&dev->is_resizing, true, __ATOMIC_SEQ_CST));
}

static void resize_start(struct blk_device *dev)
{
	if (__atomic_exchange_n(&dev->is_resizing, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	if (thread_create(NULL, "blk-resize", resize_thread, dev)) {
		__atomic_store_n(&dev->is_resizing, false, __ATOMIC_SEQ_CST);
		log_warn("blk: %s: no thread to resize its cache", dev->name);
	}
}

void blk_sectors_set(struct blk_device *dev, uint64_t sectors)
{
	uint64_t before = dev->limits.sectors;

	dev->limits.sectors = sectors;
	if (dev->nodes[0].dev && sectors != before) {
		log_info("blk: %s: now %lu sectors instead of %lu", dev->name,
			(unsigned long)sectors, (unsigned long)before);
		__atomic_store_n(&dev->nodes[0].count, sectors, __ATOMIC_SEQ_CST);
		resize_start(dev);
	}
}

void blk_limits_set(struct blk_device *dev, const struct blk_limits *limits)
{
	uint64_t before = dev->limits.sectors;

	dev->limits = *limits;
	dev->limits.sectors = before;
	blk_sectors_set(dev, limits->sectors);
}

void blk_device_unregister(struct blk_device *dev)
{
	irq_state_t irq;

	mutex_lock(&devices_lock);
	list_remove(&dev->link);
	mutex_unlock(&devices_lock);
	for (unsigned i = 0; i < dev->queue_count; i++) {
		irq = spin_lock_irqsave(&dev->queues[i].lock);
		dev->is_dead = true; /* K4 */
		spin_unlock_irqrestore(&dev->queues[i].lock, irq);
	}
	queues_fail(dev);
	mutex_lock(&dev->open_lock);
	for (unsigned i = BLK_NODES_MAX; i-- > 0;) {
		if (dev->nodes[i].dev) {
			node_remove(&dev->nodes[i]);
		}
	}
	mutex_unlock(&dev->open_lock);
	log_info("blk: %s: gone", dev->name);
}

void blk_device_for_each(void (*each)(struct blk_device *dev, void *arg), void *arg)
{
	mutex_lock(&devices_lock);
	list_for_each(pos, &devices) {
		each(list_entry(pos, struct blk_device, link), arg);
	}
	mutex_unlock(&devices_lock);
}

/* ---- by name ---------------------------------------------------------------------------------- */

struct search {
	const char *name;
	struct blk_node *found;
};

static void node_match(struct blk_device *dev, void *arg)
{
	struct search *s = arg;

	for (unsigned i = 0; i < BLK_NODES_MAX; i++) {
		if (dev->nodes[i].dev && !strcmp(dev->nodes[i].name, s->name)) {
			s->found = &dev->nodes[i];
		}
	}
}

int blk_node_open(const char *name, bool write, struct blk_node **node)
{
	struct search s = { .name = strncmp(name, "/dev/", 5) ? name : name + 5 };
	int err;

	blk_settle();
	blk_device_for_each(node_match, &s);
	if (!s.found) {
		return -ENXIO;
	}
	err = node_open(s.found, write);
	if (!err) {
		*node = s.found;
	}
	return err;
}
