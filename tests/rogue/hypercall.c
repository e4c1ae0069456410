/* hypercall.c - what only a hypercall of our own does. */
#define __XEN_TOOLS__ 1 /* public/domctl.h is the toolstack's */
#include "rogue.h"

#include <xen/domctl.h>
#include <xen/event_channel.h>
#include <xencall.h>

/* To who names no version of the interface xen.h gives the number of long ago. */
#define EVENT_CHANNEL_OP 32

enum {
	STORM_MS = 2500,
	BATCH = 512, /* events that are sent by one system call */
	BATCH_PAGES = BATCH * sizeof(multicall_entry_t) / 4096,
};

static xencall_handle *calls;

static void *buffer_get(size_t pages)
{
	void *buffer = calls ? xencall_alloc_buffer_pages(calls, pages) : NULL;

	if (!buffer) {
		give_up("no hypercalls");
	}
	return buffer;
}

void hypercalls_open(void)
{
	calls = xencall_open(NULL, 0);
}

evtchn_port_t port_behind(evtchn_port_t port)
{
	struct evtchn_status *status = buffer_get(1);

	*status = (struct evtchn_status){ .dom = (domid_t)domid, .port = port };
	if (xencall2(calls, EVENT_CHANNEL_OP, EVTCHNOP_status, (uintptr_t)status) ||
		status->status != EVTCHNSTAT_interdomain) {
		give_up("port %u is not connected", port);
	}
	return status->u.interdomain.port;
}

bool port_send(evtchn_port_t port)
{
	static struct evtchn_send *send;

	send = send ? send : buffer_get(1);
	send->port = port;
	return !xencall2(calls, EVENT_CHANNEL_OP, EVTCHNOP_send, (uintptr_t)send);
}

/* Between two of a batch Xen lets the guest run if it is to. */
void port_storm(evtchn_port_t port, void (*between)(unsigned))
{
	struct evtchn_send *send = buffer_get(1);
	multicall_entry_t *batch = buffer_get(BATCH_PAGES);
	long until = clock_ms() + STORM_MS;

	send->port = port;
	for (unsigned i = 0; i < BATCH; i++) {
		batch[i] = (multicall_entry_t){ .op = EVENT_CHANNEL_OP,
			.args = { EVTCHNOP_send, (uintptr_t)send } };
	}
	for (unsigned i = 0; clock_ms() < until; i++) {
		if (between) {
			between(i);
		}
		if (xencall2(calls, __HYPERVISOR_multicall, (uintptr_t)batch, BATCH)) {
			give_up("Xen does not take several calls at once");
		}
	}
}

static void domain_do(uint32_t command)
{
	struct xen_domctl *call = buffer_get(1);

	*call = (struct xen_domctl){ .cmd = command,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
		.domain = (domid_t)domid };
	if (xencall1(calls, __HYPERVISOR_domctl, (uintptr_t)call)) {
		give_up("the guest does not stand still, or not go on");
	}
	xencall_free_buffer_pages(calls, call, 1);
}

void guest_pause(void)
{
	domain_do(XEN_DOMCTL_pausedomain);
}

void guest_unpause(void)
{
	domain_do(XEN_DOMCTL_unpausedomain);
}
