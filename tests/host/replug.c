/* replug.c - a disk and an interface that are taken away by force and come again before anybody looks; or change. */
#include "harness.h"

#include <drivers/xen/xenbus.h>
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define HOME "/local/domain/7/"

static void settle(void)
{
	thread_sleep(50 * NSEC_PER_MSEC);
}

struct node {
	const char *name, *value;
};

static void nodes_set(const char *dir, const struct node *nodes)
{
	char path[XENBUS_PATH_MAX];

	for (; nodes->name; nodes++) {
		fmt_print(path, sizeof(path), "%s/%s", dir, nodes->name);
		model_store_set(path, nodes->value);
	}
}

/* A device as the toolstack makes it, in front of a back-end that is ready. */
static void plug(
	const char *front, const char *back, const struct node *ours, const struct node *theirs)
{
	const struct node common[] = { { "backend", back }, { "backend-id", "0" }, { "state", "1" },
		{ 0 } };

	nodes_set(back, theirs);
	nodes_set(front, ours);
	nodes_set(front, common);
}

static void unplug(const char *front, const char *back)
{
	model_store_set(front, NULL);
	model_store_set(back, NULL);
}

static uint32_t number(const char *path)
{
	uint64_t value;
	const char *text = model_store_get(path);

	EXPECT(text && !xs_wire_number(text, strlen(text), &value));
	return (uint32_t)value;
}

/* ---- a disk ---------------------------------------------------------------------------- */

#define VBD	 HOME "device/vbd/51712"
#define VBD_BACK "/local/domain/0/backend/vbd/7/51712"

static void disk_plug(const char *sectors)
{
	const struct node ours[] = { { "virtual-device", "51712" }, { 0 } };
	const struct node theirs[] = { { "online", "1" }, { "sectors", sectors },
		{ "sector-size", "512" }, { "info", "0" }, { "state", "2" }, { 0 } };

	plug(VBD, VBD_BACK, ours, theirs);
}

static void disk_connect(void)
{
	settle();
	EXPECT_STR(model_store_get(VBD "/state"), "3");
	EXPECT_EQ(model_evtchn_connect(number(VBD "/event-channel"), NULL), 0);
	model_store_set(VBD_BACK "/state", "4");
	settle();
	EXPECT_STR(model_store_get(VBD "/state"), "4");
}

static struct blk_device *disk;

static void disk_take(struct blk_device *dev, void *arg)
{
	if (!strcmp(dev->name, "xvda")) {
		disk = dev;
	}
}

static struct blk_device *disk_find(void)
{
	disk = NULL;
	blk_device_for_each(disk_take, NULL);
	EXPECT(disk);
	return disk;
}

static unsigned answers;

static void answered(struct blk_request *rq)
{
	answers++;
}

/* What is out fails, and is not sent to the disk that is there now. */
TEST_BOOTED(disk_with_requests_out, "")
{
	struct blk_segment segment = { .page = page_alloc(0), .len = PAGE_SIZE };
	struct blk_request rq = { .op = BLK_WRITE,
		.segments = &segment,
		.segment_count = 1,
		.count = BLK_PAGE_SECTORS,
		.done = answered };
	struct list requests = LIST_INIT(requests);
	struct blk_device *old;

	disk_plug("2048");
	disk_connect();
	old = disk_find();
	EXPECT_EQ(old->limits.sectors, 2048);
	list_push_back(&requests, &rq.link);
	blk_submit(old, &requests);
	settle();
	EXPECT_EQ(answers, 0);
	unplug(VBD, VBD_BACK);
	disk_plug("4096");
	settle();
	EXPECT_EQ(answers, 1);
	EXPECT_EQ(rq.error, -EIO);
	disk_connect();
	EXPECT(disk_find() != old);
	EXPECT_EQ(disk->limits.sectors, 4096);
	EXPECT(old->is_dead);
}

/* A size that cannot be read is not 0. */
TEST_BOOTED(disk_whose_size_cannot_be_read, "")
{
	disk_plug("2048");
	disk_connect();
	model_store_set(VBD_BACK "/sectors", "none");
	settle();
	EXPECT_EQ(disk_find()->limits.sectors, 2048);
	model_store_set(VBD_BACK "/sectors", NULL);
	settle();
	EXPECT_EQ(disk_find()->limits.sectors, 2048);
	model_store_set(VBD_BACK "/sectors", "4096");
	settle();
	EXPECT_EQ(disk_find()->limits.sectors, 4096);
}

/* What else the back-end writes into the store while it is connected was not agreed on. */
TEST_BOOTED(disk_that_grows, "")
{
	disk_plug("2048");
	disk_connect();
	model_store_set(VBD_BACK "/sector-size", "4096");
	model_store_set(VBD_BACK "/info", "4");
	model_store_set(VBD_BACK "/feature-flush-cache", "1");
	model_store_set(VBD_BACK "/sectors", "4095");
	settle();
	EXPECT_EQ(disk_find()->limits.sectors, 4095);
	EXPECT_EQ(disk->limits.logical_size, 512);
	EXPECT(!disk->limits.is_read_only && !disk->limits.has_flush);
	model_store_set(VBD_BACK "/sectors", "18014398509481985");
	settle();
	EXPECT_EQ(disk->limits.sectors, 4095);
}

/* ---- an interface ---------------------------------------------------------------------- */

#define VIF	 HOME "device/vif/0"
#define VIF_BACK "/local/domain/0/backend/vif/7/0"

static void vif_plug(const char *mac)
{
	const struct node ours[] = { { "mac", mac }, { 0 } };
	const struct node theirs[] = { { "online", "1" }, { "feature-sg", "1" }, { "state", "2" },
		{ 0 } };

	plug(VIF, VIF_BACK, ours, theirs);
}

static void vif_connect(void)
{
	settle();
	EXPECT_STR(model_store_get(VIF "/state"), "4");
	EXPECT_EQ(model_evtchn_connect(number(VIF "/event-channel"), NULL), 0);
	model_store_set(VIF_BACK "/state", "4");
	settle();
}

/* The second has another address, the third one that is none, which is found out only by who reads it. */
TEST_BOOTED(interface_that_comes_again, "ip=10.0.0.2")
{
	vif_plug("00:16:3e:00:00:01");
	vif_connect();
	EXPECT_EQ(times_logged("net: eth0: carrier"), 1);
	unplug(VIF, VIF_BACK);
	vif_plug("00:16:3e:00:00:02");
	vif_connect();
	EXPECT_EQ(times_logged("net: eth0: no carrier"), 1);
	EXPECT_EQ(times_logged("net: eth0: carrier"), 2);
	EXPECT_EQ(times_logged("xenbus: device/vif/0: gone"), 1);
	unplug(VIF, VIF_BACK);
	vif_plug("00:16:3e:00:00");
	settle();
	EXPECT(model_store_get(HOME "error/device/vif/0/error"));
	EXPECT_STR(model_store_get(VIF "/state"), "1");
}
