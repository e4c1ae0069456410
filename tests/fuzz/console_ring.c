/* console_ring.c - the console's data path while the daemon writes indices at will. */
#include "drivers/front/console.c"

#include "console_peer.h"

int evtchn_send(evtchn_port_t port)
{
	peer_act(ring());
	return 0;
}

void evtchn_poll(evtchn_port_t port, nsec_t deadline)
{
	peer_act(ring());
}

static bool is_troubled;

void console_ring_trouble(void)
{
	is_troubled = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[600];
	struct xencons_interface *page = host_page();
	char buf[64];

	input_set(data, size);
	input_bytes(page, sizeof(*page));
	page->in_cons = page->in_prod = input_u32();
	page->out_cons = page->out_prod = input_u32();
	xen_platform.console_ring = page;
	stats = (struct console_stats){ 0 };
	is_stalled = false;
	patience = WAIT_TIME;
	taken_count = 0;
	lost_told = 0;
	is_stall_told = is_stall_unsaid = is_troubled = false;
	console_front_early();
	while (input_left()) {
		uint8_t what = input_u8();

		peer_act(ring());
		if (what & 1) {
			console_write(
				NULL, text, (size_t)what * 2, what & 8 ? LOG_TEXT : LOG_BYTES);
		} else if (what & 2) {
			REQUIRE(console_ring_read(buf, what % sizeof(buf)) <= what % sizeof(buf));
		} else if (what & 4) {
			console_drain(NULL);
		} else {
			console_ring_has_drained();
		}
	}
	REQUIRE(is_troubled || (!stats.is_broken && !stats.lost));
	host_free(page);
	return 0;
}
