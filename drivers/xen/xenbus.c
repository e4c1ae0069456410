/*
 * xenbus.c - the bus: finding devices, matching drivers, following back-ends.
 *
 * One watch covers the bus's root; its events name the path that changed, which
 * tells whether a device may have come or gone. One watch per driven device
 * covers the back-end's state.
 *
 * Invariants:
 *   U1  `devices` is changed by the thread "xenwatch" only (xenbus_stop() first
 *       gives up the watches), under `bus_lock`; that thread reads it without.
 *   U2  A device is watched exactly between a probe that succeeded and its removal.
 */
#include <drivers/xen/xenbus.h>

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define BOOT_WAIT   (10 * NSEC_PER_SEC)
#define STATE_TRIES 3u

struct xenbus xenbus_main = { .root = "device", .drivers = xenbus_front_drivers };

static struct mutex bus_lock = MUTEX_INIT(bus_lock, "xenbus");

/* ---- back-ends -------------------------------------------------------- */

/* A store that does not answer says nothing of the back-end: asked again, then it is taken to be as it was. */
static enum xenbus_state backend_state_read(const struct xenbus_device *dev)
{
	uint64_t state;
	int err = -ETIMEDOUT;

	for (unsigned i = 0; err == -ETIMEDOUT && i < STATE_TRIES; i++) {
		err = xenstore_read_number(XS_NONE, dev->backend, "state", &state);
	}
	if (!err && state <= XenbusStateReconfigured) {
		return (enum xenbus_state)state;
	}
	if (err == -ETIMEDOUT || err == -EIO || err == -ENOMEM) {
		log_warn("xenbus: %s: the back-end's state cannot be read: %s", dev->path,
			errno_name(err));
		return dev->backend_state;
	}
	/* Once, not for each nonsense that follows. What we may not read is not there for us. */
	if (err != -ENOENT && err != -EACCES &&
		(!dev->seen_backend || dev->backend_state != XenbusStateUnknown)) {
		log_warn("xenbus: %s: the back-end's state cannot be understood: %s", dev->path,
			err ? errno_name(err) : "no such state");
	}
	return XenbusStateUnknown;
}

static void backend_fire(struct xs_watch *watch, const char *changed)
{
	struct xenbus_device *dev = watch->arg;
	enum xenbus_state state = backend_state_read(dev);

	if (state == dev->backend_state && dev->seen_backend) {
		return;
	}
	dev->seen_backend = true;
	dev->backend_state = state;
	log_debug("xenbus: %s: back-end %s", dev->path, xenbus_state_name(state));
	dev->driver->backend_changed(dev, state);
}

static int backend_watch(struct xenbus_device *dev)
{
	int err;

	fmt_print(dev->watch_path, sizeof(dev->watch_path), "%s/state", dev->backend);
	dev->backend_watch = (struct xs_watch){
		.path = dev->watch_path,
		.fire = backend_fire,
		.arg = dev,
	};
	err = xenstore_watch(&dev->backend_watch);
	dev->is_watched = !err; /* U2 */
	return err;
}

/* "backend" and "backend-id", which the toolstack writes together. 0, -ENOENT when not yet there. */
static int backend_read(const struct xenbus_device *dev, char *backend, domid_t *id)
{
	uint64_t number;
	int err = xenstore_read_text(XS_NONE, dev->path, "backend", backend, XENBUS_PATH_MAX);

	err = err ? err : xenstore_read_number(XS_NONE, dev->path, "backend-id", &number);
	if (err) {
		return err;
	}
	if (!xs_wire_is_path(backend) || backend[0] != '/' || number >= DOMID_FIRST_RESERVED) {
		return -EPROTO;
	}
	*id = (domid_t)number;
	return 0;
}

/* ---- devices ---------------------------------------------------------- */

static struct xenbus_device *device_find(struct xenbus *bus, const char *class, const char *id)
{
	list_for_each(pos, &bus->devices) {
		struct xenbus_device *dev = list_entry(pos, struct xenbus_device, link);

		if (!strcmp(dev->class, class) && !strcmp(dev->id, id)) {
			return dev;
		}
	}
	return NULL;
}

static const struct xenbus_driver *driver_find(const struct xenbus *bus, const char *class)
{
	for (unsigned i = 0; bus->drivers[i]; i++) {
		if (!strcmp(bus->drivers[i]->class, class)) {
			return bus->drivers[i];
		}
	}
	return NULL;
}

static struct xenbus_device *device_new(struct xenbus *bus, const char *class, const char *id)
{
	size_t class_size = strlen(class) + 1, id_size = strlen(id) + 1;
	struct xenbus_device *dev;

