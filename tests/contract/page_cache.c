/* page_cache.c - the page cache, on a disk in memory. */
#include <arch/clock.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include "memory.h"
#include "ram_disk.h"

#define DISK_PAGES ((unsigned)(RAM_DISK_LEN / PAGE_SIZE))

static struct ram_disk *disk_make(struct page_cache **cache)
{
	struct ram_disk *d = ram_disk_make(1);

	if (!d || blk_device_register(d->dev)) {
		return NULL;
	}
	*cache = &d->dev->nodes[0].cache;
	return d;
}

KTEST(page_cache_reads_once_and_ahead)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	uint8_t buf[16];
	unsigned before;

	KTEST_REQUIRE(d);
	d->bytes[5000] = 77;
	KTEST_EXPECT(
		page_cache_read(cache, buf, sizeof(buf), 4990) == sizeof(buf) && buf[10] == 77);
	before = d->taken;
	d->bytes[5000] = 78;
	KTEST_EXPECT(
		page_cache_read(cache, buf, sizeof(buf), 4990) == sizeof(buf) && buf[10] == 77);
	KTEST_EXPECT(d->taken == before);
	for (int64_t pos = 0; pos < (int64_t)RAM_DISK_LEN; pos += (int64_t)PAGE_SIZE) {
		KTEST_EXPECT(page_cache_read(cache, buf, 1, pos) == 1);
	}
	KTEST_EXPECT(d->taken - before < 16); /* of 128 pages */
	KTEST_EXPECT(page_cache_read(cache, buf, sizeof(buf), (int64_t)RAM_DISK_LEN - 4) == 4);
	KTEST_EXPECT(page_cache_read(cache, buf, sizeof(buf), (int64_t)RAM_DISK_LEN) == 0);
	ram_disk_end(d);
}

static struct reader {
	struct page_cache *cache;
	int64_t pos;
	uint8_t byte;
	bool is_done;
} readers[2];

static void reader_run(void *arg)
{
	struct reader *r = arg;

	(void)page_cache_read(r->cache, &r->byte, 1, r->pos);
	WRITE_ONCE(r->is_done, true);
}

static bool readers_are_done(void)
{
	for (unsigned i = 0; i < 6000; i++) { /* a busy machine may stand still for seconds */
		if (READ_ONCE(readers[0].is_done) && READ_ONCE(readers[1].is_done)) {
			return true;
		}
		thread_sleep(10 * NSEC_PER_MSEC);
	}
	return false;
}

/* C6: neither who reads nor who writes waits for somebody else's read; that brings in nothing old. */
KTEST(page_cache_reads_at_once)
{
	static uint8_t page[PAGE_SIZE];
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	uint8_t byte = 0;

	KTEST_REQUIRE(d);
	d->bytes[0] = 1;
	d->bytes[64 * PAGE_SIZE] = 2;
	d->is_held = true;
	for (unsigned i = 0; i < 2; i++) {
		readers[i] = (struct reader){ .cache = cache, .pos = i * 64 * (int64_t)PAGE_SIZE };
		KTEST_REQUIRE(!thread_create(NULL, "reader", reader_run, &readers[i]));
	}
	thread_sleep(50 * NSEC_PER_MSEC);
	memset(page, 9, sizeof(page));
	KTEST_EXPECT(page_cache_write(cache, page, PAGE_SIZE, 0) == PAGE_SIZE);
	KTEST_EXPECT(!readers[0].is_done && !readers[1].is_done);
	ram_disk_release(d);
	KTEST_EXPECT(readers_are_done());
	KTEST_EXPECT(readers[0].byte == 9 && readers[1].byte == 2);
	KTEST_EXPECT(page_cache_read(cache, &byte, 1, 0) == 1 && byte == 9);
	ram_disk_end(d);
}

KTEST(page_cache_writes_back_in_runs)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	static uint8_t text[3 * PAGE_SIZE];
	unsigned before;

	KTEST_REQUIRE(d);
	memset(text, 5, sizeof(text));
	/* backwards, in pieces: two pages whole, one in part */
	KTEST_EXPECT(page_cache_write(cache, text, 100, 3 * PAGE_SIZE) == 100);
	KTEST_EXPECT(page_cache_write(cache, text, PAGE_SIZE, 2 * PAGE_SIZE) == PAGE_SIZE);
	KTEST_EXPECT(page_cache_write(cache, text, PAGE_SIZE, PAGE_SIZE) == PAGE_SIZE);
	KTEST_EXPECT(d->bytes[PAGE_SIZE] == 0);
	before = d->taken;
	KTEST_EXPECT(page_cache_sync(cache, 0, UINT64_MAX) == 0);
	KTEST_EXPECT(d->taken - before == 1);
	KTEST_EXPECT(d->bytes[PAGE_SIZE] == 5 && d->bytes[3 * PAGE_SIZE + 99] == 5);
	KTEST_EXPECT(d->bytes[3 * PAGE_SIZE + 100] == 0);
	KTEST_EXPECT(cache->dirty_count == 0);
	KTEST_EXPECT(!blk_node_sync(&d->dev->nodes[0]) && d->flushes == 1);
	ram_disk_end(d);
}

