/* disk.c - an honest disk: it says that everything was done, and does nothing. */
#include "rogue.h"

#include <string.h>

struct disk disk;

const struct node disk_features[] = { { "feature-flush-cache", "1" }, { 0 } };
const struct node disk_sizes[] = { { "sectors", "2048" }, { "sector-size", "512" }, { "info", "0" },
	{ 0 } };

static void nodes_write(const struct node *n)
{
	for (; n && n->name; n++) {
		node_write(back, n->name, "%s", n->value);
	}
}

/* The guest's /dev/xvdb. */
void disk_plug(const struct node *features)
{
	static const struct node nodes[] = { { "virtual-device", "51728" },
		{ "device-type", "disk" }, { 0 } };

	device_plug("vbd", 51728, nodes);
	nodes_write(features);
	device_state(XenbusStateInitWait);
}

void disk_map(void)
{
	if (!front_reaches(XenbusStateInitialised, 10000)) {
		give_up("the front-end offers no ring, state %ld", front_state());
	}
	disk.shared = grant_map((uint32_t)node_number(front, "ring-ref"));
	BACK_RING_INIT(&disk.ring, disk.shared, 4096);
	disk.port = event_bind(front, "event-channel");
}

void disk_go_on(const struct node *sizes)
{
	disk_map();
	nodes_write(sizes);
	device_state(XenbusStateConnected);
}

void disk_connect(const struct node *features, const struct node *sizes)
{
	disk_plug(features);
	disk_go_on(sizes);
}

bool disk_take(blkif_request_t *request, unsigned ms)
{
	for (unsigned i = 0; i <= ms / 20; i++) {
		int more;

		if (RING_HAS_UNCONSUMED_REQUESTS(&disk.ring)) {
			memcpy(request, RING_GET_REQUEST(&disk.ring, disk.ring.req_cons),
				sizeof(*request));
			disk.ring.req_cons++;
			/* What an indirect request asks for stands where others count segments. */
			if (request->operation == BLKIF_OP_INDIRECT) {
				request->operation = request->nr_segments;
			}
			return true;
		}
		RING_FINAL_CHECK_FOR_REQUESTS(&disk.ring, more);
		if (!more) {
			event_wait(20);
		}
	}
	return false;
}

blkif_request_t disk_await(void)
{
	blkif_request_t request;

	if (!disk_take(&request, 8000)) {
		give_up("the front-end asks for nothing, state %ld", front_state());
	}
	return request;
}

void disk_answer(uint64_t id, uint8_t operation, int16_t status)
{
	blkif_response_t *r = RING_GET_RESPONSE(&disk.ring, disk.ring.rsp_prod_pvt);

	*r = (blkif_response_t){ .id = id, .operation = operation, .status = status };
	disk.ring.rsp_prod_pvt++;
	disk_notify();
}

void disk_notify(void)
{
	int wanted;

	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&disk.ring, wanted);
	(void)wanted; /* once too often does no harm */
	xenevtchn_notify(events, disk.port);
}

void disk_serve(unsigned ms, int16_t status)
{
	blkif_request_t r;

	for (unsigned i = 0; i < ms / 20; i++) {
		while (disk_take(&r, 0)) {
			disk_answer(r.id, r.operation, status);
		}
		nap(20);
	}
}
