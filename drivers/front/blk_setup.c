/*
 * blk_setup.c - the block front-end's connection: xenbus states, publishing rings, reconnecting.
 *
 *   front-end                                   back-end
 *   BLK_WAITING    Initialising  (1) <--------  InitWait  (2)   its features stand in the store
 *   BLK_OFFERED    Initialised   (3) -------->                  rings, ports, protocol
 *                                    <--------  Connected (4)   sectors, info, sizes
 *   BLK_CONNECTED  Connected     (4)
 *
 * The back-end closing, vanishing or starting over ends the connection, not the disk: what is
 * out goes back to its queue and waits for the next connection. Only "online" at 0, the removal
 * of the device, or a broken protocol end the disk. A disk that is open is not closed: the
 * toolstack's wish is remembered until the last who has it open lets go.
 *
 * Everything here runs in the thread "xenwatch", but for what begins in a thread of ours (a broken
 * device, the last close) and takes the same lock.
 *
 * Invariant:
 *   C1  `phase` is BLK_CONNECTED exactly while the rings are up.
 */
#include <drivers/front/blk.h>
#include "blk-front.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <xen/io/protocols.h>

/* Linux's numbers for Xen's virtual disks, by which vdev is encoded (public io/blkif.h, "virtual-device"). */
#define XVD_MAJOR     202u
#define VDEV_EXTENDED (1u << 28)

static struct mutex fronts_lock = MUTEX_INIT(fronts_lock, "block fronts");
static struct list fronts = LIST_INIT(fronts); /* all that ever were */
static uint64_t connections;

/* ---- rings -------------------------------------------------------------------------------- */

static void rings_destroy(struct blk_front *front)
{
	for (unsigned i = 0; i < front->ring_count; i++) {
		blk_ring_destroy(&front->rings[i]);
	}
	WRITE_ONCE(front->ring_count, 0);
}

static int rings_create(struct blk_front *front)
{
	int err = 0;

	for (unsigned i = 0; !err && i < front->features.queues; i++) {
		err = blk_ring_create(&front->rings[i]);
		WRITE_ONCE(front->ring_count, i + 1);
	}
	return err;
}

/* C1: end the connection. */
static void disconnect(struct blk_front *front, bool replay)
{
	for (unsigned i = 0; i < front->ring_count; i++) {
		blk_ring_drain(&front->rings[i], replay);
	}
	rings_destroy(front);
	front->phase = BLK_WAITING;
}

/* ---- publishing ---------------------------------------------------------------------------- */

static int ring_publish(struct xs_tx tx, const struct blk_ring *ring, const char *dir)
{
	int err = 0;

	if (ring->page_count == 1) {
		err = xenstore_printf(tx, dir, "ring-ref", "%u", ring->refs[0].n);
	}
	for (unsigned i = 0; !err && ring->page_count > 1 && i < ring->page_count; i++) {
		char node[16];

		fmt_print(node, sizeof(node), "ring-ref%u", i);
		err = xenstore_printf(tx, dir, node, "%u", ring->refs[i].n);
	}
	return err ? err : xenstore_printf(tx, dir, "event-channel", "%u", ring->port);
}

/* With one queue its keys stand at the top, with several they must not. */
static int rings_publish(struct xs_tx tx, const struct blk_front *front, const char *path)
{
	char dir[XENBUS_PATH_MAX + 16];
	int err;

	if (front->ring_count == 1) {
		return ring_publish(tx, &front->rings[0], path);
	}
	err = xenstore_printf(tx, path, "multi-queue-num-queues", "%u", front->ring_count);
	for (unsigned i = 0; !err && i < front->ring_count; i++) {
		fmt_print(dir, sizeof(dir), "%s/queue-%u", path, i);
		err = ring_publish(tx, &front->rings[i], dir);
	}
	return err;
}

static int publish(struct xs_tx tx, void *arg)
{
	const struct blk_front *front = arg;
	const char *path = front->dev->path;
	unsigned order = front->features.ring_order;
	int err = rings_publish(tx, front, path);

	if (!err && order) {
		err = xenstore_printf(tx, path, "ring-page-order", "%u", order);
		err = err ? err : xenstore_printf(tx, path, "num-ring-pages", "%u", 1u << order);
	}
	if (!err) {
		err = xenstore_write(tx, path, "protocol", XEN_IO_PROTO_ABI_NATIVE);
	}
	if (!err) {
		err = xenstore_printf(
			tx, path, "feature-persistent", "%u", front->features.is_persistent);
	}
	return err;
}

