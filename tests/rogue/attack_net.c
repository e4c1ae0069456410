/* attack_net.c - a network interface's back-end in what it answers on the rings. */
#include "rogue.h"

#include <string.h>

/* ---- what was sent ----------------------------------------------------------------------------- */

/* Answers are looked at when packets come, or room is wanted: an empty packet makes the guest look. */
static void poke(void)
{
	netif_rx_request_t r = vif_rx_take();

	vif_rx_answer(r.id, 0, NETIF_RSP_ERROR, 0);
}

static void tx_answer_with(uint16_t id_add, int16_t status)
{
	vif_connect(vif_features);
	vif_tx_answer((uint16_t)(vif_tx_await().id + id_add), status);
	poke();
}

ATTACK(tx_id_beyond, "net sent id beyond the ring",
	"the back-end sent an answer to what was not sent; the interface is off")
{
	tx_answer_with(256, NETIF_RSP_OKAY);
}

ATTACK(tx_id_free, "net sent id that is not out",
	"the back-end sent an answer to what was not sent; the interface is off")
{
	tx_answer_with(100, NETIF_RSP_OKAY);
}

ATTACK(tx_twice, "net sent double response",
	"the back-end sent an answer to what was not sent; the interface is off")
{
	netif_tx_request_t first;

	vif_connect(vif_features);
	first = vif_tx_await();
	vif_tx_await();
	*RING_GET_RESPONSE(&vif.tx, vif.tx.rsp_prod_pvt) = (netif_tx_response_t){ .id = first.id };
	vif.tx.rsp_prod_pvt++;
	vif_tx_answer(first.id, NETIF_RSP_OKAY);
	poke();
}

ATTACK(tx_status, "net sent status that is none",
	"the back-end sent an unknown status; the interface is off")
{
	tx_answer_with(0, 7);
}

ATTACK(tx_status_low, "net sent negative status that is none",
	"the back-end sent an unknown status; the interface is off")
{
	tx_answer_with(0, INT16_MIN);
}

ATTACK(tx_null, "net sent answer to no extra",
	"the back-end sent an answer to nothing; the interface is off")
{
	tx_answer_with(0, NETIF_RSP_NULL);
}

static void tx_index_move(RING_IDX by)
{
	vif_connect(vif_features);
	vif_tx_await();
	vif.tx.sring->rsp_prod += by;
	poke();
}

ATTACK(tx_ahead, "net sent producer overrun",
	"the back-end sent a response index out of bounds; the interface is off")
{
	tx_index_move(5000);
}

ATTACK(tx_back, "net sent producer goes back",
	"the back-end sent a response index out of bounds; the interface is off")
{
	tx_index_move((RING_IDX)-1);
}

ATTACK(tx_errors, "net sent errors only", "")
{
	netif_tx_request_t r;

	vif_connect(vif_features);
	for (unsigned i = 0; i < 10 && vif_tx_take(&r, 500); i++) {
		vif_tx_answer(r.id, NETIF_RSP_ERROR);
	}
}

ATTACK(tx_silent, "net never answers", "")
{
	vif_connect(vif_features);
	vif_tx_await();
	nap(3000);
}

/* ---- what is received --------------------------------------------------------------------------- */

static void rx_answer_with(unsigned id_add, unsigned offset, int status, unsigned flags)
{
	netif_rx_request_t r;

	vif_connect(vif_features);
	r = vif_rx_take();
	vif_rx_answer((uint16_t)(r.id + id_add), offset, status, flags);
}

ATTACK(rx_id, "net received out of order",
	"the back-end sent a response out of order; the interface is off")
{
	rx_answer_with(1, 0, 60, 0);
}

ATTACK(rx_id_beyond, "net received id beyond the ring",
	"the back-end sent a response out of order; the interface is off")
{
	rx_answer_with(256, 0, 60, 0);
}

ATTACK(rx_len, "net received length beyond the page",
	"the back-end sent a packet beyond its page; the interface is off")
{
	rx_answer_with(0, 0, 4097, 0);
}

ATTACK(rx_offset, "net received offset beyond the page",
	"the back-end sent a packet beyond its page; the interface is off")
{
	rx_answer_with(0, 65535, 60, 0);
}

ATTACK(rx_both, "net received offset and length beyond the page",
	"the back-end sent a packet beyond its page; the interface is off")
{
	rx_answer_with(0, 4040, 60, 0);
}

ATTACK(rx_negative, "net received negative lengths", "")
{
	rx_answer_with(0, 0, INT16_MIN, 0);
	vif_rx_answer(vif_rx_take().id, 0, -1, NETRXF_csum_blank);
	vif_rx_answer(vif_rx_take().id, 65535, -4096, 0);
	vif_rx_answer(vif_rx_take().id, 0, 0, 0);
	nap(500);
}

static void rx_index_move(RING_IDX by)
{
	vif_connect(vif_features);
	vif_rx_take();
	vif.rx.sring->rsp_prod += by;
	vif_notify();
}

ATTACK(rx_ahead, "net received producer overrun",
	"the back-end sent a response index out of bounds; the interface is off")
{
	rx_index_move(5000);
}

ATTACK(rx_back, "net received producer goes back",
	"the back-end sent a response index out of bounds; the interface is off")
{
	rx_index_move((RING_IDX)-1);
}

ATTACK(rx_endless, "net received packet without end",
	"the back-end sent a packet of too many pages; the interface is off")
{
	vif_connect(vif_features);
	for (unsigned i = 0; i < 40; i++) {
		vif_rx_answer(vif_rx_take().id, 0, 4096, NETRXF_more_data);
	}
}

static void rx_extra(uint8_t type, uint8_t flags, unsigned count)
{
	vif_connect(vif_features);
	vif_rx_put(vif_rx_take().id, 0, 60, NETRXF_extra_info);
	for (unsigned i = 0; i < count; i++) {
		struct netif_extra_info info = { .type = type, .flags = flags };

		vif_rx_take();
		memcpy(RING_GET_RESPONSE(&vif.rx, vif.rx.rsp_prod_pvt), &info, sizeof(info));
		vif.rx.rsp_prod_pvt++;
	}
	vif.rx.sring->rsp_prod = vif.rx.rsp_prod_pvt;
	vif_notify();
}

ATTACK(extra_none, "net received extra of no kind",
	"the back-end sent extra information of no kind; the interface is off")
{
	rx_extra(XEN_NETIF_EXTRA_TYPE_NONE, 0, 1);
}

ATTACK(extra_beyond, "net received extra beyond all kinds",
	"the back-end sent extra information of no kind; the interface is off")
{
	rx_extra(200, 0, 1);
}

ATTACK(extra_endless, "net received extras without end",
	"the back-end sent extra information without end; the interface is off")
{
	rx_extra(XEN_NETIF_EXTRA_TYPE_HASH, XEN_NETIF_EXTRA_FLAG_MORE, 30);
}

ATTACK(extra_gso, "net received segments of no size",
	"the back-end sent segments of no size; the interface is off")
{
	rx_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, 1);
}

/* ---- in the store ------------------------------------------------------------------------------- */

/*
 * Without a word, as a driver does that is taken from its device and given back. New rings are offered when it has
 * been through Closed; what it could read before that are the old ones.
 */
ATTACK(starts_over, "net starts over", "")
{
	vif_connect(vif_features);
	vif_serve(200);
	device_state(XenbusStateInitWait);
	if (!front_reaches(XenbusStateClosing, 10000)) {
		give_up("rings are offered to who may take them for the old ones, state %ld",
			front_state());
	}
	device_begin_anew();
	vif_map();
	device_state(XenbusStateConnected);
	vif_tx_await();
}
