/*
 * net_ctrl.c - the control ring (public io/netif.h, "Control ring"): with several queues the
 * back-end is told to choose one by the Toeplitz hash of a packet's addresses and ports, so that a
 * connection's packets stay in one queue and in order.
 *
 * One request at a time, answered within CTRL_WAIT or not at all. Without an answer the back-end
 * chooses as it likes, and everything works as well; it is not asked again in this connection, so that what it
 * says too late is no answer to something else. A wrong answer breaks the protocol (X3).
 */
#include "net-front.h"

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/random.h>
#include <kernel/string.h>

#define CTRL_WAIT (2 * NSEC_PER_SEC)
#define KEY_LEN	  40u
#define MAP_COUNT 128u
#define HASH_TYPES                                                                                 \
	(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP |                       \
		XEN_NETIF_CTRL_HASH_TYPE_IPV6 | XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

static bool ctrl_event(evtchn_port_t port, void *arg)
{
	struct net_front *front = arg;
	int waiting = front_ring_waiting(&front->ctrl);

	if (waiting) {
		wait_wake_all(&front->ctrl_event); /* also for an index that makes no sense: X2 */
	}
	return waiting > 0;
}

int net_ctrl_create(struct net_front *front)
{
	struct evtchn_handler handler = { .handle = ctrl_event, .arg = front, .name = "vif-ctrl" };
	struct net_page page = { 0 };
	int port, err = net_page_make(front, false, &page);

	if (err) {
		return err;
	}
	front->ctrl_page = page.data;
	front->ctrl_ref = page.ref;
	front_ring_init(&front->ctrl, page.data, __CONST_RING_SIZE(xen_netif_ctrl, PAGE_SIZE));
	wait_queue_init(&front->ctrl_event);
	port = evtchn_alloc_unbound(front->dev->backend_id, handler);
	if (port < 0) {
		net_ctrl_destroy(front);
		return port;
	}
	front->ctrl_port = (evtchn_port_t)port;
	return 0;
}

void net_ctrl_destroy(struct net_front *front)
{
	if (front->ctrl_port) {
		evtchn_close(front->ctrl_port);
		front->ctrl_port = 0;
	}
	if (front->ctrl_page) {
		grant_end(front->ctrl_ref, page_of(virt_to_pfn(front->ctrl_page)));
		front->ctrl_page = NULL;
	}
}

/* X2: 0 and *data, -EOPNOTSUPP, -ETIMEDOUT, or -EPROTO. */
static int answer_take(
	struct net_front *front, const struct xen_netif_ctrl_request *request, uint32_t *data)
{
	const struct xen_netif_ctrl_sring *shared =
		(const struct xen_netif_ctrl_sring *)front->ctrl.shared;
	struct xen_netif_ctrl_response r;

	if (front_ring_waiting(&front->ctrl) < 0) {
		return -EPROTO;
	}
	memcpy(&r, &shared->ring[front->ctrl.rsp_cons % front->ctrl.size].rsp, sizeof(r));
	barrier();
	front->ctrl.rsp_cons++;
	WRITE_ONCE(front->ctrl.shared->rsp_event, front->ctrl.rsp_cons + 1);
	if (r.id != request->id || r.type != request->type) {
		return -EPROTO;
	}
	*data = r.data;
	return r.status == XEN_NETIF_CTRL_STATUS_SUCCESS ? 0 : -EOPNOTSUPP;
}

static int ask(
	struct net_front *front, unsigned type, uint32_t a, uint32_t b, uint32_t c, uint32_t *data)
{
	struct xen_netif_ctrl_sring *shared = (struct xen_netif_ctrl_sring *)front->ctrl.shared;
	struct xen_netif_ctrl_request r = {
		.id = (uint16_t)front->ctrl.req_prod, .type = (uint16_t)type, .data = { a, b, c }
	};

	shared->ring[front->ctrl.req_prod++ % front->ctrl.size].req = r;
	if (front_ring_push(&front->ctrl)) {
		(void)evtchn_send(front->ctrl_port);
	}
	if (!wait_until(&front->ctrl_event, front_ring_waiting(&front->ctrl) != 0,
		    clock_now() + CTRL_WAIT)) {
		return -ETIMEDOUT;
	}
	return answer_take(front, &r, data);
}

/* Key and table go through a page that is granted for the length of the question. */
static int ask_page(struct net_front *front, unsigned type, struct net_page *page, uint32_t size)
{
	uint32_t unused;

	return ask(front, type, page->ref.n, size, 0, &unused);
}

static int key_and_table_set(struct net_front *front)
{
	struct net_page page = { 0 };
	uint32_t *table, unused;
	int err = net_page_make(front, true, &page);

	if (err) {
		return err;
	}
	random_bytes(page.data, KEY_LEN);
	err = ask_page(front, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, &page, KEY_LEN);
	if (!err) {
		err = ask(
			front, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, MAP_COUNT, 0, 0, &unused);
	}
	table = page.data;
	for (unsigned i = 0; i < MAP_COUNT; i++) {
		table[i] = i % front->queue_count;
	}
	if (!err) {
		err = ask_page(front, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, &page, MAP_COUNT);
	}
	net_page_end(&page);
	return err;
}

int net_ctrl_hash(struct net_front *front)
{
	uint32_t types, unused;
	int err;

	/* Only while we ask is there anything to hear. */
	evtchn_unmask(front->ctrl_port);
	err = ask(front, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM,
		XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ, 0, 0, &unused);
	if (!err) {
		err = ask(front, XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS, 0, 0, 0, &types);
	}
	if (!err) {
		err = key_and_table_set(front);
	}
	if (!err) {
		err = ask(front, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, types & HASH_TYPES, 0, 0,
			&unused);
	}
	evtchn_mask(front->ctrl_port);
	if (err == -ETIMEDOUT) {
		net_ctrl_destroy(front);
	}
	return err;
}
