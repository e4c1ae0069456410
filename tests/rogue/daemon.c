/*
 * daemon.c - in the place of xenstored or xenconsoled: the daemon stands still (SIGSTOP), its page of the guest's is
 * mapped here too, by the reference that is reserved for it, and the guest is notified by its port.
 *
 * The port is the daemon's, so that only a hypercall of ours can send on it. When this program ends, however it
 * does, the daemon goes on with what it finds in the page.
 */
#include "rogue.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static evtchn_port_t daemons_port;
static const char *stopped;

bool guest_hears(unsigned ms)
{
	char dir[64];

	/* 7 is nothing that it could be asked for; it empties the node when it has read it. */
	snprintf(dir, sizeof(dir), "/local/domain/%u/control", domid);
	node_write(dir, "sysrq", "7");
	return guest_has_heard(ms);
}

bool guest_has_heard(unsigned ms)
{
	long until = clock_ms() + (long)ms;
	char dir[64];

	snprintf(dir, sizeof(dir), "/local/domain/%u/control", domid);
	node_watch(dir, "sysrq");
	while (node_number(dir, "sysrq") == 7) {
		if (!store_wait(until)) {
			return false;
		}
	}
	return true;
}

/* To the daemon of this name; the rig's dom0 keeps its process there. */
static void daemon_signal(const char *name, int signal)
{
	char path[64];
	FILE *file;
	int process;

	snprintf(path, sizeof(path), "/run/%s.pid", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%d", &process) != 1 || kill(process, signal)) {
		give_up("no %s of %s", name, path);
	}
	fclose(file);
}

void daemon_continue(void)
{
	if (stopped) {
		daemon_signal(stopped, SIGCONT);
		stopped = NULL;
	}
}

static void end_by_signal(int number)
{
	daemon_continue();
	_exit(128 + number);
}

/* The page, and the way to notify: of this process. */
static void *daemon_join(const char *node, uint32_t ref)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "/local/domain/%u", domid);
	daemons_port = port_behind((evtchn_port_t)node_number(dir, node));
	return grant_map(ref);
}

void *daemon_replace(const char *name, const char *node, uint32_t ref)
{
	void *page = daemon_join(node, ref);

	signal(SIGTERM, end_by_signal);
	signal(SIGALRM, end_by_signal);
	atexit(daemon_continue);
	stopped = name;
	daemon_signal(name, SIGSTOP);
	nap(50); /* it is in nobody's ring any more */
	return page;
}

bool daemon_notify(void)
{
	return port_send(daemons_port);
}

void daemon_storm(void)
{
	port_storm(daemons_port, NULL);
}

/* Mappings are not inherited. */
void *daemon_remain(const char *node, uint32_t ref)
{
	int nowhere;

	if (fork()) {
		return NULL;
	}
	setsid();
	stopped = NULL;
	nowhere = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++) {
		dup2(nowhere, fd);
	}
	open_all();
	return daemon_join(node, ref);
}

bool domain_is_there(void)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "/local/domain/%u", domid);
	return node_number(dir, "domid") == (long)domid;
}
