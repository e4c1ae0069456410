/* attack_block.c - a disk's back-end on the ring and in its pages. */
#include "rogue.h"

#include <string.h>

/* ---- responses ------------------------------------------------------------------------------- */

static void answer_with_id(uint64_t id)
{
	disk_connect(disk_features, disk_sizes);
	disk_answer(id, disk_await().operation, BLKIF_RSP_OKAY);
}

ATTACK(id_beyond, "block id beyond the ring",
	"the back-end answers a request that is not out; the disk is disabled")
{
	answer_with_id(32);
}

ATTACK(id_pointer, "block id like a pointer",
	"the back-end answers a request that is not out; the disk is disabled")
{
	answer_with_id(0xffff800000001000u);
}

ATTACK(id_free, "block id that is not out",
	"the back-end answers a request that is not out; the disk is disabled")
{
	answer_with_id(31);
}

/* Both responses at once, when two requests are out. */
ATTACK(twice, "block double response",
	"the back-end answers a request that is not out; the disk is disabled")
{
	blkif_request_t first, second;

	disk_connect(disk_features, disk_sizes);
	for (;;) {
		first = disk_await();
		if (disk_take(&second, 400)) {
			break;
		}
		disk_answer(first.id, first.operation, BLKIF_RSP_OKAY);
	}
	*RING_GET_RESPONSE(&disk.ring, disk.ring.rsp_prod_pvt) =
		(blkif_response_t){ .id = first.id, .operation = first.operation };
	disk.ring.rsp_prod_pvt++;
	disk_answer(first.id, first.operation, BLKIF_RSP_OKAY);
}

/* All at once, and more than the guest can ask for meanwhile. */
ATTACK(unasked, "block response never asked",
	"the back-end answers more than was asked; the disk is disabled")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(1000, BLKIF_RSP_OKAY);
	for (unsigned i = 0; i <= RING_SIZE(&disk.ring); i++) {
		*RING_GET_RESPONSE(&disk.ring, disk.ring.rsp_prod_pvt) =
			(blkif_response_t){ .id = i, .operation = BLKIF_OP_READ };
		disk.ring.rsp_prod_pvt++;
	}
	disk_notify();
}

static void index_move(RING_IDX by)
{
	disk_connect(disk_features, disk_sizes);
	disk_await();
	disk.shared->rsp_prod += by;
	xenevtchn_notify(events, disk.port);
}

ATTACK(index_ahead, "block producer overrun",
	"the back-end answers more than was asked; the disk is disabled")
{
	index_move(100000);
}

ATTACK(index_back, "block producer goes back",
	"the back-end answers more than was asked; the disk is disabled")
{
	index_move((RING_IDX)-1);
}

ATTACK(other_operation, "block other operation",
	"the back-end answers with another operation than was asked for; the disk is disabled")
{
	disk_connect(disk_features, disk_sizes);
	disk_answer(disk_await().id, BLKIF_OP_FLUSH_DISKCACHE, BLKIF_RSP_OKAY);
}

static void answer_with_status(int16_t status)
{
	blkif_request_t r;

	disk_connect(disk_features, disk_sizes);
	r = disk_await();
	disk_answer(r.id, r.operation, status);
}

ATTACK(status_positive, "block status that is none",
	"the back-end answers with a status that does not exist; the disk is disabled")
{
	answer_with_status(1);
}

ATTACK(status_negative, "block negative status that is none",
	"the back-end answers with a status that does not exist; the disk is disabled")
{
	answer_with_status(INT16_MIN);
}

ATTACK(always_error, "block errors only", "")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(2000, BLKIF_RSP_ERROR);
}

ATTACK(never_supported, "block nothing supported", "")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(2000, BLKIF_RSP_EOPNOTSUPP);
}

ATTACK(silent, "block never answers", "")
{
	disk_connect(disk_features, disk_sizes);
	disk_await();
	nap(2000);
}

/* ---- pages ------------------------------------------------------------------------------------- */

ATTACK(keeps_page, "block keeps a page",
	"the back-end keeps pages of a request that it answered; the disk is disabled")
{
	blkif_request_t r;

	disk_connect(disk_features, disk_sizes);
	r = disk_await();
	grant_map(r.seg[0].gref);
	disk_answer(r.id, r.operation, BLKIF_RSP_OKAY);
}

/* The mapping of the ring outlives the device. */
ATTACK(keeps_ring, "block keeps the ring", "")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(500, BLKIF_RSP_OKAY);
	device_unplug();
	nap(1500);
	scribble(disk.shared, 4096);
}

ATTACK(ring_changed, "block ring changed under the reader", "the disk is disabled")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(500, BLKIF_RSP_OKAY);
	for (unsigned i = 0; i < 1000; i++) {
		scribble(disk.shared, 4096);
		xenevtchn_notify(events, disk.port);
	}
}

/* All but the indices: requests that wait are other ones now, and so are responses. */
ATTACK(slots_changed, "block slots changed under the reader", "the disk is disabled")
{
	blkif_request_t r;

	disk_connect(disk_features, disk_sizes);
	r = disk_await();
	for (unsigned i = 0; i < 200 && (i == 0 || disk_take(&r, 200)); i++) {
		scribble(disk.shared->ring, sizeof(disk.shared->ring[0]) * 32);
		disk.ring.rsp_prod_pvt++;
		disk_notify();
	}
}

/* Sectors, segments and operation of what is out are overwritten; the answer is right. */
ATTACK(requests_changed, "block requests changed while out", "")
{
	blkif_request_t r;

	disk_connect(disk_features, disk_sizes);
	for (unsigned i = 0; i < 100 && disk_take(&r, 100); i++) {
		scribble(RING_GET_REQUEST(&disk.ring, disk.ring.req_cons - 1), sizeof(r));
		disk_answer(r.id, r.operation, BLKIF_RSP_OKAY);
	}
}

ATTACK(event_storm, "block event storm", "")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(500, BLKIF_RSP_OKAY);
	port_storm(disk.port, NULL);
	disk_serve(500, BLKIF_RSP_OKAY);
	device_state(XenbusStateClosing);
}
