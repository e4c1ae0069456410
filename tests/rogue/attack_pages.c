/*
 * attack_pages.c - the other end of the two rings that the toolstack makes: the console's and the store's.
 *
 * Their daemons of dom0 keep serving; this program maps the same pages, by the references that are reserved
 * for them, and writes there what the daemons never would. The ports are the daemons', so the
 * guest is made to look by having them send it something.
 */
#include "rogue.h"

#include <stdio.h>
#include <string.h>
#include <xen/grant_table.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>

/* ---- console: its end cannot be told there -------------------------------------------------------- */

static struct xencons_interface *console_map(void)
{
	return grant_map(GNTTAB_RESERVED_CONSOLE);
}

ATTACK(console_in, "console producer overrun", "")
{
	console_map()->in_prod += 3000;
}

ATTACK(console_out, "console consumer overrun", "")
{
	console_map()->out_cons += 3000;
}

/* ---- the store ---------------------------------------------------------------------------------- */

static struct xenstore_domain_interface *ring;

static void store_map(void)
{
	ring = grant_map(GNTTAB_RESERVED_XENSTORE);
}

/* A watch of the guest's fires. */
static void store_poke(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/device/nothing", domid);
	xs_write(store, XBT_NULL, path, "", 0);
	nap(200);
	xs_rm(store, XBT_NULL, path);
	nap(200);
}

static void put(const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod + i)] = ((const char *)data)[i];
	}
	wmb();
	ring->rsp_prod += (XENSTORE_RING_IDX)len;
}

static void message(uint32_t type, uint32_t id, const char *body, uint32_t len)
{
	struct xsd_sockmsg header = { .type = type, .req_id = id, .len = len };

	put(&header, sizeof(header));
	put(body, len <= 256 ? len : 0);
}

ATTACK(store_ahead, "xenstore producer overrun",
	"the store's ring indices make no sense; connection given up")
{
	store_map();
	ring->rsp_prod += 5000;
	store_poke();
}

ATTACK(store_long, "xenstore message beyond the protocol",
	"a message longer than the protocol allows; connection given up")
{
	store_map();
	message(XS_READ, 1, "", 0xffffffff);
	store_poke();
}

ATTACK(store_event, "xenstore event without a path",
	"a watch event without path and token; connection given up")
{
	store_map();
	message(XS_WATCH_EVENT, 0, "xx", 2);
	store_poke();
}

/* What nobody asked for is passed over. */
ATTACK(store_stray, "xenstore replies never asked", "")
{
	store_map();
	message(XS_READ, 1, "value", 5);
	message(XS_ERROR, 0xffffffff, "ENOENT", 7);
	message(XS_ERROR, 3, "no terminator", 13);
	message(12345, 77, "", 0);
	message(XS_WATCH_EVENT, 0,
		"device\0"
		"999999",
		14);
	message(XS_WATCH_EVENT, 0, "\0", 2);
	message(XS_WATCH_EVENT, 0,
		"device\0"
		"not a token",
		19);
	store_poke();
}

ATTACK(store_storm, "xenstore events without end", "")
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/device/nothing", domid);
	for (unsigned i = 0; i < 1000; i++) {
		xs_write(store, XBT_NULL, path, "x", 1);
	}
	xs_rm(store, XBT_NULL, path);
}
