/*
 * device.c - a device of the guest's in the store, its states, and the ways to its memory and events.
 *
 * The back-end's directory is not below dom0's "backend": no driver of dom0's shall look at it, and to the
 * guest one path is as good as another.
 */
#include "rogue.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

unsigned domid;
xengnttab_handle *grants;
xenevtchn_handle *events;
char front[128], back[128];
bool device_grows;

void give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	store_abandon();
	if (store_is_open() && *front) {
		device_unplug();
	}
	exit(1);
}

void open_all(void)
{
	store_open();
	hypercalls_open();
	grants = xengnttab_open(NULL, 0);
	events = xenevtchn_open(NULL, 0);
	if (!grants || !events) {
		give_up("no way to Xen");
	}
}

void nap(unsigned ms)
{
	usleep(ms * 1000);
}

long clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- in the store ------------------------------------------------------------------------- */

void node_write(const char *dir, const char *name, const char *format, ...)
{
	char path[256], value[3000];
	va_list args;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	if (!store_write(path, value)) {
		give_up("%s cannot be written", path);
	}
}

void node_remove(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	store_remove(path);
}

void node_watch(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	store_watch(path);
}

bool node_exists(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return store_read(path);
}

long node_number(const char *dir, const char *name)
{
	char path[256], *end;
	const char *value;
	long result;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	value = store_read(path);
	if (!value) {
		return -1;
	}
	result = strtol(value, &end, 10);
	return *end || end == value ? -1 : result;
}

static void directory_make(const char *path, unsigned owner, unsigned reader)
{
	if (!store_make(path) || !store_share(path, owner, reader)) {
		give_up("%s cannot be made", path);
	}
}

static void directories_fill(const struct node *more)
{
	directory_make(back, 0, domid);
	directory_make(front, domid, 0);
	node_write(back, "frontend", "%s", front);
	node_write(back, "frontend-id", "%u", domid);
	node_write(back, "online", "1");
	node_write(back, "state", "1");
	for (; more && more->name; more++) {
		node_write(front, more->name, "%s", more->value);
	}
	node_write(front, "state", "1");
	node_write(front, "backend-id", "0");
	node_write(front, "backend", "%s", back);
}

void device_plug(const char *class, unsigned id, const struct node *more)
{
	snprintf(front, sizeof(front), "/local/domain/%u/device/%s/%u", domid, class, id);
	snprintf(back, sizeof(back), "/local/domain/0/rogue/%s/%u/%u", class, domid, id);
	node_watch(front, "state");
	if (device_grows || store_is_begun()) {
		directories_fill(more);
		return;
	}
	do {
		store_begin();
		directories_fill(more);
	} while (!store_commit());
}

void device_state(enum xenbus_state state)
{
	node_write(back, "state", "%u", (unsigned)state);
}

void device_unplug(void)
{
	store_remove(front);
	store_remove(back);
}

void device_replug(void (*plug)(void))
{
	do {
		store_begin();
		device_unplug();
		plug();
	} while (!store_commit());
}

long front_state(void)
{
	long state = node_number(front, "state");

	return state < 0 ? 0 : state;
}

/* Looked at once when it may have changed. */
static bool front_comes_between(long least, long most, unsigned ms)
{
	long until = clock_ms() + (long)ms;

	for (;;) {
		long state = front_state();

		if (state >= least && state <= most) {
			return true;
		}
		if (!store_wait(until)) {
			return false;
		}
	}
}

bool front_reaches(enum xenbus_state state, unsigned ms)
{
	return front_comes_between((long)state, LONG_MAX, ms);
}

bool front_becomes(enum xenbus_state state, unsigned ms)
{
	return front_comes_between((long)state, (long)state, ms);
}

void device_begin_anew(void)
{
	device_state(XenbusStateClosed);
	if (!front_becomes(XenbusStateInitialising, 10000)) {
		give_up("the front-end does not begin anew, state %ld", front_state());
	}
	device_state(XenbusStateInitWait);
}

/* ---- memory and events -------------------------------------------------------------------- */

void *grant_map(uint32_t ref)
{
	void *memory = xengnttab_map_grant_ref(grants, domid, ref, PROT_READ | PROT_WRITE);

	if (!memory) {
		/* what is only to be read */
		memory = xengnttab_map_grant_ref(grants, domid, ref, PROT_READ);
	}
	if (!memory) {
		give_up("grant %u cannot be mapped", ref);
	}
	return memory;
}

evtchn_port_t event_bind(const char *dir, const char *name)
{
	/* A front-end that is just beginning anew has let go of the port that it still names. */
	long until = clock_ms() + 10000;

	for (;;) {
		long port = node_number(dir, name);
		int local = xenevtchn_bind_interdomain(events, domid, (evtchn_port_t)port);

		if (local >= 0) {
			return (evtchn_port_t)local;
		}
		if (clock_ms() >= until) {
			give_up("the front-end's port cannot be bound");
		}
		nap(50);
	}
}

bool event_wait(unsigned ms)
{
	struct pollfd fd = { .fd = xenevtchn_fd(events), .events = POLLIN };
	int port;

	if (poll(&fd, 1, (int)ms) <= 0) {
		return false;
	}
	port = xenevtchn_pending(events);
	if (port >= 0) {
		xenevtchn_unmask(events, (evtchn_port_t)port);
	}
	return true;
}

/* ---- chance, the same in every run --------------------------------------------------------- */

uint32_t chance(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

void scribble(void *memory, size_t size)
{
	for (size_t i = 0; i < size / 4; i++) {
		((volatile uint32_t *)memory)[i] = chance();
	}
}
