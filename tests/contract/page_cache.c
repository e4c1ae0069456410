/* page_cache.c - the page cache, on a disk in memory. */
#include <arch/clock.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include "ram_disk.h"

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
	for (unsigned i = 0; i < 100; i++) {
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

KTEST(page_cache_mapped_page_stays_dirty)
{
	struct page_cache *cache;
	struct ram_disk *d = disk_make(&cache);
	struct vm_object *object;
	struct page *page;

	KTEST_REQUIRE(d);
	object = page_cache_object(cache);
	KTEST_REQUIRE(!object->ops->page_get(object, 3, &page));
	object->ops->page_dirty(object, 3);
	((uint8_t *)page_address(page))[0] = 1;
	KTEST_EXPECT(!object->ops->sync(object, 3, 1) && d->bytes[3 * PAGE_SIZE] == 1);
	((uint8_t *)page_address(page))[0] = 2; /* through the mapping, unseen */
	KTEST_EXPECT(!object->ops->sync(object, 3, 1) && d->bytes[3 * PAGE_SIZE] == 2);
	vm_page_put(page);
	KTEST_EXPECT(!object->ops->sync(object, 3, 1) && cache->dirty_count == 0);
	KTEST_EXPECT(object->ops->page_get(object, RAM_DISK_LEN / PAGE_SIZE, &page) == -ENXIO);
	vm_object_unref(object);
	ram_disk_end(d);
}
