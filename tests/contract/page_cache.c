/* page_cache.c - the page cache, on a disk in memory. */
#include <kernel/ktest.h>
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
