/* page_cache.c - pages of one cache: finding, reading in, copying, mapping. See kernel/page_cache.h. */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include "page_cache.h"

#define AHEAD_FIRST 4u

void page_cache_ref(struct page_cache *cache)
{
	if (__atomic_fetch_add(&cache->object.refs, 1, __ATOMIC_ACQ_REL) == 0) {
		cache->ops->ref(cache);
	}
}

uint64_t page_cache_end_index(const struct page_cache *cache)
{
	return DIV_ROUND_UP((uint64_t)cache->size, PAGE_SIZE);
}

struct cached_page *cached_page_find(struct page_cache *cache, uint64_t index)
{
	struct page *page = page_tree_get(&cache->pages, index);

	return page ? page->owner : NULL;
}

void cached_page_drop(struct cached_page *entry)
{
	page_ref(entry->page); /* cached_page_free() wants the last one */
	page_tree_drop(&entry->cache->pages, entry->index, entry->index);
	cached_page_free(entry);
}

static int insert(struct page_cache *cache, struct cached_page *entry)
{
	int err = page_tree_set(&cache->pages, entry->index, entry->page);

	if (err) {
		cached_page_free(entry);
		return err;
	}
	lru_add(entry);
	return 0;
}

/* ---- reading in -------------------------------------------------------------------------- */

/* How many pages from `index` on, none of them present, are to be read for a wish of so many. */
static unsigned run_len(struct page_cache *cache, uint64_t index, unsigned wanted)
{
	uint64_t limit = MIN(page_cache_end_index(cache), page_tree_next(&cache->pages, index));
	unsigned len;

	if (index == cache->next_index) {
		cache->ahead = MIN(MAX(cache->ahead * 2, AHEAD_FIRST), PAGE_CACHE_RUN_MAX);
	} else {
		cache->ahead = 1;
	}
	len = MIN(MAX(cache->ahead, wanted), PAGE_CACHE_RUN_MAX);
	return (unsigned)MIN((uint64_t)len, limit - index);
}

/* New pages, as many as there is memory for: how many. */
static unsigned pages_make(
	struct page_cache *cache, uint64_t index, struct page **pages, unsigned count)
{
	unsigned made = 0;

	while (made < count) {
		struct cached_page *entry = cached_page_new(cache, index + made);

		if (!entry) {
			break;
		}
		pages[made++] = entry->page;
	}
	return made;
}

/* Into the tree, where there is none yet; after an error none of them. */
static int pages_insert(
	struct page_cache *cache, uint64_t index, struct page **pages, unsigned count, int err)
{
	for (unsigned i = 0; i < count; i++) {
		if (err || cached_page_find(cache, index + i)) {
			cached_page_free(pages[i]->owner);
		} else {
			err = insert(cache, pages[i]->owner);
		}
	}
	return err;
}

static int read_run(struct page_cache *cache, uint64_t index, unsigned count)
{
	struct page *pages[PAGE_CACHE_RUN_MAX];
	unsigned made = pages_make(cache, index, pages, count);
	int err = made ? cache->ops->read(cache, index, pages, made) : -ENOMEM;

	return pages_insert(cache, index, pages, made, err);
}

/* C6. What went wrong, or changed meanwhile, is not there afterwards: cached_page_fetch() tries again. */
static void read_run_unlocked(struct page_cache *cache, uint64_t index, unsigned count)
{
	struct page *pages[PAGE_CACHE_RUN_MAX];
	unsigned made = pages_make(cache, index, pages, count);
	unsigned long version = cache->version;
	int err;

	if (!made) {
		return;
	}
	mutex_unlock(&cache->lock);
	err = cache->ops->read(cache, index, pages, made);
	mutex_lock(&cache->lock);
	(void)pages_insert(cache, index, pages, made, version == cache->version ? err : -EAGAIN);
}

/* The page, read in if need be, with some of those behind it. */
int cached_page_fetch(
	struct page_cache *cache, uint64_t index, unsigned wanted, struct cached_page **found)
{
	unsigned count;
	int err = 0;