/* The back-end waits for us. */
static void offer(struct blk_front *front)
{
	int err;

	front->backend_id = front->dev->backend_id;
	blk_features_read(front);
	err = rings_create(front);
	err = err ? err : xenstore_transaction(publish, front);
	if (err) {
		rings_destroy(front);
		xenbus_fatal(front->dev, err, "no rings");
		return;
	}
	front->phase = BLK_OFFERED;
	xenbus_switch_state(front->dev, XenbusStateInitialised);
}

/* ---- connecting ---------------------------------------------------------------------------- */

static void sectors_fire(struct xs_watch *watch, const char *changed)
{
	struct blk_front *front = watch->arg;
	struct blk_limits limits;

	mutex_lock(&front->lock);
	if (front->phase == BLK_CONNECTED && !blk_limits_read(front, &limits) &&
		limits.sectors != front->disk->limits.sectors) {
		blk_limits_set(front->disk, &limits);
	}
	mutex_unlock(&front->lock);
}

/* A disk that grows or shrinks is announced by its number of sectors alone. */
static void sectors_watch(struct blk_front *front)
{
	fmt_print(front->sectors_path, sizeof(front->sectors_path), "%s/sectors",
		front->dev->backend);
	front->sectors_watch = (struct xs_watch){
		.path = front->sectors_path, .fire = sectors_fire, .arg = front
	};
	front->is_watching = !xenstore_watch(&front->sectors_watch);
}

static void rings_up(struct blk_front *front)
{
	for (unsigned i = 0; i < front->ring_count; i++) {
		struct blk_ring *ring = &front->rings[i];
		irq_state_t irq = spin_lock_irqsave(&ring->lock);

		ring->is_up = true;
		spin_unlock_irqrestore(&ring->lock, irq);
		evtchn_unmask(ring->port);
		blk_ring_pump(ring);
	}
}

static void connect(struct blk_front *front)
{
	struct blk_limits limits;
	int err = blk_limits_read(front, &limits);

	if (err) {
		disconnect(front, true);
		xenbus_fatal(front->dev, err, "the back-end's sizes make no sense");
		return;
	}
	blk_limits_set(front->disk, &limits);
	front->phase = BLK_CONNECTED;
	connections++;
	rings_up(front);
	if (!front->is_registered) {
		err = blk_device_register(front->disk);
		front->is_registered = !err;
		if (err) {
			xenbus_error(front->dev, err, "no node for it");
		}
	} else {
		log_info("blk: %s: connected again", front->disk->name);
	}
	xenbus_switch_state(front->dev, XenbusStateConnected);
	if (!front->is_watching) {
		sectors_watch(front);
	}
}

/* ---- the end --------------------------------------------------------------------------------- */

/* The disk goes: front->lock held. */
static void finish(struct blk_front *front)
{
	disconnect(front, false);
	front->phase = BLK_OVER;
	if (front->is_registered) {
		front->is_registered = false;
		blk_device_unregister(front->disk);
	}
}

static void close_wanted(struct blk_front *front)
{
	front->wants_close = true;
	if (READ_ONCE(front->disk->opens)) {
		xenbus_error(front->dev, -EBUSY, "in use; closed when it no longer is");
		return;
	}
	finish(front);
	xenbus_switch_state(front->dev, XenbusStateClosed);
}

static void break_thread(void *arg)
{
	struct blk_front *front = arg;

	mutex_lock(&front->lock);
	finish(front);
	if (front->dev) {
		xenbus_switch_state(front->dev, XenbusStateClosing);
	}
	mutex_unlock(&front->lock);
}

void blk_front_break(struct blk_front *front, const char *why)
{
	if (__atomic_exchange_n(&front->is_broken, true, __ATOMIC_RELAXED)) {
		return;
	}
	log_err("blk: %s: the back-end %s; the disk is disabled", front->disk->name, why);
	if (thread_create(NULL, "blk-broken", break_thread, front)) {
		log_err("blk: %s: no thread to close it: requests stay unanswered",
			front->disk->name);
	}
}

