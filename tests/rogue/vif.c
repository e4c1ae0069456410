/* vif.c - an honest network interface: it takes what is sent, and throws it away. */
#include "rogue.h"

#include <stdio.h>
#include <string.h>

/* The next request of a ring, whatever it is of; the guest has so long as a busy machine needs. */
#define REQUEST_AWAIT(ring, request, what)                                                         \
	do {                                                                                       \
		for (unsigned tries = 0; !RING_HAS_UNCONSUMED_REQUESTS(ring); tries++) {           \
			if (tries == 750) {                                                        \
				give_up("the front-end " what ", state %ld", front_state());       \
			}                                                                          \
			nap(20);                                                                   \
		}                                                                                  \
		memcpy(request, RING_GET_REQUEST(ring, (ring)->req_cons), sizeof(*(request)));     \
		(ring)->req_cons++;                                                                \
	} while (0)

struct vif vif;

const struct node vif_features[] = { { "feature-rx-copy", "1" }, { "feature-sg", "1" },
	{ "feature-gso-tcpv4", "1" }, { "feature-gso-tcpv6", "1" },
	{ "feature-ipv6-csum-offload", "1" }, { 0 } };

void vif_plug(const struct node *features, const char *mac)
{
	const struct node nodes[] = { { "mac", mac }, { "handle", "9" }, { 0 } };

	device_plug("vif", 9, nodes);
	for (; features && features->name; features++) {
		node_write(back, features->name, "%s", features->value);
	}
	device_state(XenbusStateInitWait);
}

void vif_map(void)
{
	char queue[sizeof(front) + 8];
	bool has_several, has_split;
	netif_tx_sring_t *tx; /* the macros evaluate their arguments several times */
	netif_rx_sring_t *rx;

	if (!front_reaches(XenbusStateConnected, 10000)) {
		give_up("the front-end offers no rings, state %ld", front_state());
	}
	has_several = node_number(front, "multi-queue-num-queues") > 1;
	snprintf(queue, sizeof(queue), "%s%s", front, has_several ? "/queue-0" : "");
	tx = grant_map((uint32_t)node_number(queue, "tx-ring-ref"));
	rx = grant_map((uint32_t)node_number(queue, "rx-ring-ref"));
	BACK_RING_INIT(&vif.tx, tx, 4096);
	BACK_RING_INIT(&vif.rx, rx, 4096);
	has_split = node_number(queue, "event-channel-tx") > 0;
	vif.port = event_bind(queue, has_split ? "event-channel-tx" : "event-channel");
	vif.rx_port = has_split ? event_bind(queue, "event-channel-rx") : vif.port;
}

void vif_ctrl_map(void)
{
	xen_netif_ctrl_sring_t *ctrl = grant_map((uint32_t)node_number(front, "ctrl-ring-ref"));

	BACK_RING_INIT(&vif.ctrl, ctrl, 4096);
	vif.ctrl_port = event_bind(front, "event-channel-ctrl");
}

void vif_go_on(void)
{
	vif_map();
	device_state(XenbusStateConnected);
}

void vif_connect(const struct node *features)
{
	vif_plug(features, "00:16:3e:00:00:09");
	vif_go_on();
}

void vif_notify(void)
{
	xenevtchn_notify(events, vif.port);
	if (vif.rx_port != vif.port) {
		xenevtchn_notify(events, vif.rx_port);
	}
}

/* ---- what the guest sends ------------------------------------------------------------------- */

bool vif_tx_take(netif_tx_request_t *request, unsigned ms)
{
	for (unsigned i = 0; i <= ms / 20; i++) {
		int more;

		if (RING_HAS_UNCONSUMED_REQUESTS(&vif.tx)) {
			memcpy(request, RING_GET_REQUEST(&vif.tx, vif.tx.req_cons),
				sizeof(*request));
			vif.tx.req_cons++;
			return true;
		}
		RING_FINAL_CHECK_FOR_REQUESTS(&vif.tx, more);
		if (!more) {
			event_wait(20);
		}
	}
	return false;
}

netif_tx_request_t vif_tx_await(void)
{
	netif_tx_request_t request;

	if (!vif_tx_take(&request, 15000)) {
		give_up("the front-end sends nothing, state %ld", front_state());
	}
	return request;
}

void vif_tx_answer(uint16_t id, int16_t status)
{
	netif_tx_response_t *r = RING_GET_RESPONSE(&vif.tx, vif.tx.rsp_prod_pvt);
	int wanted;

	*r = (netif_tx_response_t){ .id = id, .status = status };
	vif.tx.rsp_prod_pvt++;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&vif.tx, wanted);
	(void)wanted;
	vif_notify();
}

void vif_serve(unsigned ms)
{
	netif_tx_request_t r;

	for (unsigned i = 0; i < ms / 20; i++) {
		while (vif_tx_take(&r, 0)) {
			vif_tx_answer(r.id, NETIF_RSP_OKAY);
		}
		nap(20);
	}
}

/* ---- what the guest asks ------------------------------------------------------------------------ */

struct xen_netif_ctrl_request vif_ctrl_take(void)
{
	struct xen_netif_ctrl_request r;

	REQUEST_AWAIT(&vif.ctrl, &r, "asks nothing");
	return r;
}

void vif_ctrl_answer(uint16_t id, uint16_t type, uint32_t status, uint32_t data)
{
	*RING_GET_RESPONSE(&vif.ctrl, vif.ctrl.rsp_prod_pvt) = (struct xen_netif_ctrl_response){
		.id = id, .type = type, .status = status, .data = data
	};
	vif.ctrl.rsp_prod_pvt++;
	RING_PUSH_RESPONSES(&vif.ctrl);
	xenevtchn_notify(events, vif.ctrl_port);
}

/* ---- what the guest receives ----------------------------------------------------------------- */

netif_rx_request_t vif_rx_take(void)
{
	netif_rx_request_t r;

	REQUEST_AWAIT(&vif.rx, &r, "posts no pages");
	return r;
}

void vif_rx_put(uint16_t id, unsigned offset, int status, unsigned flags)
{
	netif_rx_response_t *r = RING_GET_RESPONSE(&vif.rx, vif.rx.rsp_prod_pvt);

	*r = (netif_rx_response_t){ .id = id,
		.offset = (uint16_t)offset,
		.status = (int16_t)status,
		.flags = (uint16_t)flags };
	vif.rx.rsp_prod_pvt++;
}

void vif_rx_answer(uint16_t id, unsigned offset, int status, unsigned flags)
{
	int wanted;

	vif_rx_put(id, offset, status, flags);
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&vif.rx, wanted);
	(void)wanted;
	vif_notify();
}

void vif_rx_fill(const netif_rx_request_t *request, const void *data, unsigned len)
{
	xengnttab_grant_copy_segment_t s = {
		.source.virt = (void *)data,
		.dest.foreign = { .ref = request->gref, .offset = 0, .domid = (uint16_t)domid },
		.len = (uint16_t)len,
		.flags = GNTCOPY_dest_gref,
	};

	if (xengnttab_grant_copy(grants, 1, &s) || s.status != GNTST_okay) {
		give_up("a packet cannot be copied, status %d", s.status);
	}
}
