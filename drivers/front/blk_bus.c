/*
 * blk_bus.c - the block front-end on the bus: devices that come and go, their names, and what is told of them.
 */
#include <drivers/front/blk.h>
#include "blk-front.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/string.h>

/* Linux's numbers for Xen's virtual disks, by which vdev is encoded (public io/blkif.h, "virtual-device"). */
#define XVD_MAJOR     202u
#define VDEV_EXTENDED (1u << 28)

static struct mutex fronts_lock = MUTEX_INIT(fronts_lock, "block fronts");
static struct list fronts = LIST_INIT(fronts); /* all that ever were */

static const struct blk_device_ops disk_ops = { .start = blk_front_start,
	.released = blk_front_released };

/* xvda ... xvdz, xvdaa ...; a number that is not of a virtual disk keeps its own. */
static void disk_name(struct blk_device *disk, uint64_t vdev)
{
	bool is_extended = vdev & VDEV_EXTENDED;
	unsigned number = (unsigned)(is_extended ? vdev >> 8 & 0xfffff : vdev >> 4 & 0xf);
	unsigned part = (unsigned)(vdev & (is_extended ? 0xff : 0xf));
	char letters[8] = "", partition[8] = "";
	size_t at = sizeof(letters) - 1;

	if (!is_extended && vdev >> 8 != XVD_MAJOR) {
		fmt_print(disk->name, sizeof(disk->name), "vbd%u", (unsigned)vdev & 0xffffff);
		disk->major = (unsigned)(vdev >> 8 & 0xfff);
		disk->first_minor = (unsigned)(vdev & 0xff);
		disk->minors = disk->first_minor % 16 ? 1 : 16;
		return;
	}
	letters[at] = '\0';
	for (unsigned n = number + 1; n && at; n = (n - 1) / 26) {
		letters[--at] = (char)('a' + (n - 1) % 26);
	}
	if (part) {
		fmt_print(partition, sizeof(partition), "%u", part);
	}
	fmt_print(disk->name, sizeof(disk->name), "xvd%s%s", letters + at, partition);
	disk->major = XVD_MAJOR;
	disk->first_minor = number * 16 + part;
	disk->minors = part ? 1 : 16;
}

static struct blk_front *front_new(uint64_t vdev)
{
	struct blk_front *front = heap_alloc(sizeof(*front));
	struct blk_device *disk = blk_device_create(blk_queues_wanted());

	if (!front || !disk || blk_front_breaker_make(front)) {
		heap_free(front);
		heap_free(disk);
		return NULL;
	}
	mutex_init(&front->lock, "block front");
	front->disk = disk;
	front->handle = (blkif_vdev_t)vdev;
	for (unsigned i = 0; i < BLK_QUEUES_MAX; i++) {
		front->rings[i].front = front;
		front->rings[i].index = i;
		spin_init(&front->rings[i].lock, "block ring");
	}
	disk->ops = &disk_ops;
	disk->private = front;
	disk_name(disk, vdev);
	return front;
}

static int probe(struct xenbus_device *dev)
{
	struct blk_front *front;
	uint64_t vdev;
	int err = xenstore_read_number(XS_NONE, dev->path, "virtual-device", &vdev);

	if (err) {
		return err;
	}
	front = front_new(vdev);
	if (!front) {
		return -ENOMEM;
	}
	mutex_lock(&fronts_lock);
	list_push_back(&fronts, &front->link);
	mutex_unlock(&fronts_lock);
	front->dev = dev;
	dev->priv = front;
	/* The toolstack begins with that state; writing it again would cost trips to the store. */
	if (xenstore_read_number_or(XS_NONE, dev->path, "state", 0) == XenbusStateInitialising) {
		dev->state = XenbusStateInitialising;
		return 0;
	}
	return xenbus_switch_state(dev, XenbusStateInitialising);
}

static void sectors_unwatch(struct blk_front *front)
{
	if (front->is_watching) {
		xenstore_unwatch(&front->sectors_watch);
		front->is_watching = false;
	}
}

