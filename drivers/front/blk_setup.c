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
#include "blk-front.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <xen/io/protocols.h>

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
void blk_front_disconnect(struct blk_front *front, bool replay)
{
	for (unsigned i = 0; i < front->ring_count; i++) {
		blk_ring_drain(&front->rings[i], replay);
	}
	rings_destroy(front);
	front->phase = BLK_WAITING;
}

/* ---- publishing ---------------------------------------------------------------------------- */

static int ring_publish(const struct blk_ring *ring, const char *dir)
{
	int err = 0;

	if (ring->page_count == 1) {
		err = xenstore_printf(XS_NONE, dir, "ring-ref", "%u", ring->refs[0].n);
	}
	for (unsigned i = 0; !err && ring->page_count > 1 && i < ring->page_count; i++) {
		char node[16];

		fmt_print(node, sizeof(node), "ring-ref%u", i);
		err = xenstore_printf(XS_NONE, dir, node, "%u", ring->refs[i].n);
	}
	return err ? err : xenstore_printf(XS_NONE, dir, "event-channel", "%u", ring->port);
}

/* With one queue its keys stand at the top, with several they must not. */
static int rings_publish(const struct blk_front *front, const char *path)
{
	char dir[XENBUS_PATH_MAX + 16];
	int err;

	if (front->ring_count == 1) {
		return ring_publish(&front->rings[0], path);
	}
	err = xenstore_printf(XS_NONE, path, "multi-queue-num-queues", "%u", front->ring_count);
	for (unsigned i = 0; !err && i < front->ring_count; i++) {
		fmt_print(dir, sizeof(dir), "%s/queue-%u", path, i);
		err = ring_publish(&front->rings[i], dir);
	}
	return err;
}

/* Nobody looks before our state says so: no transaction, whose every step is a trip to the store. */
static int publish(const struct blk_front *front)
{
	const char *path = front->dev->path;
	unsigned order = front->features.ring_order;
	int err = rings_publish(front, path);

	if (!err && order) {
		err = xenstore_printf(XS_NONE, path, "ring-page-order", "%u", order);
		err = err ? err
			  : xenstore_printf(XS_NONE, path, "num-ring-pages", "%u", 1u << order);
	}
	if (!err) {
		err = xenstore_write(XS_NONE, path, "protocol", XEN_IO_PROTO_ABI_NATIVE);
	}
	if (!err) {
		err = xenstore_printf(
			XS_NONE, path, "feature-persistent", "%u", front->features.is_persistent);
	}
	return err;
}

/* What an earlier connection said, and this one may not overwrite. */
static void forget_published(const struct blk_front *front)
{
	static const char *const nodes[] = { "multi-queue-num-queues", "ring-page-order",
		"num-ring-pages" };

	for (unsigned i = 0; front->connections && i < ARRAY_SIZE(nodes); i++) {
		(void)xenstore_rm(XS_NONE, front->dev->path, nodes[i]);
	}
}

/* The back-end waits for us. */
static void offer(struct blk_front *front)
{
	int err;

	front->backend_id = front->dev->backend_id;
	blk_features_read(front);
	forget_published(front);
	err = rings_create(front);
	err = err ? err : publish(front);
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
	uint64_t sectors;

	mutex_lock(&front->lock);
	/* A size that is not told now is not 0: what waits to be written behind the end would be lost. */
	if (front->phase == BLK_CONNECTED &&
		!blk_sectors_read(front, front->disk->limits.logical_size, &sectors)) {
		blk_sectors_set(front->disk, sectors);
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

	if (err && err != -ENOENT) {
		blk_front_disconnect(front, true);
		xenbus_fatal(
			front->dev, err, "the back-end's sizes make no sense, or cannot be read");
		return;
	}
	blk_features_settle(front);
	blk_limits_set(front->disk, &limits);
	front->phase = BLK_CONNECTED;
	front->connections++;
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
void blk_front_finish(struct blk_front *front)
{
	blk_front_disconnect(front, false);
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
	blk_front_finish(front);
	xenbus_switch_state(front->dev, XenbusStateClosed);
}

/* What ends a disk may sleep, which the event that finds a reason for it may not. */
static void break_thread(void *arg)
{
	struct blk_front *front = arg;

	mutex_lock(&front->lock);
	blk_front_finish(front);
	if (front->dev) {
		xenbus_switch_state(front->dev, XenbusStateClosing);
	}
	mutex_unlock(&front->lock);
}

int blk_front_breaker_make(struct blk_front *front)
{
	front->breaker = thread_create_stopped("blk-broken", break_thread, front);
	return front->breaker ? 0 : -ENOMEM;
}

void blk_front_breaker_discard(struct blk_front *front)
{
	struct thread *breaker = __atomic_exchange_n(&front->breaker, NULL, __ATOMIC_ACQUIRE);

	if (breaker) {
		thread_discard(breaker);
	}
}

void blk_front_break(struct blk_front *front, const char *why)
{
	struct thread *breaker;

	if (__atomic_exchange_n(&front->is_broken, true, __ATOMIC_RELAXED)) {
		return;
	}
	log_err("blk: %s: the back-end %s; the disk is disabled", front->disk->name, why);
	breaker = __atomic_exchange_n(&front->breaker, NULL, __ATOMIC_ACQUIRE);
	if (breaker) {
		thread_launch(breaker);
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
void blk_front_released(struct blk_device *disk)
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
		blk_front_disconnect(front, true);
	}
	xenbus_switch_state(front->dev, ours);
}

static void state_follow(struct blk_front *front, enum xenbus_state state)
{
	switch (state) {
	case XenbusStateInitWait:
		/*
		 * It started over while our state says that rings stand in the store, and connects to
		 * them while we would write new ones. By way of Closing it starts over once more, after us.
		 */
		if (front->phase != BLK_WAITING) {
			backend_lost(front, XenbusStateClosing);
		} else if (front->dev->state != XenbusStateClosing) {
			offer(front);
		}
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

void blk_front_backend_changed(struct xenbus_device *dev, enum xenbus_state state)
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
