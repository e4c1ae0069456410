/* hvc_ring.c - the data path of consoles beyond the first while the back-end writes what it likes. */
#include "drivers/front/hvc.c"

#include "console_peer.h"

static struct hvc hvc;
static unsigned breaks;

int evtchn_send(evtchn_port_t port)
{
	peer_act(hvc.ring);
	return 0;
}

void tty_port_notice(void)
{
}

void hvc_break(struct hvc *h)
{
	REQUIRE(h->is_broken);
	breaks++;
}

/* What is sent stands in the ring, where the index says. */
static void send(const char *text, size_t len)
{
	XENCONS_RING_IDX at = hvc.out_prod;
	size_t room = hvc_room(&hvc);

	REQUIRE(room <= sizeof(hvc.ring->out));
	len = MIN(len, room);
	hvc_write(&hvc, text, len);
	REQUIRE(hvc.out_prod == at + (breaks ? 0 : len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[3000];
	struct xencons_interface *page = host_page();
	char buf[64];

	input_set(data, size);
	hvc = (struct hvc){ .port = 1 };
	hvc_ring_init(&hvc, page);
	breaks = 0;
	while (input_left()) {
		uint8_t what = input_u8();

		peer_act(hvc.ring);
		if (what & 1) {
			send(text, (size_t)what * 8);
		} else if (what & 2) {
			size_t most = what % sizeof(buf);
			size_t len = hvc_read(&hvc, buf, most);

			REQUIRE(len <= most && (!len || !breaks));
		} else {
			hvc_event(1, &hvc);
		}
	}
	REQUIRE(breaks == (hvc.is_broken ? 1 : 0));
	host_free(page);
	return 0;
}
