/*
 * page_lru.c - all pages of all caches: their number, and which goes first when it is too large.
 *
 * At most half of the machine's memory is cached; then, or when the allocator has
 * nothing left, clean pages that nobody maps go, the longest unused first. To take a page out of
 * another cache's tree one needs that cache's lock (C1): it is only tried.
 */
#include <kernel/heap.h>
#include <kernel/string.h>
#include "page_cache.h"

#define EVICT_AT_ONCE 32u
#define EVICT_LOOK    256u /* pages that are looked at for that */

static struct spinlock lru_lock = SPINLOCK_INIT("page cache lru");
static struct list lru = LIST_INIT(lru); /* the longest unused first */
static struct page_cache_stats stats;	 /* atomic, but for `limit` */

static unsigned long limit(void)
{
	if (!stats.limit) {
		struct page_stats memory;

		page_stats_get(&memory);
		stats.limit = memory.total / 2;
	}
	return stats.limit;
}

/* Nobody but the tree has it, and losing it loses nothing. */
static bool is_evictable(const struct cached_page *entry)
{
	return !entry->is_dirty && READ_ONCE(entry->page->refs) == 1;
}

/* With the lock of its cache, or `held` being it. */
static bool evict(struct cached_page *entry, struct page_cache *held)
{
	struct page_cache *cache = entry->cache;
	bool can;

	if (cache != held && !mutex_try_lock(&cache->lock)) {
		return false;
	}
	can = is_evictable(entry);
	if (can) {
		list_remove(&entry->lru_link);
		entry->page->owner = NULL;
		page_tree_drop(&cache->pages, entry->index, entry->index);
		heap_free(entry);
	}
	if (cache != held) {
		mutex_unlock(&cache->lock);
	}
	return can;
}

static void evict_some(struct page_cache *held)
{
	unsigned looked = 0, evicted = 0;

	spin_lock(&lru_lock);
	list_for_each_safe(node, &lru) {
		struct cached_page *entry = list_entry(node, struct cached_page, lru_link);

		if (looked++ == EVICT_LOOK || evicted == EVICT_AT_ONCE) {
			break;
		}
		if (is_evictable(entry)) {
			evicted += evict(entry, held);
		}
	}
	spin_unlock(&lru_lock);
	__atomic_sub_fetch(&stats.pages, evicted, __ATOMIC_RELAXED);
	__atomic_add_fetch(&stats.evicted, evicted, __ATOMIC_RELAXED);
}

struct cached_page *cached_page_new(struct page_cache *held, uint64_t index)
{
	struct cached_page *entry = heap_alloc(sizeof(*entry));
	struct page *page;

	if (READ_ONCE(stats.pages) >= limit()) {
		evict_some(held);
	}
	page = page_alloc(0);
	if (!page) {
		evict_some(held);
		page = page_alloc(0);
	}
	if (!entry || !page) {
		heap_free(entry);
		if (page) {
			page_free(page, 0);
		}
		return NULL;
	}
	memset(page_address(page), 0, PAGE_SIZE);
	page->owner = entry;
	entry->page = page;
	entry->cache = held;
	entry->index = index;
	list_init(&entry->lru_link);
	list_init(&entry->dirty_link);
	__atomic_add_fetch(&stats.pages, 1, __ATOMIC_RELAXED);
	return entry;
}

void cached_page_free(struct cached_page *entry)
{
	spin_lock(&lru_lock);
	list_remove(&entry->lru_link);
	spin_unlock(&lru_lock);
	entry->page->owner = NULL;
	page_unref(entry->page);
	heap_free(entry);
	__atomic_sub_fetch(&stats.pages, 1, __ATOMIC_RELAXED);
}

void lru_add(struct cached_page *entry)
{
	spin_lock(&lru_lock);
	list_push_back(&lru, &entry->lru_link);
	spin_unlock(&lru_lock);
}

void lru_touch(struct cached_page *entry)
{
	spin_lock(&lru_lock);
	list_remove(&entry->lru_link);
	list_push_back(&lru, &entry->lru_link);
	spin_unlock(&lru_lock);
}

/* evict() holds the lock until it has released the cache's own. */
void lru_pass(void)
{
	spin_lock(&lru_lock);
	spin_unlock(&lru_lock);
}

/* ---- counting ------------------------------------------------------------------------ */

bool lru_is_dirty_high(void)
{
	return READ_ONCE(stats.dirty) > limit() / 2;
}

void lru_dirty_count(long change)
{
	__atomic_add_fetch(&stats.dirty, (unsigned long)change, __ATOMIC_RELAXED);
}

void lru_count_io(unsigned long misses, unsigned long hits, unsigned long written)
{
	__atomic_add_fetch(&stats.misses, misses, __ATOMIC_RELAXED);
	__atomic_add_fetch(&stats.hits, hits, __ATOMIC_RELAXED);
	__atomic_add_fetch(&stats.written, written, __ATOMIC_RELAXED);
}

void page_cache_stats_get(struct page_cache_stats *out)
{
	(void)limit();
	*out = stats;
}
