/*
 * hotplug.c - what connects a device's back-end to what stands behind it, instead of Xen's scripts.
 *
 * Debian's own look for other users of a device, under a lock, in many processes; these do the one thing that is needed. libxl
 * starts them by the links /rig/hotplug-disk and /rig/hotplug-vif to this program, with the event as the only word or the first one,
 * XENBUS_PATH the back-end's folder in the store, and `vif` the interface's name (docs/man/xl-disk-configuration.5,
 * xl-network-configuration.5).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <linux/sockios.h>

#include "agent.h"
#include "store.h"

#define BRIDGE "xenbr0"

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		die("a hotplug program is started by libxl");
	}
	return value;
}

/* Below the back-end's folder. */
static void publish(const char *key, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", environment("XENBUS_PATH"), key);
	if (!store_write(path, text)) {
		die("the store does not take what a back-end needs");
	}
}

static bool is_event(char **words, const char *event)
{
	return words[0] && !strcmp(words[0], event);
}

int hotplug_disk(char **words)
{
	char path[256], number[32];
	struct stat device;
	char *name;

	if (!is_event(words, "add")) {
		return 0;
	}
	store_open();
	snprintf(path, sizeof(path), "%s/params", environment("XENBUS_PATH"));
	name = store_read(path);
	if (!name) {
		die("the store does not say which device a disk is");
	}
	if (stat(name, &device)) {
		die_errno(name);
	}
	snprintf(number, sizeof(number), "%x:%x", major(device.st_rdev), minor(device.st_rdev));
	publish("physical-device", number);
	publish("physical-device-path", name);
	publish("hotplug-status", "connected");
	return 0;
}

int hotplug_vif(char **words)
{
	const char *name = environment("vif");
	struct ifreq interface = { 0 }, bridge = { .ifr_name = BRIDGE };
	int control;

	if (!is_event(words, "online")) {
		return 0;
	}
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bridge.ifr_ifindex = (int)if_nametoindex(name);
	snprintf(interface.ifr_name, sizeof(interface.ifr_name), "%s", name);
	/* Xen's toolstack may have put it there already. */
	if (control < 0 || (ioctl(control, SIOCBRADDIF, &bridge) && errno != EBUSY) ||
		ioctl(control, SIOCGIFFLAGS, &interface)) {
		die_errno(name);
	}
	interface.ifr_flags |= IFF_UP;
	if (ioctl(control, SIOCSIFFLAGS, &interface)) {
		die_errno(name);
	}
	store_open();
	publish("hotplug-status", "connected");
	return 0;
}
