/*
 * daemon.c - in the place of xenstored or xenconsoled: the daemon stands still (SIGSTOP), its page of the guest's is
 * mapped here too, by the reference that is reserved for it, and the guest is notified by its port.
 *
 * The port is the daemon's, so that only a hypercall of ours can send on it. When this program ends, however it
 * does, the daemon goes on with what it finds in the page.
 */
#include "rogue.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xen/event_channel.h>
#include <xencall.h>

/* __HYPERVISOR_event_channel_op; to who names no version of the interface xen.h gives the number of long ago. */
#define EVENT_CHANNEL_OP 32

static xencall_handle *calls;
static struct evtchn_send *sent;
static const char *stopped;

bool guest_hears(unsigned ms)
{
	char dir[64];

	/* 7 is nothing that it could be asked for; it empties the node when it has read it. */
	snprintf(dir, sizeof(dir), "/local/domain/%u/control", domid);
	node_write(dir, "sysrq", "7");
	for (unsigned i = 0; i <= ms / 20 && node_number(dir, "sysrq") == 7; i++) {
		nap(20);
	}
	return node_number(dir, "sysrq") != 7;
}

/* To all processes of this name. */
static void signal_all(const char *name, int signal)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	while (processes && (entry = readdir(processes))) {
		char path[300], comm[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (file && fgets(comm, sizeof(comm), file)) {
			comm[strcspn(comm, "\n")] = '\0';
			if (!strcmp(comm, name)) {
				kill(atoi(entry->d_name), signal);
			}
		}
		if (file) {
			fclose(file);
		}
	}
	if (processes) {
		closedir(processes);
	}
}

void daemon_continue(void)
{
	if (stopped) {
		signal_all(stopped, SIGCONT);
		stopped = NULL;
	}
}

static void end_by_signal(int number)
{
	daemon_continue();
	_exit(128 + number);
}

/* dom0's end of the guest's port that a node names. */
static evtchn_port_t port_find(const char *node)
{
	char dir[64];
	struct evtchn_status *status;
	long port;

	snprintf(dir, sizeof(dir), "/local/domain/%u", domid);
	port = node_number(dir, node);
	status = xencall_alloc_buffer(calls, sizeof(*status));
	*status = (struct evtchn_status){ .dom = (domid_t)domid, .port = (evtchn_port_t)port };
	if (port < 0 || xencall2(calls, EVENT_CHANNEL_OP, EVTCHNOP_status, (uintptr_t)status) ||
		status->status != EVTCHNSTAT_interdomain) {
		give_up("%s: port %ld is not connected", node, port);
	}
	return status->u.interdomain.port;
}

/* The page, and the way to notify: of this process. */
static void *daemon_join(const char *node, uint32_t ref)
{
	calls = xencall_open(NULL, 0);
	sent = calls ? xencall_alloc_buffer(calls, sizeof(*sent)) : NULL;
	if (!sent) {
		give_up("no hypercalls");
	}
	sent->port = port_find(node);
	return grant_map(ref);
}

void *daemon_replace(const char *name, const char *node, uint32_t ref)
{
	void *page = daemon_join(node, ref);

	signal(SIGTERM, end_by_signal);
	atexit(daemon_continue);
	stopped = name;
	signal_all(name, SIGSTOP);
	nap(50); /* it is in nobody's ring any more */
	return page;
}

bool daemon_notify(void)
{
	return !xencall2(calls, EVENT_CHANNEL_OP, EVTCHNOP_send, (uintptr_t)sent);
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
