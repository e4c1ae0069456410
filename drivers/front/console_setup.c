/*
 * console_setup.c - the first console's event channel: the toolstack made ring and port
 * before the domain ran, so there is nothing to negotiate.
 */
#include "console-ring.h"

#include <arch/cpu.h>
#include <drivers/front/console.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>

static bool is_reported;

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

/* The data path may not log; this runs outside of it. */
static void broken_report(void)
{
	if (console_ring_is_broken() && !is_reported) {
		is_reported = true;
		log_err("console: the back-end's ring indices make no sense; the console is off");
	}
}

static bool console_event(evtchn_port_t port, void *arg)
{
	bool typed = input_take(), drained = console_ring_has_drained();

	console_ring_tell();
	broken_report();
	return typed || drained;
}

void console_front_start(void)
{
	struct evtchn_handler handler = {
		.handle = console_event, .name = "console", .rebinds = true
	};
	irq_state_t irq;
	int err;

	if (!xen_platform.console_ring) {
		log_warn("console: the domain has none");
		return;
	}
	err = evtchn_adopt(xen_platform.console_port, handler);
	if (err) {
		log_err("console: port %u: %s; there will be no input", xen_platform.console_port,
			errno_name(err));
		return;
	}
	evtchn_unmask(xen_platform.console_port);
	/* What was typed or taken before the port was bound may have left no event behind. */
	irq = irq_save();
	input_take();
	console_ring_tell();
	irq_restore(irq);
}

void console_front_resume(void)
{
	if (xen_platform.console_ring) {
		console_ring_restart();
		console_front_start();
	}
}
