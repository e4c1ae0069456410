/*
 * xs_ring.c - the store's ring while the store writes its indices (and ours) at will.
 *
 * The page is an allocation of its own, so an access outside of it is seen.
 */
#include "drivers/xen/xs_ring.c"

#include "shim.h"

static unsigned waits;

/* The store's turn: one of the four indices, or nothing. */
static bool act(void)
{
	struct xenstore_domain_interface *r = ring();
	XENSTORE_RING_IDX *index[] = { &r->req_cons, &r->rsp_prod, &r->req_prod, &r->rsp_cons };
	uint8_t what = input_u8();

	if (what & 0x40) {
		*index[what & 3] = input_u32();
	} else {
		*index[what & 1] += input_u8(); /* plausible */
	}
	if (!input_left() && ++waits > 4) {
		xs_ring_kill("the fuzzer's input is used up");
	}
	return true;
}

int evtchn_send(evtchn_port_t port)
{
	act();
	store_event(port, NULL);
	return 0;
}

/* An operation that begins while the store's index makes no sense must fail. */
static bool is_sane(bool is_write)
{
	struct xenstore_domain_interface *r = ring();
	XENSTORE_RING_IDX len = is_write ? r->req_prod - r->req_cons : r->rsp_prod - r->rsp_cons;

	return len <= XENSTORE_RING_SIZE;
}

static void operate(uint8_t what)
{
	static char out[XS_WIRE_PAYLOAD_MAX], in[XS_WIRE_PAYLOAD_MAX];
	size_t len = (what & 0x7f) * 32;
	struct xs_part parts[2] = { { out, len }, { out + 7, what } };
	bool was_sane = is_sane(what & 0x80);
	int err;

	if (what & 0x80) {
		err = xs_ring_write(parts, 2, NSEC_PER_SEC);
	} else {
		err = xs_ring_read(in, len, NSEC_PER_SEC);
	}
	REQUIRE(err || was_sane || !len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xenstore_domain_interface *page = host_page();

	input_set(data, size);
	input_bytes(page, sizeof(*page));
	page->req_cons = page->req_prod = input_u32();
	page->rsp_cons = page->rsp_prod = input_u32();
	xen_platform.store_ring = page;
	shim_on_wait = act;
	waits = 0;
	is_dead = true;
	REQUIRE(xs_ring_init() == 0);
	while (!xs_ring_is_dead() && input_left()) {
		operate(input_u8());
	}
	host_free(page);
	return 0;
}