	if (strlen(bus->root) + class_size + id_size + 1 > XENBUS_PATH_MAX) {
		log_warn("xenbus: %s/%s/%s: too long a name", bus->root, class, id);
		return NULL;
	}
	dev = heap_alloc(sizeof(*dev));
	if (!dev) {
		log_warn("xenbus: no memory for %s/%s", class, id);
		return NULL;
	}
	dev->bus = bus;
	dev->driver = driver_find(bus, class);
	dev->class = memcpy(dev->names, class, class_size);
	dev->id = memcpy(dev->names + class_size, id, id_size);
	fmt_print(dev->path, sizeof(dev->path), "%s/%s/%s", bus->root, class, id);
	return dev;
}

static void device_fail(struct xenbus_device *dev, int err)
{
	dev->has_failed = true;
	xenbus_error(dev, err, "not started");
	dev->driver->remove(dev);
	dev->priv = NULL;
}

static void device_start(struct xenbus_device *dev)
{
	int err = dev->driver->probe(dev);

	err = err ? err : backend_watch(dev);
	if (err) {
		device_fail(dev, err);
	}
}

/* Undo device_start(). */
static void device_stop(struct xenbus_device *dev)
{
	if (!dev->is_watched) {
		return;
	}
	xenstore_unwatch(&dev->backend_watch);
	dev->is_watched = false;
	dev->driver->remove(dev);
	dev->priv = NULL;
}

static void device_add(struct xenbus *bus, const char *class, const char *id)
{
	struct xenbus_device *dev = device_new(bus, class, id);
	int err;

	if (!dev) {
		return;
	}
	err = backend_read(dev, dev->backend, &dev->backend_id);
	if (err) {
		/* Not complete yet: writing the rest will bring us here again. */
		if (err != -ENOENT) {
			log_warn("xenbus: %s: no usable back-end: %s", dev->path, errno_name(err));
		}
		heap_free(dev);
		return;
	}
	dev->seen = bus->scans;
	mutex_lock(&bus_lock);
	list_push_back(&bus->devices, &dev->link); /* U1 */
	mutex_unlock(&bus_lock);
	if (dev->driver) {
		device_start(dev);
	} else {
		log_info("xenbus: %s: no driver", dev->path);
	}
}

static void device_remove(struct xenbus_device *dev)
{
	log_info("xenbus: %s: gone", dev->path);
	device_stop(dev);
	mutex_lock(&bus_lock);
	list_remove(&dev->link); /* U1 */
	mutex_unlock(&bus_lock);
	heap_free(dev);
}

/* The device is there: take it in, follow it to another back-end, or find that it is not the one we know. */
static void device_consider(struct xenbus *bus, const char *class, const char *id)
{
	struct xenbus_device *dev = device_find(bus, class, id);
	char backend[XENBUS_PATH_MAX];
	domid_t backend_id;

	if (dev && backend_read(dev, backend, &backend_id)) {
		dev->seen = bus->scans; /* still there, though being changed */
		return;
	}
	if (dev && (strcmp(backend, dev->backend) || backend_id != dev->backend_id)) {
		log_info("xenbus: %s: now at %s", dev->path, backend);
		device_remove(dev);
		dev = NULL;
	}
	if (dev && xenbus_state_check(XS_NONE, dev) == -ENODEV) {
		log_info("xenbus: %s: another one", dev->path);
		device_remove(dev);
		dev = NULL;
	}
	if (dev) {
		dev->seen = bus->scans;
	} else {
		device_add(bus, class, id);
	}
}

/* ---- scanning --------------------------------------------------------- */

static void class_scan(struct xenbus *bus, const char *class)
{
	struct xs_list ids;
	size_t offset = 0;
	const char *id;

	if (xenstore_list(XS_NONE, bus->root, class, &ids)) {
		return;
	}
	while ((id = xs_wire_next(ids.names, ids.len, &offset))) {
		device_consider(bus, class, id);
	}
	heap_free(ids.names);
}

static int classes_scan(struct xenbus *bus)
{
	struct xs_list classes;
	size_t offset = 0;
	const char *class;
	int err = xenstore_list(XS_NONE, bus->root, NULL, &classes);

	if (err) {
		return err == -ENOENT ? 0 : err; /* no devices at all */
	}
	while ((class = xs_wire_next(classes.names, classes.len, &offset))) {
		class_scan(bus, class);
	}
	heap_free(classes.names);
	return 0;
}

static void scan(struct xenbus *bus)
{
	int err;

	bus->scans++;
	err = classes_scan(bus);
	if (err) {
		log_warn("xenbus: %s cannot be read: %s", bus->root, errno_name(err));
		return;
	}
	list_for_each_safe(pos, &bus->devices) {
		struct xenbus_device *dev = list_entry(pos, struct xenbus_device, link);

		if (dev->seen != bus->scans) {
			device_remove(dev);
		}
	}
}

/*
 * Below a known device only its back-end's name matters to the bus; the rest,
 * much of it our own writing, does not.
 */
