/* blk.c - requests and partitions, on a disk in memory. */
#include <kernel/ktest.h>
#include "ram_disk.h"

static unsigned done_count;
static int done_error;

static void note_done(struct blk_request *rq)
{
	done_count++;
	done_error = rq->error;
}

/* A read of one page at `sector`. */
static void request_make(
	struct blk_request *rq, struct blk_segment *s, struct page *page, uint64_t sector)
{
	*s = (struct blk_segment){ page, 0, PAGE_SIZE };
	*rq = (struct blk_request){ .op = BLK_READ,
		.sector = sector,
		.count = BLK_PAGE_SECTORS,
		.segments = s,
		.segment_count = 1,
		.done = note_done };
}

/* Four reads that wait: three that follow each other, and one apart. */
static void four_submit(
	struct ram_disk *d, struct blk_request rq[4], struct blk_segment s[4], struct page *page)
{
	static const uint64_t sectors[4] = { 0, 8, 16, 64 };
	struct list requests = LIST_INIT(requests);

	d->is_held = true;
	done_count = 0;
	for (unsigned i = 0; i < 4; i++) {
		request_make(&rq[i], &s[i], page, sectors[i]);
		list_push_back(&requests, &rq[i].link);
	}
	blk_submit(d->dev, &requests);
}

static bool counts_are(
	const struct blk_count *c, uint64_t requests, uint64_t merged, uint64_t sectors)
{
	return c->requests == requests && c->merged == merged && c->sectors == sectors;
}

KTEST(blk_adjacent_requests_go_as_one)
{
	struct ram_disk *d = ram_disk_make(1);
	struct page *page = page_alloc(0);
	struct blk_request rq[4];
	struct blk_segment s[4];

	KTEST_REQUIRE(d && page && !blk_device_register(d->dev));
	four_submit(d, rq, s, page);
	KTEST_EXPECT(done_count == 0);
	ram_disk_release(d);
	KTEST_EXPECT(done_count == 4);
	KTEST_EXPECT(d->taken == 2);
	KTEST_EXPECT(counts_are(&d->dev->stats.ops[rq->op], 2, 2, 4 * rq->count));
	KTEST_EXPECT(counts_are(&d->dev->stats.ops[BLK_FLUSH], 0, 0, 0) && !d->dev->stats.errors);
	ram_disk_end(d);
	page_free(page, 0);
}

KTEST(blk_merged_requests_are_taken_apart_for_who_takes_less)
{
	struct ram_disk *d = ram_disk_make(1);
	struct page *page = page_alloc(0);
	struct blk_request rq[4];
	struct blk_segment s[4];

	KTEST_REQUIRE(d && page && !blk_device_register(d->dev));
	four_submit(d, rq, s, page);
	d->segments_max = 2;
	ram_disk_release(d);
	KTEST_EXPECT(done_count == 4);
	KTEST_EXPECT(d->taken == 4);
	KTEST_EXPECT(d->last_segments == 1);
	ram_disk_end(d);
	page_free(page, 0);
}

KTEST(blk_given_back_requests_keep_their_place)
{
	struct ram_disk *d = ram_disk_make(1);
	struct page *page = page_alloc(0);
	struct blk_request rq[4], *first;
	struct blk_segment s[4];

	KTEST_REQUIRE(d && page && !blk_device_register(d->dev));
	four_submit(d, rq, s, page);
	first = blk_take(d->dev, 0, 32);
	KTEST_EXPECT(first == &rq[0] && first->merged_segments == 3);
	blk_give_back(d->dev, 0, first);
	KTEST_EXPECT(blk_take(d->dev, 0, 32) == first);
	blk_give_back(d->dev, 0, first);
	ram_disk_release(d);
	KTEST_EXPECT(done_count == 4);
	ram_disk_end(d);
	page_free(page, 0);
}