/* Files may still be open and threads of ours under way: the disk's memory stays (K4 of kernel/blk.h). */
static void remove(struct xenbus_device *dev)
{
	struct blk_front *front = dev->priv;

	if (!front) {
		return;
	}
	sectors_unwatch(front);
	mutex_lock(&front->lock);
	blk_front_finish(front);
	front->dev = NULL;
	mutex_unlock(&front->lock);
	blk_front_breaker_discard(front);
}

/* Nothing of Xen's outlives a restore: what is out is sent again after it. */
static void suspend(struct xenbus_device *dev)
{
	struct blk_front *front = dev->priv;

	mutex_lock(&front->lock);
	if (front->phase != BLK_OVER) {
		blk_front_disconnect(front, true);
	}
	mutex_unlock(&front->lock);
}

static void resume(struct xenbus_device *dev)
{
	struct blk_front *front = dev->priv;

	sectors_unwatch(front);
	mutex_lock(&front->lock);
	dev->state = XenbusStateUnknown;
	xenbus_switch_state(dev, XenbusStateInitialising);
	mutex_unlock(&front->lock);
}

const struct xenbus_driver blk_front_driver = {
	.class = "vbd",
	.probe = probe,
	.backend_changed = blk_front_backend_changed,
	.remove = remove,
	.suspend = suspend,
	.resume = resume,
};

/* ---- for tests and reports ------------------------------------------------------------------------ */

/* The one of that name that is alive, or NULL. */
static struct blk_front *front_find(const char *name)
{
	struct blk_front *found = NULL;

	mutex_lock(&fronts_lock);
	list_for_each(node, &fronts) {
		struct blk_front *front = list_entry(node, struct blk_front, link);

		if (!strcmp(front->disk->name, name) && front->phase != BLK_OVER) {
			found = front;
		}
	}
	mutex_unlock(&fronts_lock);
	return found;
}

int blk_front_reconnect(const char *name)
{
	struct blk_front *front = front_find(name);
	int err = -EBUSY;

	if (!front) {
		return -ENOENT;
	}
	mutex_lock(&front->lock);
	if (front->phase == BLK_CONNECTED && front->dev) {
		err = xenbus_switch_state(front->dev, XenbusStateClosing);
	}
	mutex_unlock(&front->lock);
	return err;
}

int blk_front_stats(const char *name, struct blk_front_stats *stats)
{
	struct blk_front *front = front_find(name);

	if (!front) {
		return -ENOENT;
	}
	mutex_lock(&front->lock);
	*stats = (struct blk_front_stats){ .rings = front->ring_count,
		.slots = front->ring_count ? front->rings[0].slot_count : 0,
		.segments = front->features.segments,
		.is_persistent = front->features.is_persistent,
		.is_trusted = front->features.is_trusted,
		.is_connected = front->phase == BLK_CONNECTED,
		.connections = front->connections };
	for (unsigned i = 0; i < front->ring_count; i++) {
		stats->sent += front->rings[i].sent;
		stats->notified += front->rings[i].notified;
	}
	mutex_unlock(&front->lock);
	return 0;
}

static void disk_report(struct blk_device *dev, void *arg)
{
	const struct blk_count *r = &dev->stats.ops[BLK_READ], *w = &dev->stats.ops[BLK_WRITE];
	struct blk_front_stats f;

	log_info(
		"%s: %lu reads, %lu merged, of %lu sectors; %lu writes, %lu merged, of %lu; %lu errors",
		dev->name, (unsigned long)r->requests, (unsigned long)r->merged,
		(unsigned long)r->sectors, (unsigned long)w->requests, (unsigned long)w->merged,
		(unsigned long)w->sectors, (unsigned long)dev->stats.errors);
	if (!blk_front_stats(dev->name, &f)) {
		log_info("%s: %u ring(s) of %u slots, %u segments, grants %s%s, %lu sent, "
			 "%lu notifications, %lu connection(s)",
			dev->name, f.rings, f.slots, f.segments,
			f.is_persistent ? "persistent" : "plain",
			f.is_trusted ? "" : ", not trusted", (unsigned long)f.sent,
			(unsigned long)f.notified, (unsigned long)f.connections);
	}
}

MONITOR_COMMAND(disks, "- what went to and from the disks")
{
	blk_device_for_each(disk_report, NULL);
	return 0;
}