static bool is_of_interest(struct xenbus *bus, const char *changed)
{
	size_t root_len = strlen(bus->root);

	list_for_each(pos, &bus->devices) {
		struct xenbus_device *dev = list_entry(pos, struct xenbus_device, link);
		size_t len = strlen(dev->path);

		if (!strncmp(changed, dev->path, len) && changed[len] == '/') {
			return !strncmp(changed + len + 1, "backend", 7);
		}
	}
	return !strncmp(changed, bus->root, root_len);
}

static void bus_fire(struct xs_watch *watch, const char *changed)
{
	struct xenbus *bus = watch->arg;

	if (!bus->is_scanned || is_of_interest(bus, changed)) {
		scan(bus);
		WRITE_ONCE(bus->is_scanned, true);
		xenbus_changed(bus);
	}
}

int xenbus_start(struct xenbus *bus)
{
	list_init(&bus->devices);
	bus->scans = 0;
	bus->is_scanned = false;
	wait_queue_init(&bus->changed);
	bus->watch = (struct xs_watch){ .path = bus->root, .fire = bus_fire, .arg = bus };
	return xenstore_watch(&bus->watch);
}

void xenbus_stop(struct xenbus *bus)
{
	xenstore_unwatch(&bus->watch);
	list_for_each_safe(pos, &bus->devices) {
		device_remove(list_entry(pos, struct xenbus_device, link));
	}
}

/* ---- after a restore ---------------------------------------------------- */

void xenbus_suspend(struct xenbus *bus)
{
	list_for_each(pos, &bus->devices) {
		struct xenbus_device *dev = list_entry(pos, struct xenbus_device, link);

		if (dev->is_watched && dev->driver->suspend) {
			dev->driver->suspend(dev);
		}
	}
}

/* The same device, with another back-end: it is not removed and found again. */
static void device_resume(struct xenbus_device *dev)
{
	int err = backend_read(dev, dev->backend, &dev->backend_id);

	if (err) {
		/* If it is not in this domain, the scan that is to come removes it. */
		log_warn("xenbus: %s: no back-end after a restore: %s", dev->path, errno_name(err));
		return;
	}
	xenstore_unwatch(&dev->backend_watch);
	dev->is_watched = false;
	dev->seen_backend = false;
	if (dev->driver->resume) {
		dev->driver->resume(dev);
	}
	err = backend_watch(dev);
	if (err) {
		device_fail(dev, err); /* U2 */
	}
}

void xenbus_resume(struct xenbus *bus)
{
	list_for_each(pos, &bus->devices) {
		struct xenbus_device *dev = list_entry(pos, struct xenbus_device, link);

		if (dev->is_watched) {
			device_resume(dev);
		}
	}
}

/* ---- waiting and reporting -------------------------------------------- */

static bool device_is_settled(const struct xenbus_device *dev)
{
	return !dev->driver || dev->driver->may_be_late || dev->has_failed ||
		dev->state == XenbusStateConnected || dev->state == XenbusStateClosed;
}

static bool bus_is_settled(struct xenbus *bus)
{
	bool is_settled = READ_ONCE(bus->is_scanned);

	mutex_lock(&bus_lock);
	list_for_each(pos, &bus->devices) {
		is_settled &= device_is_settled(list_entry(pos, struct xenbus_device, link));
	}
	mutex_unlock(&bus_lock);
	return is_settled;
}

void xenbus_changed(struct xenbus *bus)
{
	__atomic_add_fetch(&bus->changes, 1, __ATOMIC_SEQ_CST);
	wait_wake_all(&bus->changed);
}

bool xenbus_wait_settled(struct xenbus *bus, nsec_t deadline)
{
	for (;;) {
		unsigned seen = __atomic_load_n(&bus->changes, __ATOMIC_SEQ_CST);

		if (bus_is_settled(bus)) {
			return true;
		}
		if (!wait_until(&bus->changed, READ_ONCE(bus->changes) != seen, deadline)) {
			return false;
		}
	}
}

void xenbus_report(struct xenbus *bus)
{
	mutex_lock(&bus_lock);
	list_for_each(pos, &bus->devices) {
		const struct xenbus_device *dev = list_entry(pos, struct xenbus_device, link);

		log_info("xenbus: %s: %s, back-end %s at %s%s", dev->path,
			dev->driver ? xenbus_state_name(dev->state) : "no driver",
			xenbus_state_name(dev->backend_state), dev->backend,
			dev->has_failed ? ", failed" : "");
	}
	mutex_unlock(&bus_lock);
}

void xenbus_init(void)
{
	int err;

	if (!xenstore_is_up()) {
		return;
	}
	err = xenbus_start(&xenbus_main);
	if (err) {
		log_warn("xenbus: no devices: %s", errno_name(err));
	} else if (!xenbus_wait_settled(&xenbus_main, clock_now() + BOOT_WAIT)) {
		log_warn("xenbus: going on without some devices:");
		xenbus_report(&xenbus_main);
	}
}
