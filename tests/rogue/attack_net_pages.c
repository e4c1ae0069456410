/* attack_net_pages.c - a network interface's back-end with events, packets and pages. */
#include "rogue.h"

#include <string.h>

/* ---- events ------------------------------------------------------------------------------------- */

ATTACK(event_storm, "net event storm", "")
{
	vif_connect(vif_features);
	vif_serve(300);
	port_storm(vif.port, NULL);
	vif_serve(500);
}

/* Half of a packet waits for ever, and the guest is told of it again and again. */
ATTACK(half_storm, "net half a packet and an event storm", "")
{
	vif_connect(vif_features);
	vif_rx_answer(vif_rx_take().id, 0, 60, NETRXF_more_data);
	nap(300);
	port_storm(vif.port, NULL);
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
	default: /* IPv4 to the guest, of any protocol */
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
	for (unsigned i = 0; i < 600; i++) {
		netif_rx_request_t r = vif_rx_take();
		unsigned len = frame_make(frame);
		unsigned checked = chance() % 2 ? NETRXF_csum_blank : 0;

		vif_rx_fill(&r, frame, len);
		vif_rx_answer(
			r.id, 0, (int)len, chance() % 2 ? NETRXF_data_validated | checked : 0);
		if (i % 64 == 0) {
			vif_serve(20);
		}
	}
	vif_serve(300);
}

ATTACK(rx_large, "net received packet larger than any",
	"the back-end sent a packet larger than any; the interface is off")
{
	vif_connect(vif_features);
	for (unsigned i = 0; i < 17; i++) {
		vif_rx_answer(vif_rx_take().id, 0, 4096, i < 16 ? NETRXF_more_data : 0);
	}
}

ATTACK(extra_missing, "net received extra that does not come",
	"the back-end sent extra information without end; the interface is off")
{
	vif_connect(vif_features);
	vif_rx_answer(vif_rx_take().id, 0, 60, NETRXF_extra_info);
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
	for (unsigned i = 0; i < 100 && front_state() == XenbusStateConnected; i++) {
		vif_rx_take();
		scribble(vif.rx.sring->ring, 4096 - 64);
		vif.rx.sring->rsp_prod++;
		vif_notify();
		nap(5);
	}
}

/* What stands in the ring is not what the guest goes by. */
ATTACK(tx_changed, "net sent requests changed while out", "")
{
	netif_tx_request_t r;

	vif_connect(vif_features);
	for (unsigned i = 0; i < 5 && vif_tx_take(&r, 500); i++) {
		scribble(vif.tx.sring->ring, 4096 - 64);
		vif_tx_answer(r.id, NETIF_RSP_OKAY);
	}
	vif_serve(300);
	if (front_state() != XenbusStateConnected) {
		give_up("it reads its own requests, state %ld", front_state());
	}
}

/* Of 64 pages, and both rings, all is kept and written to when the guest has long let go. */
ATTACK(keeps_pages, "net keeps all pages", "")
{
	static void *kept[64];

	vif_connect(vif_features);
	for (unsigned i = 0; i < 64; i++) {
		kept[i] = grant_map(vif_rx_take().gref);
	}
	device_unplug();
	nap(1000);
	for (unsigned i = 0; i < 64; i++) {
		scribble(kept[i], 4096);
	}
	scribble(vif.tx.sring, 4096);
	scribble(vif.rx.sring, 4096);
	nap(300);
}

static void must_be_zero(const uint8_t *page, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		if (page[i]) {
			give_up("a granted page holds 0x%02x at %u", page[i], i);
		}
	}
}

/* A page that waits for its first packet holds nothing; one that is sent the packet, and nothing beside it. */
ATTACK(looks, "net looks for what is left in pages", "")
{
	vif_connect(vif_features);
	for (unsigned i = 0; i < 64; i++) {
		must_be_zero(grant_map(vif_rx_take().gref), 0, 4096);
	}
	for (unsigned i = 0; i < 4; i++) {
		netif_tx_request_t r = vif_tx_await();
		const uint8_t *page = grant_map(r.gref);

		if (r.flags & (NETTXF_more_data | NETTXF_extra_info)) {
			break; /* not what the guest sends there */
		}
		must_be_zero(page, 0, r.offset);
		must_be_zero(page, r.offset + r.size, 4096);
	}
}