	*found = cached_page_find(cache, index);
	if (index >= page_cache_end_index(cache)) {
		return -ENXIO; /* the end was moved while the lock was released */
	}
	if (*found) {
		lru_touch(*found);
		lru_count_io(0, 1, 0);
	} else {
		count = run_len(cache, index, wanted);
		err = read_run(cache, index, count);
		if (err && count > 1) {
			err = read_run(cache, index, 1); /* it may be another page that is bad */
		}
		*found = cached_page_find(cache, index);
		lru_count_io(1, 0, 0);
		cache->next_index = index + count;
	}
	if (!err && !*found) {
		err = -ENOMEM;
	}
	return err;
}

/* As cached_page_fetch(), but others may use the cache meanwhile. */
static int page_fetch_to_read(
	struct page_cache *cache, uint64_t index, unsigned wanted, struct cached_page **found)
{
	if (cache->ops->reads_unlocked && !cached_page_find(cache, index)) {
		unsigned count = run_len(cache, index, wanted);

		cache->next_index = index + count;
		read_run_unlocked(cache, index, count);
		*found = cached_page_find(cache, index);
		if (*found) {
			lru_count_io(1, 0, 0);
			return 0;
		}
	}
	return cached_page_fetch(cache, index, wanted, found);
}

/* As cached_page_fetch(), of which nothing is kept but what `from` and `len` leave. */
static int page_fetch_to_write(struct page_cache *cache, uint64_t index, size_t from, size_t len,
	struct cached_page **found)
{
	size_t valid = (size_t)MIN((uint64_t)cache->size - index * PAGE_SIZE, PAGE_SIZE);

	*found = cached_page_find(cache, index);
	if (!*found && from == 0 && len >= valid) {
		*found = cached_page_new(cache, index);
		return *found ? insert(cache, *found) : -ENOMEM;
	}
	return cached_page_fetch(cache, index, 1, found);
}

/* ---- reading and writing ------------------------------------------------------------------- */

static size_t within_page(int64_t pos, size_t len)
{
	return MIN(len, PAGE_SIZE - (size_t)pos % PAGE_SIZE);
}

long page_cache_read(struct page_cache *cache, void *buf, size_t len, int64_t pos)
{
	size_t done = 0;
	int err = 0;

	mutex_lock(&cache->lock);
	len = pos < cache->size ? MIN(len, (uint64_t)(cache->size - pos)) : 0;
	while (!err && done < len && pos < cache->size) {
		size_t part = within_page(pos, len - done);
		size_t pages = DIV_ROUND_UP((size_t)pos % PAGE_SIZE + len - done, PAGE_SIZE);
		struct cached_page *entry;

		err = page_fetch_to_read(cache, (uint64_t)pos >> PAGE_SHIFT,
			(unsigned)MIN(pages, PAGE_CACHE_RUN_MAX), &entry);
		if (!err) {
			memcpy((char *)buf + done,
				(char *)page_address(entry->page) + pos % (int64_t)PAGE_SIZE, part);
			done += part;
			pos += (int64_t)part;
		}
	}
	mutex_unlock(&cache->lock);
	return done ? (long)done : err;
}

long page_cache_write(struct page_cache *cache, const void *buf, size_t len, int64_t pos)
{
	size_t done = 0;
	int err = 0;

	mutex_lock(&cache->lock);
	cache->version++;
	if (len && pos >= cache->size) {
		err = -ENOSPC;
	} else {
		len = MIN(len, (uint64_t)(cache->size - pos));
	}
	while (!err && done < len) {
		size_t offset = (size_t)pos % PAGE_SIZE, part = within_page(pos, len - done);
		struct cached_page *entry;

		err = page_fetch_to_write(cache, (uint64_t)pos >> PAGE_SHIFT, offset, part, &entry);
		if (!err) {
			memcpy((char *)page_address(entry->page) + offset, (const char *)buf + done,
				part);
			cached_page_dirty(entry);
			done += part;
			pos += (int64_t)part;
		}
	}
	mutex_unlock(&cache->lock);
	if (lru_is_dirty_high()) {
		page_cache_relieve(cache);
	}
	return done ? (long)done : err;
}