KTEST(blk_gone_disk_answers_all)
{
	struct ram_disk *d = ram_disk_make(1);
	struct page *page = page_alloc(0);
	struct blk_request rq[4];
	struct blk_segment s[4];

	KTEST_REQUIRE(d && page && !blk_device_register(d->dev));
	four_submit(d, rq, s, page);
	ram_disk_end(d);
	KTEST_EXPECT(done_count == 4 && done_error == -ENXIO);
	four_submit(d, rq, s, page);
	KTEST_EXPECT(done_count == 4 && done_error == -ENXIO);
	page_free(page, 0);
}

KTEST(blk_bad_page_takes_no_others_with_it)
{
	struct ram_disk *d = ram_disk_make(1);
	struct page *pages[12];
	struct blk_node *node;

	KTEST_REQUIRE(d && !blk_device_register(d->dev));
	node = &d->dev->nodes[0];
	for (unsigned i = 0; i < 12; i++) {
		pages[i] = page_alloc(0);
		KTEST_REQUIRE(pages[i]);
		memset(page_address(pages[i]), (int)i + 1, PAGE_SIZE);
	}
	d->bad = 5 * BLK_PAGE_SECTORS + 3;
	KTEST_EXPECT(blk_transfer(node, BLK_WRITE, 0, pages, 12) == -EIO);
	for (unsigned i = 0; i < 12; i++) {
		KTEST_EXPECT(d->bytes[i * PAGE_SIZE] == (i == 5 ? 0 : i + 1));
		page_free(pages[i], 0);
	}
	ram_disk_end(d);
}

/* A medium that is put into a drive that was empty. */
KTEST(blk_disk_grows_from_nothing)
{
	struct ram_disk *d = ram_disk_make(1);
	struct blk_limits limits;

	KTEST_REQUIRE(d);
	limits = d->dev->limits;
	d->dev->limits.sectors = 0;
	KTEST_REQUIRE(!blk_device_register(d->dev));
	KTEST_EXPECT(d->dev->nodes[0].count == 0);
	blk_limits_set(d->dev, &limits);
	KTEST_EXPECT(d->dev->nodes[0].count == limits.sectors);
	ram_disk_end(d);
}

static void sync_thread(void *arg)
{
	struct page_cache *cache = arg;

	thread_exit(page_cache_sync(cache, 0, UINT64_MAX));
}

