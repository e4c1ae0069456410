/* console_peer.h - what the other side does to a console's page: indices are set, ours too, or moved on. */
#ifndef FUZZ_CONSOLE_PEER_H
#define FUZZ_CONSOLE_PEER_H

#include "shim.h"

#include <xen/io/console.h>

static void peer_act(struct xencons_interface *r)
{
	XENCONS_RING_IDX *index[] = { &r->in_prod, &r->out_cons, &r->in_cons, &r->out_prod };
	uint8_t what = input_u8();

	if (what & 0x40) {
		*index[what & 3] = input_u32();
	} else if (what & 0x80) {
		*index[what & 1] += input_u8();
	}
}

#endif