/* A byte into each of `count` pages, `step` apart: its number, and one. */
static void pages_mark(struct page_cache *cache, unsigned count, unsigned step)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t byte = (uint8_t)(i + 1);

		KTEST_EXPECT(page_cache_write(cache, &byte, 1, i * step * (int64_t)PAGE_SIZE) == 1);
	}
}

static unsigned pages_kept(const struct ram_disk *d, unsigned count, unsigned step)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++) {
		kept += d->bytes[i * step * PAGE_SIZE] == (uint8_t)(i + 1);
	}
	return kept;
}

/* C7: the driver is told once of several runs, in a row or apart, so that the back-end is. */
KTEST(page_cache_writes_runs_at_once)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	unsigned before;

	KTEST_REQUIRE(d);
	pages_mark(cache, DISK_PAGES, 1);
	before = d->woken;
	KTEST_EXPECT(!page_cache_sync(cache, 0, UINT64_MAX));
	KTEST_EXPECT(d->woken - before == 1);
	KTEST_EXPECT(pages_kept(d, DISK_PAGES, 1) == DISK_PAGES && cache->dirty_count == 0);
	memset(d->bytes, 0, RAM_DISK_LEN);
	pages_mark(cache, 32, 3);
	before = d->woken;
	KTEST_EXPECT(!page_cache_sync(cache, 0, UINT64_MAX));
	KTEST_EXPECT(d->woken - before == 1);
	KTEST_EXPECT(pages_kept(d, 32, 3) == 32 && cache->dirty_count == 0);
	ram_disk_end(d);
}

/* More runs than are out at once, and with hardly any memory for them. */
KTEST(page_cache_writes_without_memory)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	struct list hoard;
	int err;

	KTEST_REQUIRE(d);
	pages_mark(cache, DISK_PAGES / 2, 2);
	KTEST_EXPECT(!page_cache_sync(cache, 0, UINT64_MAX));
	KTEST_EXPECT(pages_kept(d, DISK_PAGES / 2, 2) == DISK_PAGES / 2);
	memset(d->bytes, 0, RAM_DISK_LEN);
	pages_mark(cache, DISK_PAGES / 2, 2);
	hoard_fill(&hoard, ALL_FRAMES);
	err = page_cache_sync(cache, 0, UINT64_MAX);
	hoard_release(&hoard, ALL_FRAMES);
	KTEST_EXPECT(!err && pages_kept(d, DISK_PAGES / 2, 2) == DISK_PAGES / 2);
	ram_disk_end(d);
}

/* Of several runs that are out one cannot be written: that is told, and the others are kept. */
KTEST(page_cache_loses_only_what_is_bad)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);

	KTEST_REQUIRE(d);
	pages_mark(cache, 20, 3);
	d->bad = 30 * BLK_PAGE_SECTORS;
	KTEST_EXPECT(page_cache_sync(cache, 0, UINT64_MAX) == -EIO);
	KTEST_EXPECT(pages_kept(d, 20, 3) == 19 && d->bytes[30 * PAGE_SIZE] == 0);
	KTEST_EXPECT(!page_cache_sync(cache, 0, UINT64_MAX));
	ram_disk_end(d);
}

static void syncer_run(void *arg)
{
	struct reader *r = arg;

	r->byte = page_cache_sync(r->cache, 0, UINT64_MAX) != 0;
	WRITE_ONCE(r->is_done, true);
}

/* Hold the disk, and have a thread sync: what is dirty is out when this returns. */
static bool syncer_start(struct ram_disk *d, struct page_cache *cache)
{
	unsigned before = d->woken;

	d->is_held = true;
	readers[0] = (struct reader){ .cache = cache };
	readers[1].is_done = true;
	if (thread_create(NULL, "syncer", syncer_run, &readers[0])) {
		return false;
	}
	while (READ_ONCE(d->woken) == before) {
		thread_sleep(NSEC_PER_MSEC);
	}
	return true;
}

