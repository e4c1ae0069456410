/* attack_net.c - a network interface's back-end on the rings and in the packets. */
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
	nap(500);
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
	nap(500);
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
	nap(500);
}

static void rx_extra(uint8_t type, uint8_t flags, unsigned count)
{
	vif_connect(vif_features);
	vif_rx_answer(vif_rx_take().id, 0, 60, NETRXF_extra_info);
	for (unsigned i = 0; i < count; i++) {
		struct netif_extra_info info = { .type = type, .flags = flags };

		vif_rx_take();
		memcpy(RING_GET_RESPONSE(&vif.rx, vif.rx.rsp_prod_pvt), &info, sizeof(info));
		vif.rx.rsp_prod_pvt++;
	}
	vif.rx.sring->rsp_prod = vif.rx.rsp_prod_pvt;
	vif_notify();
	nap(500);
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

/* Half of a packet waits for ever, and the guest is told of it again and again. */
ATTACK(half_storm, "net half a packet and an event storm", "")
{
	vif_connect(vif_features);
	vif_rx_answer(vif_rx_take().id, 0, 60, NETRXF_more_data);
	nap(300);
	for (unsigned i = 0; i < 20000; i++) {
		vif_notify();
	}
}

ATTACK(event_storm, "net event storm", "")
{
	vif_connect(vif_features);
	vif_serve(500);
	for (unsigned i = 0; i < 20000; i++) {
		vif_notify();
	}
	vif_serve(500);
}

/* ---- packets ------------------------------------------------------------------------------------- */

/* Frames that look like something: headers with wild lengths, fragments, options, checksums left out. */
static unsigned frame_make(uint8_t *frame)
{
	static const uint8_t ethernet[14] = { 0, 0x16, 0x3e, 0, 0, 9, 2, 0, 0, 0, 0, 1, 8, 0 };
	unsigned len = chance() % 4 ? 14 + chance() % 100 : chance() % 4097;

	scribble(frame, 4096);
	memcpy(frame, ethernet, sizeof(ethernet));
	switch (chance() % 8) {
	case 0: /* ARP */
		frame[13] = 6;
		memcpy(frame + 14, "\0\1\10\0\6\4\0", 7);
		break;
	case 1: /* IPv6 */
		frame[12] = 0x86;
		frame[13] = 0xdd;
		frame[14] = 0x60;
		break;
	case 2:
		break;
	default: /* IPv4 to us, of any protocol */
		frame[14] = (uint8_t)(0x40 | (chance() % 4 ? 5 : chance() & 15));
		memcpy(frame + 30, "\12\11\0\2", 4);
		frame[23] = (uint8_t)(chance() % 3 == 0 ? 6 : chance() % 2 ? 17 : 1);
		break;
	}
	return len;
}

ATTACK(wild_packets, "net packets of chance", "")
{
	static uint8_t frame[4096] __attribute__((aligned(4)));

	vif_connect(vif_features);
	for (unsigned i = 0; i < 1000; i++) {
		netif_rx_request_t r = vif_rx_take();
		unsigned len = frame_make(frame);

		vif_rx_fill(&r, frame, len);
		vif_rx_answer(r.id, 0, (int)len,
			chance() % 2
				? NETRXF_data_validated | (chance() % 2 ? NETRXF_csum_blank : 0)
				: 0);
		if (i % 64 == 0) {
			vif_serve(20);
		}
	}
	vif_serve(500);
}

/* ---- pages ---------------------------------------------------------------------------------------- */

ATTACK(rx_ring_changed, "net receive ring changed under the reader", "the interface is off")
{
	vif_connect(vif_features);
	for (unsigned i = 0; i < 2000; i++) {
		scribble(vif.rx.sring, 4096);
		vif_notify();
	}
}

ATTACK(rx_slots_changed, "net receive slots changed under the reader", "the interface is off")
{
	vif_connect(vif_features);
	for (unsigned i = 0; i < 100; i++) {
		vif_rx_take();
		scribble(vif.rx.sring->ring, 4096 - 64);
		vif.rx.sring->rsp_prod++;
		vif_notify();
		nap(5);
		if (front_state() != XenbusStateConnected) {
			return;
		}
	}
}

ATTACK(keeps_pages, "net keeps all pages", "")
{
	static void *kept[64];

	vif_connect(vif_features);
	for (unsigned i = 0; i < 64; i++) {
		kept[i] = grant_map(vif_rx_take().gref);
	}
	device_unplug();
	nap(1500);
	for (unsigned i = 0; i < 64; i++) {
		scribble(kept[i], 4096);
	}
}

/* ---- the store ------------------------------------------------------------------------------------- */

static void features_all(const char *value)
{
	const struct node features[] = { { "feature-rx-copy", value }, { "feature-sg", value },
		{ "feature-gso-tcpv4", value }, { "feature-gso-tcpv6", value },
		{ "feature-ipv6-csum-offload", value }, { "feature-no-csum-offload", value },
		{ "multi-queue-max-queues", value }, { "feature-multicast-control", value },
		{ "feature-dynamic-multicast-control", value }, { "feature-xdp-headroom", value },
		{ "carrier", value }, { 0 } };

	vif_connect(features);
	vif_serve(1500);
	if (front_state() != XenbusStateConnected) {
		give_up("it did not go on without them, state %ld", front_state());
	}
}

ATTACK(features_huge, "net features too large", "")
{
	features_all("18446744073709551615");
}

ATTACK(features_negative, "net features negative", "")
{
	features_all("-1");
}

ATTACK(features_text, "net features no numbers", "")
{
	features_all("yes");
}

ATTACK(features_missing, "net features missing", "")
{
	vif_connect(NULL);
	vif_serve(1500);
}

static void mac_is(const char *mac)
{
	vif_plug(vif_features, mac);
	nap(800);
}

ATTACK(mac_text, "net address that is none", "not started (EINVAL)")
{
	mac_is("not:an:address");
}

ATTACK(mac_group, "net address of a group", "not started (EINVAL)")
{
	mac_is("ff:ff:ff:ff:ff:ff");
}

ATTACK(mac_long, "net address without end", "not started (ERANGE)")
{
	char mac[1001];

	memset(mac, 'a', sizeof(mac) - 1);
	mac[sizeof(mac) - 1] = '\0';
	mac_is(mac);
}

ATTACK(mtu_wild, "net sizes that are none", "")
{
	static const char *const values[] = { "0", "1", "67", "65536", "-1", "text", "",
		"99999999999999999999", "1400" };

	vif_connect(vif_features);
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		node_write(front, "mtu", "%s", values[i]);
		vif_serve(100);
	}
}

