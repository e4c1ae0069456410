/* page_cache.h - what the files of the page cache share. */
#ifndef PAGE_CACHE_H
#define PAGE_CACHE_H

#include <kernel/page_cache.h>

/* What is known of a page in a cache; found through page->owner. */
struct cached_page {
	struct page *page;
	struct page_cache *cache;
	uint64_t index;
	struct list lru_link;	/* under the lock of page_lru.c */
	struct list dirty_link; /* under the cache's lock, as the rest */
	bool is_dirty;
	bool is_mapped; /* C4: dirty as long as somebody maps it */
	bool is_out;	/* being written (C7) */
};

/* ---- page_cache.c ---- */

/* The page in the cache, or NULL. */
struct cached_page *cached_page_find(struct page_cache *cache, uint64_t index);
/* The page, read in if need be, with some of those behind it. */
int cached_page_fetch(struct page_cache *cache, uint64_t index, unsigned wanted,
	struct cached_page **found) __must_check;
/* The first index behind the end. */
uint64_t page_cache_end_index(const struct page_cache *cache);
/* Out of the tree, and forgotten; it is not dirty. */
void cached_page_drop(struct cached_page *entry);
void page_cache_ref(struct page_cache *cache);

/* ---- page_lru.c: how many there are, which goes first ---- */

/* A zeroed page's record, not in any tree; room is made if need be. `held`: whose lock the caller has. */
struct cached_page *cached_page_new(struct page_cache *held, uint64_t index) __must_check;
/* The record and the tree's reference go. */
void cached_page_free(struct cached_page *entry);
/* In the tree now: may be evicted. */
void lru_add(struct cached_page *entry);
void lru_touch(struct cached_page *entry);
/* Who evicts is through with the caches whose pages it took: one without pages is its owner's alone, and may be freed. */
void lru_pass(void);
/* Whether so much is dirty that writers write back themselves. */
bool lru_is_dirty_high(void);
void lru_dirty_count(long change);
void lru_count_io(unsigned long misses, unsigned long hits, unsigned long written);

/* ---- writeback.c ---- */

void cached_page_dirty(struct cached_page *entry);
/* It stops being dirty without being written. Its cache's reference (C3) is the caller's if true. */
bool cached_page_clean(struct cached_page *entry) __must_check;
/* Write back; errors stay for who syncs. */
void page_cache_relieve(struct page_cache *cache);

#endif