static void release_thread(void *arg)
{
	struct blk_front *front = arg;

	mutex_lock(&front->lock);
	if (front->wants_close && front->dev && front->phase != BLK_OVER) {
		close_wanted(front);
	}
	mutex_unlock(&front->lock);
}

/* The last user may be closing in the middle of anything: the rest is for another thread. */
static void released(struct blk_device *disk)
{
	struct blk_front *front = disk->private;

	if (READ_ONCE(front->wants_close)) {
		(void)!thread_create(NULL, "blk-close", release_thread, front);
	}
}

/* ---- what the back-end says -------------------------------------------------------------------- */

static bool is_online(const struct blk_front *front)
{
	return xenstore_read_number_or(XS_NONE, front->dev->backend, "online", 0) == 1;
}

/* It is going, or gone, and may come back. */
static void backend_lost(struct blk_front *front, enum xenbus_state ours)
{
	if (front->phase != BLK_WAITING) {
		log_warn("blk: %s: the back-end went away; waiting for it", front->disk->name);
		disconnect(front, true);
	}
	xenbus_switch_state(front->dev, ours);
}

static void state_follow(struct blk_front *front, enum xenbus_state state)
{
	switch (state) {
	case XenbusStateInitWait:
		if (front->phase != BLK_WAITING) {
			backend_lost(front, XenbusStateInitialising);
		}
		offer(front);
		break;
	case XenbusStateConnected:
		if (front->phase == BLK_OFFERED) {
			connect(front);
		}
		break;
	case XenbusStateClosing:
		if (is_online(front)) {
			backend_lost(front, XenbusStateClosed);
		} else {
			close_wanted(front);
		}
		break;
	case XenbusStateClosed:
		if (is_online(front)) {
			backend_lost(front, XenbusStateInitialising);
		} else if (front->dev->state != XenbusStateClosed) {
			close_wanted(front);
		}
		break;
	case XenbusStateUnknown:
		backend_lost(front, XenbusStateInitialising);
		break;
	default:
		break;
	}
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct blk_front *front = dev->priv;

	mutex_lock(&front->lock);
	if (front->phase != BLK_OVER && !READ_ONCE(front->is_broken)) {
		state_follow(front, state);
	} else if (state == XenbusStateClosing || state == XenbusStateClosed) {
		xenbus_switch_state(dev, XenbusStateClosed);
	}
	mutex_unlock(&front->lock);
}

/* ---- life --------------------------------------------------------------------------------------- */

static const struct blk_device_ops disk_ops = { .start = blk_front_start, .released = released };

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

	if (!front || !disk) {
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
	return xenbus_switch_state(dev, XenbusStateInitialising);
}

/* Files may still be open and threads of ours under way: the disk's memory stays (K4 of kernel/blk.h). */
static void remove(struct xenbus_device *dev)
{
	struct blk_front *front = dev->priv;

	if (!front) {
		return;
	}
	if (front->is_watching) {
		xenstore_unwatch(&front->sectors_watch);
		front->is_watching = false;
	}
	mutex_lock(&front->lock);
	finish(front);
	front->dev = NULL;
	mutex_unlock(&front->lock);
}

/* Nothing of Xen's outlives a suspension: what is out is sent again after it. */
static void suspend(struct xenbus_device *dev)
{
	struct blk_front *front = dev->priv;

	mutex_lock(&front->lock);
	disconnect(front, true);
	mutex_unlock(&front->lock);
}

static void resume(struct xenbus_device *dev)
{
	struct blk_front *front = dev->priv;

	mutex_lock(&front->lock);
	dev->state = XenbusStateUnknown;
	xenbus_switch_state(dev, XenbusStateInitialising);
	mutex_unlock(&front->lock);
}

const struct xenbus_driver blk_front_driver = {
	.class = "vbd",
	.probe = probe,
	.backend_changed = backend_changed,
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
		.connections = connections };
	for (unsigned i = 0; i < front->ring_count; i++) {
		stats->sent += front->rings[i].sent;
		stats->notified += front->rings[i].notified;
	}
	mutex_unlock(&front->lock);
	return 0;
}