ATTACK(states_jump, "net states in any order", "")
{
	static const uint8_t order[] = { 4, 2, 6, 3, 8, 5, 7, 1, 4, 4, 2, 3, 4, 6, 5, 2, 1, 8, 2,
		4 };

	vif_plug(vif_features, "00:16:3e:00:00:09");
	for (unsigned i = 0; i < 3 * sizeof(order); i++) {
		device_state(order[i % sizeof(order)]);
		nap(i < sizeof(order) ? 100 : i < 2 * sizeof(order) ? 10 : 0);
	}
}

ATTACK(never_connects, "net never connects", "")
{
	vif_plug(vif_features, "00:16:3e:00:00:09");
	vif_map();
	nap(2000);
}

ATTACK(gone_while_connecting, "net goes away while connecting", "")
{
	vif_plug(vif_features, "00:16:3e:00:00:09");
	vif_map();
	xs_rm(store, XBT_NULL, back);
	nap(1000);
}

ATTACK(gone_at_once, "net goes away as soon as it is there", "")
{
	for (unsigned i = 0; i < 40; i++) {
		vif_plug(vif_features, "00:16:3e:00:00:09");
		nap(i % 8 * 10);
		device_unplug();
	}
}

ATTACK(carrier_flaps, "net carrier flaps", "")
{
	vif_connect(vif_features);
	for (unsigned i = 0; i < 300; i++) {
		node_write(back, "carrier", "%u", i % 2);
	}
	vif_serve(500);
}
