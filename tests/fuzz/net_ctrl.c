/*
 * net_ctrl.c - the network front-end's questions on the control ring, to a back-end that answers as the input says.
 *
 * Whatever it does: an error is one of those promised, and the right one; all went well only if each question got its
 * own answer; no page stays granted beside the ring, and the ring does not outlive a silence.
 */
#include "drivers/front/net_ctrl.c"

#include "shim.h"

static struct net_front front;
static struct page frame;
static unsigned pages_out;
static int expected; /* what the answer that the front-end will read makes of the question */

/* ---- the back-end --------------------------------------------------------------------------- */

static struct xen_netif_ctrl_sring *shared(void)
{
	return (struct xen_netif_ctrl_sring *)front.ctrl.shared;
}

/* True if there is something to be seen. */
static bool act(void)
{
	struct xen_netif_ctrl_sring *s = shared();
	RING_IDX at = s->req_prod - 1;
	struct xen_netif_ctrl_request asked = s->ring[at % front.ctrl.size].req;
	struct xen_netif_ctrl_response *r = &s->ring[at % front.ctrl.size].rsp;
	uint8_t how = input_left() ? input_u8() : 255;
	RING_IDX prod = how & 4 ? input_u32() : at + 1;

	if (how == 255 || prod == at) {
		return false;
	}
	*r = (struct xen_netif_ctrl_response){ .id = asked.id, .type = asked.type };
	r->id ^= (uint16_t)(how & 64 ? input_u8() : 0);
	r->type ^= (uint16_t)(how & 32 ? input_u8() : 0);
	r->status = how & 16 ? input_u8() : XEN_NETIF_CTRL_STATUS_SUCCESS;
	r->data = input_u32();
	s->req_event = how & 8 ? at + 2 : s->req_event;
	s->rsp_prod = prod;
	expected = prod != at + 1			     ? -EPROTO
		: r->id != asked.id || r->type != asked.type ? -EPROTO
		: r->status != XEN_NETIF_CTRL_STATUS_SUCCESS ? -EOPNOTSUPP
							     : 0;
	return true;
}

/* ---- the kernel's part ----------------------------------------------------------------------- */

int evtchn_send(evtchn_port_t port)
{
	REQUIRE(port == front.ctrl_port);
	expected = -ETIMEDOUT;
	act();
	return 0;
}

static bool on_wait(void)
{
	bool is_more = act();

	if (!is_more) {
		expected = -ETIMEDOUT;
	}
	return is_more;
}

int evtchn_alloc_unbound(domid_t remote, struct evtchn_handler handler)
{
	return input_u8() == 255 ? -ENOSPC : 5;
}

void evtchn_close(evtchn_port_t port)
{
	REQUIRE(port == 5);
}

void evtchn_mask(evtchn_port_t port)
{
	REQUIRE(port == 5);
}

void random_bytes(void *to, size_t len)
{
	input_bytes(to, len);
}

int net_page_make(struct net_front *f, bool is_readonly, struct net_page *page)
{
	if (input_u8() == 255) {
		return -ENOMEM;
	}
	page->data = memset(host_page(), 0, PAGE_SIZE);
	page->ref.n = 8;
	pages_out++;
	return 0;
}

void net_page_end(struct net_page *page)
{
	REQUIRE(page->data);
	host_free(page->data);
	pages_out--;
	*page = (struct net_page){ .ref = GREF_NONE };
}

struct page *page_of(pfn_t p)
{
	return &frame;
}

/* Only the ring is ended so. */
void grant_end(gref_t ref, struct page *page)
{
	REQUIRE(front.ctrl_page);
	host_free(front.ctrl_page);
	pages_out--;
}

/* ---- a connection ----------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xenbus_device dev;
	int err;

	input_set(data, size);
	shim_on_wait = on_wait;
	front = (struct net_front){ .dev = &dev, .queue_count = 2 };
	err = net_ctrl_create(&front);
	for (unsigned i = 0; !err && i < 3 && front.ctrl_port; i++) {
		err = net_ctrl_hash(&front);
		REQUIRE(err == expected || err == -ENOMEM);
		REQUIRE(pages_out == (err != -ETIMEDOUT));
		REQUIRE(!!front.ctrl_port == (err != -ETIMEDOUT));
	}
	net_ctrl_destroy(&front);
	REQUIRE(!pages_out && !front.ctrl_page && !front.ctrl_port);
	return 0;
}
