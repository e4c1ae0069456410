/*
 * writeback.c - dirty pages: who has some, writing them in runs, the thread that does so by itself.
 *
 * The thread is made when the first page becomes dirty and sleeps without a timer as long as
 * none is. Runs are of neighbours, so that what was written piece by piece goes out in one piece.
 */
#include <kernel/blk.h>
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

static bool is_waiting(const struct cached_page *entry)
{
	return entry && entry->is_dirty && !entry->is_out;
}

/* Where the run of dirty pages begins that `entry` is in. */
static uint64_t run_start(const struct cached_page *entry, uint64_t first)
{
	uint64_t index = entry->index;
	unsigned back = 0;

	while (index > first && ++back < PAGE_CACHE_RUN_MAX) {
		if (!is_waiting(cached_page_find(entry->cache, index - 1))) {
			break;
		}
		index--;
	}
	return index;
}

static void error_note(struct page_cache *cache, int err)
{
	if (err) {
		cache->error = err; /* C5 */
	}
}

/*
 * Begin to write the run from `index` on; its pages are `out`. C4 is decided on now: a mapping that ends while the
 * page is being written may have changed it too late.
 */
static void run_write(struct page_cache *cache, uint64_t index, uint64_t last,
	struct blk_batch *batch, struct list *out)
{
	struct page *pages[PAGE_CACHE_RUN_MAX];
	unsigned count = 0;

	while (count < PAGE_CACHE_RUN_MAX && count <= last - index) {
		struct cached_page *entry = cached_page_find(cache, index + count);

		if (!is_waiting(entry)) {
			break;
		}
		entry->is_out = true;
		entry->is_mapped = entry->is_mapped && READ_ONCE(entry->page->refs) > 1;
		list_remove(&entry->dirty_link);
		list_push_back(out, &entry->dirty_link);
		pages[count++] = entry->page;
	}
	error_note(cache, cache->ops->write(cache, index, pages, count, batch));
	lru_count_io(0, 0, count);
}

/* All that was out is done; what is mapped goes to the end, for the next time (C4). */
static bool out_clean(struct page_cache *cache, struct list *out)
{
	bool is_last = false;

	list_for_each_safe(node, out) {
		struct cached_page *entry = list_entry(node, struct cached_page, dirty_link);

		entry->is_out = false;
		if (entry->is_mapped) {
			list_remove(node);
			list_push_back(&cache->dirty, node);
		} else {
			is_last |= cached_page_clean(entry);
		}
	}
	return is_last;
}

/* All that is dirty now, once (C7); true: C3's reference is the caller's. */
static bool write_locked(struct page_cache *cache, uint64_t first, uint64_t last)
{
	struct list old = LIST_INIT(old), out = LIST_INIT(out);
	struct cached_page *entry;
	struct blk_batch batch;

	blk_batch_begin(&batch);
	list_for_each_safe(node, &cache->dirty) {
		list_remove(node);
		list_push_back(&old, node);
	}
	while ((entry = oldest_in(&old, first, last))) {
		run_write(cache, run_start(entry, first), last, &batch, &out);
	}
	error_note(cache, blk_batch_end(&batch));
	list_for_each_safe(node, &old) {
		list_remove(node);
		list_push_back(&cache->dirty, node);
	}
	return out_clean(cache, &out);
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
