/*
 * drivers/xen/xenbus.h - the bus in xenstore: devices, their drivers, and the states of both ends.
 *
 * A device is a directory ROOT/CLASS/ID in our part of the store, which names a
 * directory of the back-end's. Each end tells the other where it is through its
 * own "state" node, 0 to 8 (public io/xenbus.h); what a driver does is a function of
 * the back-end's state, and states may be skipped.
 *
 * Drivers are found in a table. Everything the bus and its drivers do happens in
 * the thread "xenwatch", one call at a time, so drivers need no locks against
 * the bus, and may sleep there for a bounded time.
 *
 * Life of a device: probe once; then backend_changed for the state as it is and
 * each change; remove when the device left the store, when it names another
 * back-end or left and came again before anybody looked (a probe follows), or when
 * probing failed half way (priv is then what probe left there).
 */
#ifndef DRIVERS_XEN_XENBUS_H
#define DRIVERS_XEN_XENBUS_H

#include <drivers/xen/xenstore.h>
#include <kernel/thread.h>
#include <xen/xen.h>
#include <xen/io/xenbus.h>

#define XENBUS_PATH_MAX 128u

struct xenbus_device;

struct xenbus_driver {
	const char *class; /* "vbd", "vif" */
	bool may_be_late;  /* nothing waits for these devices: not xenbus_wait_settled() */
	/* Allocate and publish what the back-end shall see. 0, or why not: the device is then reported and left alone. */
	int (*probe)(struct xenbus_device *dev);
	/* `state`: what the back-end says; XenbusStateUnknown when its directory is gone or says nonsense. */
	void (*backend_changed)(struct xenbus_device *dev, enum xenbus_state state);
	/* Let everything go; the other end may be gone already. */
	void (*remove)(struct xenbus_device *dev);
	/*
	 * After the domain was restored: first let go of the connection, which no longer is one, then, with the back-end
	 * that dev names now, begin anew. May be NULL.
	 */
	void (*suspend)(struct xenbus_device *dev);
	void (*resume)(struct xenbus_device *dev);
};

struct xenbus_device {
	const struct xenbus_driver *driver; /* NULL: none */
	void *priv;			    /* the driver's */
	char path[XENBUS_PATH_MAX];	    /* "device/vif/0" */
	const char *class, *id;		    /* within `names` */
	char backend[XENBUS_PATH_MAX];	    /* absolute */
	domid_t backend_id;
	enum xenbus_state state;	 /* ours, as last written */
	enum xenbus_state backend_state; /* as last seen */

	/* the bus's */
	struct xenbus *bus;
	struct list link;
	char names[XENBUS_PATH_MAX];
	char watch_path[XENBUS_PATH_MAX + 8];
	struct xs_watch backend_watch;
	bool is_watched;
	bool seen_backend; /* backend_state is what was read */
	bool has_failed;
	unsigned seen; /* scan */
};

struct xenbus {
	const char *root;			    /* "device" */
	const struct xenbus_driver *const *drivers; /* NULL at the end */

	/* the bus's */
	struct list devices;
	struct xs_watch watch;
	unsigned scans;
	bool is_scanned;  /* at least once, to its end */
	unsigned changes; /* of what xenbus_wait_settled() looks at; atomic */
	struct wait_queue changed;
};

/*
 * Whether the store still says of this device what we wrote. 0; -ENODEV: it was made anew, as the toolstack makes a
 * device; or the store's error, -ENOENT where there is none. Sleeps.
 */
int xenbus_state_check(struct xs_tx tx, const struct xenbus_device *dev) __must_check;

/*
 * Write our state, if it changed and the device still is there and the same. A failure is
 * logged and returned; a driver need not look.
 */
int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state);

/* Log an error of this device, and leave it in the store for the toolstack (error/PATH/error). */
void xenbus_error(struct xenbus_device *dev, int err, const char *fmt, ...) __printf(3, 4);

/* As xenbus_error(), and close our end: the device is disabled until it is plugged anew. */
void xenbus_fatal(struct xenbus_device *dev, int err, const char *fmt, ...) __printf(3, 4);

/* "Connected" for 4; "?" for a number that is none. */
const char *xenbus_state_name(unsigned state);

/* Watch the bus: devices that are there and those that come are probed, in the thread "xenwatch". 0, or the store's error. */
int xenbus_start(struct xenbus *bus) __must_check;

/* Remove every device and forget the bus. Not from a driver. */
void xenbus_stop(struct xenbus *bus);

/* The bus's: a device's state, or what there is of devices, is another now. */
void xenbus_changed(struct xenbus *bus);

/* Sleep until every device that has a driver is connected, closed or failed, or `deadline`: then false. */
bool xenbus_wait_settled(struct xenbus *bus, nsec_t deadline);

/* After a restore, in the thread "xenwatch": all devices' connections end; and, watches being there again, begin anew. */
void xenbus_suspend(struct xenbus *bus);
void xenbus_resume(struct xenbus *bus);

/* Log each device and its states. */
void xenbus_report(struct xenbus *bus);

/* The machine's bus and its table of drivers (drivers/front/table.c). */
extern struct xenbus xenbus_main;
extern const struct xenbus_driver *const xenbus_front_drivers[];

/* Boot: start the machine's bus and wait, not for long, until its devices work. */
void xenbus_init(void);

#endif
