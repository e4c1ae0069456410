/*
 * writeback.c - dirty pages: who has some, writing them in runs, the thread that does so by itself.
 *
 * The thread is made when the first page becomes dirty and sleeps without a timer as long as
 * none is. Runs are of neighbours, so that what was written piece by piece goes out in one piece.
 */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include "page_cache.h"

static unsigned interval = 5;
OPTION_UINT(writeback, "writeback", interval, 1, 3600,
	"seconds after which what was written to a disk's cache goes to the disk");

static struct spinlock list_lock = SPINLOCK_INIT("writeback");
static struct list caches = LIST_INIT(caches); /* those with dirty pages */
static struct wait_queue work = WAIT_QUEUE_INIT(work);
static bool is_started;

/* ---- who is dirty -------------------------------------------------------------------------- */

static void writeback_thread(void *arg)
{
	for (;;) {
		wait_until(&work, !list_is_empty(&caches), WAIT_FOREVER);
		thread_sleep(interval * NSEC_PER_SEC);
		page_cache_sync_all();
	}
}

static void thread_make(void)
{
	if (!__atomic_exchange_n(&is_started, true, __ATOMIC_RELAXED) &&
		thread_create(NULL, "writeback", writeback_thread, NULL)) {
		WRITE_ONCE(is_started, false); /* the next one tries again */
	}
}

static void cache_list(struct page_cache *cache)
{
	page_cache_ref(cache); /* C3 */
	spin_lock(&list_lock);
	list_push_back(&caches, &cache->link);
	spin_unlock(&list_lock);
	if (!READ_ONCE(is_started)) {
		thread_make();
	}
	wait_wake_all(&work);
}

void cached_page_dirty(struct cached_page *entry)
{
	struct page_cache *cache = entry->cache;

	if (entry->is_dirty) {
		return;
	}
	entry->is_dirty = true;
	list_push_back(&cache->dirty, &entry->dirty_link);
	lru_dirty_count(1);
	if (cache->dirty_count++ == 0) {
		cache_list(cache);
	}
}

bool cached_page_clean(struct cached_page *entry)
{
	struct page_cache *cache = entry->cache;

	if (!entry->is_dirty) {
		return false;
	}
	entry->is_dirty = false;
	list_remove(&entry->dirty_link);
	lru_dirty_count(-1);
	if (--cache->dirty_count) {
		return false;
	}
	spin_lock(&list_lock);
	list_remove(&cache->link);
	spin_unlock(&list_lock);
	return true;
}

/* ---- writing ----------------------------------------------------------------------------------- */

/* A dirty page of [first, last] that has waited since before this began, or NULL. */
static struct cached_page *oldest_in(struct list *old, uint64_t first, uint64_t last)
{
	list_for_each(node, old) {
		struct cached_page *entry = list_entry(node, struct cached_page, dirty_link);

		if (entry->index >= first && entry->index <= last) {
			return entry;
		}
	}
	return NULL;
}

/* Where the run of dirty pages begins that `entry` is in. */
static uint64_t run_start(const struct cached_page *entry, uint64_t first)
{
	uint64_t index = entry->index;
	unsigned back = 0;

	while (index > first && ++back < PAGE_CACHE_RUN_MAX) {
		struct cached_page *before = cached_page_find(entry->cache, index - 1);

		if (!before || !before->is_dirty) {
			break;
		}
		index--;
	}
	return index;
}

/* Write the run from `index` on; true: C3's reference is the caller's. */
static bool run_write(struct page_cache *cache, uint64_t index, uint64_t last)
{
	struct page *pages[PAGE_CACHE_RUN_MAX];
	unsigned count = 0;
	bool is_last = false;
	int err;

	while (count < PAGE_CACHE_RUN_MAX && count <= last - index) {
		struct cached_page *entry = cached_page_find(cache, index + count);

		if (!entry || !entry->is_dirty) {
			break;
		}
		pages[count++] = entry->page;
	}
	err = cache->ops->write(cache, index, pages, count);
	if (err) {
		cache->error = err; /* C5 */
	}
	lru_count_io(0, 0, count);
	for (unsigned i = 0; i < count; i++) {
		struct cached_page *entry = pages[i]->owner;

		if (entry->is_mapped && READ_ONCE(entry->page->refs) > 1) {
			list_remove(&entry->dirty_link); /* C4: to the end, for the next time */
			list_push_back(&cache->dirty, &entry->dirty_link);
		} else {
			entry->is_mapped = false;
			is_last |= cached_page_clean(entry);
		}
	}
	return is_last;
}

/* All that is dirty now, once: what stays dirty (C4) goes behind. */
static bool write_locked(struct page_cache *cache, uint64_t first, uint64_t last)
{
	struct list old = LIST_INIT(old);
	struct cached_page *entry;
	bool is_last = false;

	list_for_each_safe(node, &cache->dirty) {
		list_remove(node);
		list_push_back(&old, node);
	}
	while ((entry = oldest_in(&old, first, last))) {
		is_last |= run_write(cache, run_start(entry, first), last);
	}
	list_for_each_safe(node, &old) {
		list_remove(node);
		list_push_back(&cache->dirty, node);
	}
	return is_last;
}

int page_cache_sync(struct page_cache *cache, uint64_t first, uint64_t last)
{
	bool is_last;
	int err;

	mutex_lock(&cache->lock);
	is_last = write_locked(cache, first, last);
	err = cache->error;
	cache->error = 0;
	mutex_unlock(&cache->lock);
	if (is_last) {
		vm_object_unref(&cache->object);
	}
	return err;
}

void page_cache_relieve(struct page_cache *cache)
{
	bool is_last;

	mutex_lock(&cache->lock);
	is_last = write_locked(cache, 0, UINT64_MAX);
	mutex_unlock(&cache->lock);
	if (is_last) {
		vm_object_unref(&cache->object);
	}
}

/* The next cache of the list, referenced; it goes to the end. */
static struct page_cache *next_cache(void)
{
	struct list *node;

	spin_lock(&list_lock);
	node = list_first(&caches);
	if (node) {
		list_remove(node);
		list_push_back(&caches, node);
		vm_object_ref(&list_entry(node, struct page_cache, link)->object);
	}
	spin_unlock(&list_lock);
	return node ? list_entry(node, struct page_cache, link) : NULL;
}

static unsigned cache_count(void)
{
	unsigned count = 0;

	spin_lock(&list_lock);
	list_for_each(node, &caches) {
		count++;
	}
	spin_unlock(&list_lock);
	return count;
}

/* Files first make their disk's cache dirty: two rounds reach what was dirty at the start. */
void page_cache_sync_all(void)
{
	for (unsigned left = 2 * cache_count() + 2; left; left--) {
		struct page_cache *cache = next_cache();

		if (!cache) {
			return;
		}
		page_cache_relieve(cache);
		vm_object_unref(&cache->object);
	}
}