/* C7: who looks whether there is anything to sync sees it until it is written. */
KTEST(page_cache_is_dirty_until_all_is_written)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);

	KTEST_REQUIRE(d);
	pages_mark(cache, DISK_PAGES, 1);
	KTEST_REQUIRE(syncer_start(d, cache));
	KTEST_EXPECT(READ_ONCE(cache->dirty_count) == DISK_PAGES && !readers[0].is_done);
	ram_disk_release(d);
	KTEST_EXPECT(readers_are_done() && !readers[0].byte && cache->dirty_count == 0);
	ram_disk_end(d);
}

KTEST(page_cache_tells_of_a_lost_write_once)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	char c = 1;

	KTEST_REQUIRE(d);
	KTEST_EXPECT(page_cache_write(cache, &c, 1, 0) == 1);
	d->error = -EIO;
	page_cache_sync_all(); /* nobody asked */
	d->error = 0;
	KTEST_EXPECT(page_cache_sync(cache, 0, UINT64_MAX) == -EIO);
	KTEST_EXPECT(page_cache_sync(cache, 0, UINT64_MAX) == 0);
	ram_disk_end(d);
}

KTEST(page_cache_reads_around_a_bad_page)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	char c;

	KTEST_REQUIRE(d);
	d->error = -EIO;
	KTEST_EXPECT(page_cache_read(cache, &c, 1, 0) == -EIO);
	d->error = 0;
	KTEST_EXPECT(page_cache_read(cache, &c, 1, 0) == 1);
	ram_disk_end(d);
}

KTEST(page_cache_end_moves_over_zeroes)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	uint8_t c = 9;

	KTEST_REQUIRE(d);
	KTEST_EXPECT(page_cache_write(cache, &c, 1, 6000) == 1);
	page_cache_resize(cache, 5000);
	KTEST_EXPECT(page_cache_read(cache, &c, 1, 6000) == 0);
	page_cache_resize(cache, 8192);
	KTEST_EXPECT(page_cache_read(cache, &c, 1, 6000) == 1 && c == 0);
	ram_disk_end(d);
}

/* Of the page with that number, as a mapping has it that wrote to it: NULL, or its bytes; *page is to be put back. */
static uint8_t *page_map(struct vm_object *object, uint64_t number, struct page **page)
{
	if (object->ops->page_get(object, number, page)) {
		return NULL;
	}
	object->ops->page_dirty(object, number);
	return page_address(*page);
}

KTEST(page_cache_mapped_page_stays_dirty)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	struct vm_object *object;
	struct page *page;
	uint8_t *bytes;

	KTEST_REQUIRE(d);
	object = page_cache_object(cache);
	bytes = page_map(object, 3, &page);
	KTEST_REQUIRE(bytes);
	bytes[0] = 1;
	KTEST_EXPECT(!object->ops->sync(object, 3, 1) && d->bytes[3 * PAGE_SIZE] == 1);
	bytes[0] = 2; /* through the mapping, unseen */
	KTEST_EXPECT(!object->ops->sync(object, 3, 1) && d->bytes[3 * PAGE_SIZE] == 2);
	vm_page_put(page);
	KTEST_EXPECT(!object->ops->sync(object, 3, 1) && cache->dirty_count == 0);
	KTEST_EXPECT(object->ops->page_get(object, RAM_DISK_LEN / PAGE_SIZE, &page) == -ENXIO);
	vm_object_unref(object);
	ram_disk_end(d);
}

/* C4: what a mapping wrote while the page was on its way may not be on the disk, though it is mapped no more. */
KTEST(page_cache_mapping_may_end_while_its_page_is_written)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	struct vm_object *object;
	struct page *page;
	uint8_t *bytes;

	KTEST_REQUIRE(d);
	object = page_cache_object(cache);
	bytes = page_map(object, 3, &page);
	KTEST_REQUIRE(bytes);
	KTEST_REQUIRE(syncer_start(d, cache));
	bytes[0] = 2;
	vm_page_put(page);
	ram_disk_release(d);
	KTEST_EXPECT(readers_are_done() && cache->dirty_count == 1);
	KTEST_EXPECT(!page_cache_sync(cache, 0, UINT64_MAX) && cache->dirty_count == 0);
	KTEST_EXPECT(d->bytes[3 * PAGE_SIZE] == 2);
	vm_object_unref(object);
	ram_disk_end(d);
}
