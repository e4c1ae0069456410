/*
 * console_setup.c - the first console's event channel: the toolstack made ring and port
 * before the domain ran, so there is nothing to negotiate.
 *
 * A second channel leads from us to ourselves. The data path, which may neither log nor wake, sends on it when the
 * console breaks or stalls; so that is said at once, whether or not the daemon ever sends an event again. A broken
 * console is also said in the store, and the log goes to Xen's own console from then on: what is left to look at from
 * outside.
 */
#include "console-ring.h"

#include <arch/cpu.h>
#include <drivers/front/console.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/xenlog.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/tty.h>
#include <linux/stat.h>

static bool is_reported;
static evtchn_port_t own_port; /* 0: none yet */

/*
 * Take what was typed, at most a ring full; true if there was something. What
 * comes after that many bytes was put there after we started, so its event is
 * yet to come.
 */
static bool input_take(void)
{
	char buf[128];
	bool any = false;

	for (unsigned i = 0; i < CONSOLE_RING_IN_LEN / sizeof(buf); i++) {
		size_t len = console_ring_read(buf, sizeof(buf));

		if (!len) {
			break;
		}
		console_input_push(buf, len);
		any = true;
	}
	if (any) {
		console_ring_notify();
	}
	return any;
}

/* In the thread "xenwatch". */
static void broken_tell_store(struct xs_watch *watch, const char *path)
{
	(void)xenstore_printf(XS_NONE, "error/console", "error", "%d %s", EPROTO, CONSOLE_BROKEN);
}

/* On the CPU that has both ports. */
static void trouble_report(void)
{
	static struct xs_watch reporter = { .path = "", .fire = broken_tell_store };

	if (console_ring_has_stalled()) {
		log_warn("console: nobody takes its output; what does not fit is lost");
	}
	if (console_ring_is_broken() && !is_reported) {
		is_reported = true;
		xenlog_begin();
		log_err("console: " CONSOLE_BROKEN);
		xenstore_watch_fire(&reporter);
	}
}

static bool own_event(evtchn_port_t port, void *arg)
{
	trouble_report();
	return true;
}

void console_ring_trouble(void)
{
	if (own_port) {
		evtchn_send(own_port);
	}
}

static bool console_event(evtchn_port_t port, void *arg)
{
	bool typed = input_take(), drained = console_ring_has_drained();

	console_ring_tell();
	trouble_report();
	return typed || drained;
}

static void own_start(void)
{
	struct evtchn_handler handler = {
		.handle = own_event, .name = "console trouble", .rebinds = true
	};
	int port = evtchn_bind_ipi(0, handler);

	if (port < 0) {
		log_warn("console: no port of our own: %s", errno_name(port));
		own_port = 0;
		return;
	}
	own_port = (evtchn_port_t)port;
	evtchn_unmask(own_port);
}

static void connect(void)
{
	struct evtchn_handler handler = {
		.handle = console_event, .name = "console", .rebinds = true
	};
	irq_state_t irq;
	int err;

	err = evtchn_adopt(xen_platform.console_port, handler);
	if (err) {
		log_err("console: port %u: %s; there will be no input", xen_platform.console_port,
			errno_name(err));
		return;
	}
	evtchn_unmask(xen_platform.console_port);
	own_start();
	/* What was typed or taken before the ports were bound may have left no event behind. */
	irq = irq_save();
	input_take();
	console_ring_tell();
	trouble_report();
	irq_restore(irq);
}

void console_front_start(void)
{
	int err;

	if (!xen_platform.console_ring) {
		log_warn("console: the domain has none");
		return;
	}
	connect();
	err = tty_console_name("hvc0", device_number(CONSOLE_MAJOR, 0));
	if (err) {
		log_warn("console: no name for programs: %s", errno_name(err));
	}
}

void console_front_resume(void)
{
	if (xen_platform.console_ring) {
		console_ring_restart();
		connect();
	}
}
