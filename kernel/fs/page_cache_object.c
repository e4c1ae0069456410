/* page_cache_object.c - a cache's pages in mappings (struct vm_object). See kernel/page_cache.h. */
#include <kernel/errno.h>
#include "page_cache.h"

static struct page_cache *cache_of(struct vm_object *object)
{
	return container_of(object, struct page_cache, object);
}

static int object_page_get(struct vm_object *object, uint64_t index, struct page **page)
{
	struct page_cache *cache = cache_of(object);
	struct cached_page *entry;
	int err = -ENXIO;

	mutex_lock(&cache->lock);
	if (index < page_cache_end_index(cache)) {
		err = cached_page_fetch(cache, index, 1, &entry);
	}
	if (!err) {
		*page = entry->page;
		page_ref(*page);
	}
	mutex_unlock(&cache->lock);
	return err;
}

/* Waits for nobody: also not for who reads something in under the lock. */
static struct page *object_page_peek(struct vm_object *object, uint64_t index)
{
	struct page_cache *cache = cache_of(object);
	struct page *page = NULL;

	if (mutex_try_lock(&cache->lock)) {
		if (index < page_cache_end_index(cache)) {
			page = page_tree_get(&cache->pages, index);
		}
		if (page) {
			page_ref(page);
		}
		mutex_unlock(&cache->lock);
	}
	return page;
}

static bool object_has_page(struct vm_object *object, uint64_t index, const struct page *page)
{
	struct page_cache *cache = cache_of(object);
	bool is_there;

	mutex_lock(&cache->lock);
	is_there = page_tree_get(&cache->pages, index) == page;
	mutex_unlock(&cache->lock);
	return is_there;
}

static void object_page_dirty(struct vm_object *object, uint64_t index)
{
	struct page_cache *cache = cache_of(object);
	struct cached_page *entry;

	mutex_lock(&cache->lock);
	cache->version++;
	entry = cached_page_find(cache, index);
	if (entry) {
		entry->is_mapped = true; /* C4 */
		cached_page_dirty(entry);
	}
	mutex_unlock(&cache->lock);
	if (cache->ops->touched) {
		cache->ops->touched(cache);
	}
}

static int object_sync(struct vm_object *object, uint64_t first, uint64_t count)
{
	return page_cache_sync(cache_of(object), first, first + count - 1);
}

static void object_release(struct vm_object *object)
{
	struct page_cache *cache = cache_of(object);

	cache->ops->unref(cache);
}

static const struct vm_object_ops object_ops = {
	.page_get = object_page_get,
	.page_peek = object_page_peek,
	.page_dirty = object_page_dirty,
	.has_page = object_has_page,
	.sync = object_sync,
	.release = object_release,
};

struct vm_object *page_cache_object(struct page_cache *cache)
{
	page_cache_ref(cache);
	return &cache->object;
}

void page_cache_init(struct page_cache *cache, const struct page_cache_ops *ops, int64_t size)
{
	*cache = (struct page_cache){ .ops = ops, .size = size };
	vm_object_init(&cache->object, &object_ops, 0);
	mutex_init(&cache->lock, "page cache");
	list_init(&cache->dirty);
	list_init(&cache->link);
}
