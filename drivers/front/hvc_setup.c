/*
 * hvc_setup.c - the connection of consoles beyond the first (device/console/N, xl's channels): /dev/hvcN.
 *
 *   front-end                     back-end
 *   Initialised (3) -------->               ring-ref, port; /dev/hvcN is there
 *                   <--------  Connected (4)
 *   Connected   (4)
 *
 * Like Linux's, it does not wait for the back-end to begin: what is written meanwhile stays in the ring. A back-end that
 * closes or vanishes hangs the terminal up; one that comes back finds another terminal of that name. After a restore
 * the same terminal goes on, and so does what was in its ring.
 *
 * Everything here runs in the thread "xenwatch", but for hvc_break(), which has it called there.
 *
 * Invariant:
 *   H3  `ring`, `tty` and the grant are there together, the port as well but while the domain is restored.
 */
#include "hvc-front.h"

#include <drivers/front/hvc.h>
#include <drivers/xen/xenbus.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <linux/stat.h>
#include "console-ring.h"

#define NUMBER_MAX 255u /* one byte of the device's number */

static struct list hvcs = LIST_INIT(hvcs);

static struct page *page_behind(const struct hvc *hvc)
{
	return page_of(virt_to_pfn(hvc->ring));
}

/* ---- connecting ---------------------------------------------------------------- */

/* Port and grant, for the ring that there is. */
static int channel_open(struct hvc *hvc)
{
	struct evtchn_handler handler = { .handle = hvc_event, .arg = hvc, .name = "hvc" };
	domid_t backend = hvc->dev->backend_id;
	int port = evtchn_alloc_unbound(backend, handler), err;

	if (port < 0) {
		return port;
	}
	err = grant_access(backend, page_pfn(page_behind(hvc)), false, &hvc->ref);
	if (err) {
		evtchn_close((evtchn_port_t)port);
		return err;
	}
	WRITE_ONCE(hvc->port, (evtchn_port_t)port);
	return 0;
}

static void channel_close(struct hvc *hvc, struct page *freed)
{
	evtchn_close(hvc->port);
	WRITE_ONCE(hvc->port, 0);
	grant_end(hvc->ref, freed);
}

/* The page is free when the other side has let it go. */
static void ring_give_up(struct hvc *hvc)
{
	struct page *page = page_behind(hvc);

	if (hvc->port) {
		channel_close(hvc, page);
	} else {
		page_free(page, 0);
	}
	hvc->ring = NULL;
}

static int publish(struct hvc *hvc)
{
	const char *path = hvc->dev->path;
	int err = xenstore_printf(XS_NONE, path, "ring-ref", "%u", hvc->ref.n);

	err = err ? err : xenstore_printf(XS_NONE, path, "port", "%u", hvc->port);
	if (!err) {
		evtchn_unmask(hvc->port);
		err = xenbus_switch_state(hvc->dev, XenbusStateInitialised);
	}
	return err;
}

/* H3, undone. */
static void finish(struct hvc *hvc)
{
	if (hvc->ring) {
		tty_port_remove(hvc->tty);
		ring_give_up(hvc);
		hvc->is_connected = false;
	}
}

static int terminal_add(struct hvc *hvc)
{
	char name[8];

	fmt_print(name, sizeof(name), "hvc%u", hvc->number);
	return tty_port_add(
		name, device_number(CONSOLE_MAJOR, hvc->number), &hvc_ops, hvc, &hvc->tty);
}

/* H3 */
static int offer(struct hvc *hvc)
{
	void *ring = page_alloc_zeroed();
	int err;

	if (!ring) {
		return -ENOMEM;
	}
	hvc_ring_init(hvc, ring);
	err = channel_open(hvc);
	if (!err) {
		err = terminal_add(hvc);
	}
	if (err) {
		ring_give_up(hvc);
		return err;
	}
	return publish(hvc);
}

/* ---- its life ------------------------------------------------------------------ */

static int probe(struct xenbus_device *dev)
{
	struct hvc *hvc;
	uint64_t number;
	char name[64];
	int err = xs_wire_number(dev->id, strlen(dev->id), &number);

	if (err || number == 0 || number > NUMBER_MAX) {
		return -EINVAL;
	}
	hvc = heap_alloc(sizeof(*hvc));
	if (!hvc) {
		return -ENOMEM;
	}
	hvc->dev = dev;
	hvc->number = (unsigned)number;
	dev->priv = hvc;
	list_push_back(&hvcs, &hvc->link);
	err = offer(hvc);
	if (!err && !xenstore_read_text(XS_NONE, dev->path, "name", name, sizeof(name))) {
		log_info("console: hvc%u: \"%s\"", hvc->number, name);
	}
	return err;
}

static void remove(struct xenbus_device *dev)
{
	struct hvc *hvc = dev->priv;

	if (hvc) {
		finish(hvc);
		list_remove(&hvc->link);
		heap_free(hvc);
	}
}

/* Another ring, for whoever is there now. */
static void begin_anew(struct hvc *hvc)
{
	int err = offer(hvc);

	if (err) {
		finish(hvc);
		xenbus_fatal(hvc->dev, err, "no console");
	}
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct hvc *hvc = dev->priv;

	switch (state) {
	case XenbusStateInitialising:
	case XenbusStateInitWait:
		if (hvc->is_connected) {
			/* It started over, and may take the ring of before: by way of Closing it does so after us. */
			finish(hvc);
			xenbus_switch_state(dev, XenbusStateClosing);
		} else if (!hvc->ring && !hvc->is_broken) {
			begin_anew(hvc);
		}
		return;
	case XenbusStateConnected:
		if (hvc->ring) {
			hvc->is_connected = true;
			xenbus_switch_state(dev, XenbusStateConnected);
		}
		return;
	case XenbusStateUnknown:
	case XenbusStateClosing:
	case XenbusStateClosed:
		finish(hvc);
		xenbus_switch_state(dev, XenbusStateClosed);
		return;
	default:
		return;
	}
}

/* ---- what is broken ---------------------------------------------------------------- */

static void broken_close(struct xs_watch *watch, const char *path)
{
	list_for_each(node, &hvcs) {
		struct hvc *hvc = list_entry(node, struct hvc, link);

		if (hvc->ring && READ_ONCE(hvc->is_broken)) {
			finish(hvc);
			xenbus_fatal(hvc->dev, -EPROTO, CONSOLE_BROKEN);
		}
	}
}

void hvc_break(struct hvc *hvc)
{
	static struct xs_watch breaker = { .path = "", .fire = broken_close };

	xenstore_watch_fire(&breaker);
}

/* ---- after a restore --------------------------------------------------------------- */

static void suspend(struct xenbus_device *dev)
{
	struct hvc *hvc = dev->priv;

	if (hvc->ring) {
		channel_close(hvc, NULL); /* it has ended for Xen; the page goes on */
	}
}

static void resume(struct xenbus_device *dev)
{
	struct hvc *hvc = dev->priv;
	int err;

	if (!hvc->ring) {
		return;
	}
	hvc->is_connected = false;
	dev->state = XenbusStateUnknown;
	err = channel_open(hvc);
	err = err ? err : publish(hvc);
	if (err) {
		finish(hvc);
		xenbus_fatal(dev, err, "no console after a restore");
	}
}

const struct xenbus_driver hvc_front_driver = {
	.class = "console",
	.may_be_late = true,
	.probe = probe,
	.backend_changed = backend_changed,
	.remove = remove,
	.suspend = suspend,
	.resume = resume,
};
