/* xenbus_state.c - what a driver tells the other end and the toolstack: its state, its errors. */
#include <drivers/xen/xenbus.h>

#include <kernel/errno.h>
#include <kernel/log.h>
#include <stdarg.h>

static const char *const names[] = {
	[XenbusStateUnknown] = "Unknown",
	[XenbusStateInitialising] = "Initialising",
	[XenbusStateInitWait] = "InitWait",
	[XenbusStateInitialised] = "Initialised",
	[XenbusStateConnected] = "Connected",
	[XenbusStateClosing] = "Closing",
	[XenbusStateClosed] = "Closed",
	[XenbusStateReconfiguring] = "Reconfiguring",
	[XenbusStateReconfigured] = "Reconfigured",
};

const char *xenbus_state_name(unsigned state)
{
	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

struct state_write {
	const struct xenbus_device *dev;
	enum xenbus_state state;
};

/*
 * A device begins at Initialising. Where that stands and we have written another state, ours is gone, and what stands
 * there is for who probes it. What we wrote is looked at first: other threads write as well, but never Initialising.
 */
int xenbus_state_check(struct xs_tx tx, const struct xenbus_device *dev)
{
	enum xenbus_state written = READ_ONCE(dev->state);
	uint64_t now;
	int err = xenstore_read_number(tx, dev->path, "state", &now);

	if (!err && now == XenbusStateInitialising && written != XenbusStateInitialising &&
		written != XenbusStateUnknown) {
		err = -ENODEV;
	}
	return err;
}

/* Reading first: a directory that the toolstack has removed must not come back as our state alone. */
static int state_write(struct xs_tx tx, void *arg)
{
	const struct state_write *w = arg;
	int err = xenbus_state_check(tx, w->dev);

	return err ? err : xenstore_printf(tx, w->dev->path, "state", "%u", (unsigned)w->state);
}

int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state)
{
	struct state_write w = { .dev = dev, .state = state };
	int err;

	if (dev->state == state) {
		return 0;
	}
	err = xenstore_transaction(state_write, &w);
	if (err) {
		log_warn("xenbus: %s: cannot become %s: %s", dev->path, xenbus_state_name(state),
			errno_name(err));
		return err;
	}
	dev->state = state;
	xenbus_changed(dev->bus);
	return 0;
}

static void error_say(struct xenbus_device *dev, int err, const char *fmt, va_list args)
{
	char text[160], path[XENBUS_PATH_MAX + 8];

	fmt_vprint(text, sizeof(text), fmt, args);
	log_err("xenbus: %s: %s (%s)", dev->path, text, errno_name(err));
	fmt_print(path, sizeof(path), "error/%s", dev->path);
	err = xenstore_printf(XS_NONE, path, "error", "%d %s", err < 0 ? -err : err, text);
	if (err && err != -EIO) {
		log_warn("xenbus: %s: the error cannot be left in the store: %s", dev->path,
			errno_name(err));
	}
}

void xenbus_error(struct xenbus_device *dev, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error_say(dev, err, fmt, args);
	va_end(args);
}

void xenbus_fatal(struct xenbus_device *dev, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error_say(dev, err, fmt, args);
	va_end(args);
	dev->has_failed = true;
	xenbus_changed(dev->bus);
	xenbus_switch_state(dev, XenbusStateClosing);
}
