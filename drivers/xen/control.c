/*
 * control.c - requests of the toolstack: `xl shutdown`, `xl reboot`, `xl save`, `xl sysrq`.
 *
 * A request is a value in a node that we may write; we acknowledge by emptying the
 * node, in one transaction with reading it, and then act.
 */
#include <drivers/xen/control.h>

#include <drivers/xen/platform.h>
#include <drivers/xen/suspend.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/page.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/thread.h>

struct request {
	const char *node;
	char value[32];
};

/* Read it, and empty it if it is to be acted on. */
static int request_take(struct xs_tx tx, void *arg)
{
	struct request *r = arg;
	int err = xenstore_read_text(tx, "control", r->node, r->value, sizeof(r->value));

	if (err || !*r->value) {
		return err;
	}
	return xenstore_write(tx, "control", r->node, "");
}

/* The request, or an empty text. Most often there is none: every watch fires once when it is set. Then one look will do. */
static void request_get(struct request *r, const char *node)
{
	int err;

	*r = (struct request){ .node = node };
	err = xenstore_read_text(XS_NONE, "control", node, r->value, sizeof(r->value));
	if (!err && *r->value) {
		err = xenstore_transaction(request_take, r);
	}
	if (err) {
		r->value[0] = '\0';
	}
	if (err && err != -ENOENT) {
		log_warn("control: %s: %s", node, errno_name(err));
	}
}

/* ---- control/shutdown ------------------------------------------------- */

static const struct {
	const char *value;
	enum machine_end how;
} ends[] = {
	{ "poweroff", MACHINE_POWEROFF },
	{ "reboot", MACHINE_REBOOT },
	{ "halt", MACHINE_HALT },
};

static void shutdown_fire(struct xs_watch *watch, const char *changed)
{
	struct request r;

	request_get(&r, "shutdown");
	if (!*r.value) {
		return;
	}
	if (!strcmp(r.value, "suspend")) {
		domain_suspend();
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!strcmp(r.value, ends[i].value)) {
			log_info("control: the toolstack asks for %s", r.value);
			machine_shutdown(ends[i].how, machine_status());
		}
	}
	log_warn("control: unknown request \"%s\" ignored", r.value);
}

/* ---- control/sysrq ---------------------------------------------------- */

static void thread_report(const struct thread *t, void *arg)
{
	static const char *const states[] = { "ready", "running", "blocked", "dead" };

	log_info("thread %3u %-24s %-8s %lu ms, %lu switches", t->id, t->name, states[t->state],
		(unsigned long)(thread_run_time(t) / NSEC_PER_MSEC), t->switches);
}

static void memory_report(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	log_info("memory: %lu frames, %lu free, %lu at least", stats.total, stats.free,
		stats.low_water);
}

static void sysrq_fire(struct xs_watch *watch, const char *changed)
{
	struct request r;

	request_get(&r, "sysrq");
	switch (r.value[0]) {
	case '\0':
		return;
	case 't':
		thread_for_each(thread_report, NULL);
		return;
	case 'm':
		memory_report();
		return;
	case 'b':
		log_info("control: sysrq: reboot");
		machine_shutdown(MACHINE_REBOOT, machine_status());
	case 'c':
		panic("control: the toolstack asked for a crash (sysrq c)");
	default:
		log_info("control: sysrq: t threads, m memory, b reboot, c crash; not %c",
			r.value[0]);
	}
}

/* ---- boot ------------------------------------------------------------- */

static void watch_start(struct xs_watch *watch)
{
	int err = xenstore_watch(watch);

	if (err) {
		log_warn("control: no watch of %s: %s", watch->path, errno_name(err));
	}
}

void control_announce(void)
{
	static const char *const features[] = { "feature-poweroff", "feature-reboot",
		"feature-suspend" };

	for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
		int err = xenstore_write(XS_NONE, "control", features[i], "1");

		if (err) {
			log_warn("control: %s cannot be said: %s", features[i], errno_name(err));
		}
	}
}

void control_init(void)
{
	static struct xs_watch shutdown = { .path = "control/shutdown", .fire = shutdown_fire };
	static struct xs_watch sysrq = { .path = "control/sysrq", .fire = sysrq_fire };

	if (!xenstore_is_up()) {
		return;
	}
	if (xen_platform.suspend->init) {
		xen_platform.suspend->init();
	}
	watch_start(&shutdown);
	watch_start(&sysrq);
	control_announce();
}