/* ---- size ------------------------------------------------------------------------------------ */

/* Drop all pages from `first` on; true: the reference of C3 is the caller's. */
static bool drop_from(struct page_cache *cache, uint64_t first)
{
	uint64_t index = first;
	bool is_last = false;

	cache->version++;
	while ((index = page_tree_next(&cache->pages, index)) != UINT64_MAX) {
		struct cached_page *entry = cached_page_find(cache, index);

		is_last |= cached_page_clean(entry);
		cached_page_drop(entry);
	}
	return is_last;
}

void page_cache_resize(struct page_cache *cache, int64_t size)
{
	bool is_last = false;
	struct cached_page *entry;
	size_t used;

	mutex_lock(&cache->lock);
	cache->version++;
	if (size < cache->size) {
		is_last = drop_from(cache, DIV_ROUND_UP((uint64_t)size, PAGE_SIZE));
		cache->size = size;
	}
	used = (size_t)cache->size % PAGE_SIZE;
	entry = used ? cached_page_find(cache, (uint64_t)cache->size >> PAGE_SHIFT) : NULL;
	if (entry) {
		memset((char *)page_address(entry->page) + used, 0, PAGE_SIZE - used); /* C2 */
	}
	cache->size = size;
	mutex_unlock(&cache->lock);
	if (is_last) {
		vm_object_unref(&cache->object);
	}
}

void page_cache_drop(struct page_cache *cache)
{
	bool is_last;

	mutex_lock(&cache->lock);
	is_last = drop_from(cache, 0);
	mutex_unlock(&cache->lock);
	lru_pass();
	if (is_last) {
		vm_object_unref(&cache->object);
	}
}

void page_cache_forget(struct page_cache *cache, uint64_t first, uint64_t last)
{
	uint64_t index = first;

	mutex_lock(&cache->lock);
	while ((index = page_tree_next(&cache->pages, index)) <= last && index != UINT64_MAX) {
		struct cached_page *entry = cached_page_find(cache, index);

		if (!entry->is_dirty && READ_ONCE(entry->page->refs) == 1) {
			cached_page_drop(entry);
		}
		index++;
	}
	mutex_unlock(&cache->lock);
}

/* Drop [first, last], dirty or not; true: the reference of C3 is the caller's. */
static bool drop_range(struct page_cache *cache, uint64_t first, uint64_t last, bool with_clearing)
{
	uint64_t index = first;
	bool is_last = false;

	cache->version++;
	while ((index = page_tree_next(&cache->pages, index)) <= last && index != UINT64_MAX) {
		struct cached_page *entry = cached_page_find(cache, index++);

		if (with_clearing) {
			memset(page_address(entry->page), 0, PAGE_SIZE);
		}
		is_last |= cached_page_clean(entry);
		cached_page_drop(entry);
	}
	return is_last;
}

void page_cache_discard(struct page_cache *cache, uint64_t first, uint64_t last)
{
	bool is_last;

	mutex_lock(&cache->lock);
	is_last = drop_range(cache, first, last, false);
	mutex_unlock(&cache->lock);
	if (is_last) {
		vm_object_unref(&cache->object);
	}
}

int page_cache_clear(struct page_cache *cache, uint64_t first, uint64_t last,
	int (*forget)(struct page_cache *cache, uint64_t first, uint64_t last))
{
	bool is_last;
	int err;

	mutex_lock(&cache->lock);
	err = forget(cache, first, last);
	is_last = !err && drop_range(cache, first, last, true);
	mutex_unlock(&cache->lock);
	if (is_last) {
		vm_object_unref(&cache->object);
	}
	return err;
}