/* A disk that answers nothing may be cut down, and again; who says so does not wait for the disk. */
KTEST(blk_resize_does_not_wait_for_writers)
{
	struct ram_disk *d = ram_disk_make(1);
	struct blk_limits limits;
	struct blk_node *node;
	struct thread *writer;

	KTEST_REQUIRE(d && !blk_device_register(d->dev));
	node = &d->dev->nodes[0];
	d->is_held = true;
	KTEST_EXPECT(page_cache_write(&node->cache, d->bytes, PAGE_SIZE, 0) == PAGE_SIZE);
	KTEST_REQUIRE(!thread_create(&writer, "sync", sync_thread, &node->cache));
	limits = d->dev->limits;
	for (limits.sectors = 100; limits.sectors > 90; limits.sectors--) {
		thread_sleep(NSEC_PER_MSEC);
		blk_limits_set(d->dev, &limits);
	}
	KTEST_EXPECT(node->count == 91);
	ram_disk_release(d);
	KTEST_EXPECT(thread_join(writer) == 0);
	for (unsigned i = 0; i < 1000 && node->cache.size != 91 << BLK_SECTOR_SHIFT; i++) {
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(node->cache.size == 91 << BLK_SECTOR_SHIFT);
	thread_sleep(20 * NSEC_PER_MSEC); /* its thread is gone too: later tests count frames */
	ram_disk_end(d);
}

KTEST(blk_transfer_reaches_the_end_and_no_further)
{
	struct ram_disk *d = ram_disk_make(1);
	struct page *pages[20];
	struct blk_node *node;

	KTEST_REQUIRE(d && !blk_device_register(d->dev));
	node = &d->dev->nodes[0];
	for (unsigned i = 0; i < 20; i++) {
		pages[i] = page_alloc(0);
		KTEST_REQUIRE(pages[i]);
		memset(page_address(pages[i]), (int)i + 1, PAGE_SIZE);
	}
	/* the last 19 pages of the disk, and one that is not there */
	KTEST_EXPECT(
		!blk_transfer(node, BLK_WRITE, node->count - 19 * BLK_PAGE_SECTORS, pages, 20));
	KTEST_EXPECT(d->bytes[RAM_DISK_LEN - 1] == 19);
	KTEST_EXPECT(d->bytes[RAM_DISK_LEN - 19 * PAGE_SIZE] == 1);
	KTEST_EXPECT(d->bytes[RAM_DISK_LEN - 19 * PAGE_SIZE - 1] == 0);
	KTEST_EXPECT(!blk_transfer(node, BLK_READ, node->count - 4, pages, 2));
	KTEST_EXPECT(((uint8_t *)page_address(pages[0]))[4 * 512 - 1] == 19);
	KTEST_EXPECT(((uint8_t *)page_address(pages[0]))[4 * 512] == 0);
	KTEST_EXPECT(((uint8_t *)page_address(pages[1]))[PAGE_SIZE - 1] == 0);
	d->error = -EIO;
	KTEST_EXPECT(blk_transfer(node, BLK_READ, 0, pages, 20) == -EIO);
	ram_disk_end(d);
	for (unsigned i = 0; i < 20; i++) {
		page_free(pages[i], 0);
	}
}

/* ---- partitions ------------------------------------------------------------------------- */

static void entry_set(uint8_t *table, unsigned i, uint8_t type, uint32_t start, uint32_t count)
{
	uint8_t *e = table + 446 + (size_t)i * 16;

	e[4] = type;
	memcpy(e + 8, &start, 4);
	memcpy(e + 12, &count, 4);
	table[510] = 0x55;
	table[511] = 0xaa;
}

/* One that is right, one that ends behind the disk, one that begins there; a chain of two that leads back to itself. */
static void mbr_fill(uint8_t *bytes)
{
	entry_set(bytes, 0, 0x83, 64, 100);
	entry_set(bytes, 1, 0x83, 900, 100000);
	entry_set(bytes, 2, 0x83, 5000, 10);
	entry_set(bytes, 3, 0x05, 300, 200);
	entry_set(bytes + 300 * 512, 0, 0x83, 10, 20);
	entry_set(bytes + 300 * 512, 1, 0x05, 100, 50);
	entry_set(bytes + 400 * 512, 0, 0x83, 10, 30);
	entry_set(bytes + 400 * 512, 1, 0x05, 100, 50);
}

static bool node_is(const struct blk_device *dev, unsigned i, uint64_t start, uint64_t count)
{
	const struct blk_node *node = &dev->nodes[i];

	return node->dev && node->start == start && node->count == count;
}

KTEST(blk_partitions_are_bounded_by_the_disk)
{
	struct ram_disk *d = ram_disk_make(16);

	KTEST_REQUIRE(d);
	mbr_fill(d->bytes);
	KTEST_REQUIRE(!blk_device_register(d->dev));
	blk_settle();
	KTEST_EXPECT(node_is(d->dev, 1, 64, 100));
	KTEST_EXPECT(node_is(d->dev, 2, 900, 1024 - 900));
	KTEST_EXPECT(!d->dev->nodes[3].dev);
	KTEST_EXPECT(node_is(d->dev, 4, 300, 2));
	KTEST_EXPECT(node_is(d->dev, 5, 310, 20));
	KTEST_EXPECT(node_is(d->dev, 6, 410, 30));
	KTEST_EXPECT(node_is(d->dev, 15, 410, 30)); /* the chain is cut */
	ram_disk_end(d);
}
