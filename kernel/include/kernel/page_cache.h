/*
 * page_cache.h - pages of a file or disk in memory, written back later.
 *
 * A cache stands between readers, writers and mappings on one side and what keeps
 * the bytes on the other, which it knows by two functions. Pages are read in runs, ahead of a
 * sequential reader; written pages are dirty until somebody syncs, or until a
 * thread of ours does, some seconds later. Clean pages make room for others, the longest
 * unused first.
 *
 * Invariants:
 *   C1  A cache's tree and flags change under its lock, which is held across its I/O (but: C6).
 *   C2  What lies beyond the end of the file in its last page is zero, or was written there by
 *       a mapping: it is cleared before the end moves up.
 *   C3  A cache with dirty pages holds a reference of its object, so it does not go before
 *       they are written.
 *   C4  A page that a mapping may write to stays dirty as long as it is mapped: such
 *       writes are not seen.
 *   C5  A failed write-back is told once to whoever syncs next; the page is clean then.
 *   C6  Many may read from a disk at once: read() of a cache that says so runs with its lock
 *       released, into pages that nobody knows yet. They become the cache's only if `version` is
 *       what it was, that is if nothing has meanwhile changed what they should hold.
 *   C7  What is written back goes in runs, of which many are out at once. All of it stays dirty, also for
 *       who looks without the lock, until all of it is done.
 *
 * Lock order: a cache's lock > that of the cache its operations use > `page cache lru`.
 */
#ifndef KERNEL_PAGE_CACHE_H
#define KERNEL_PAGE_CACHE_H

#include <kernel/page_tree.h>
#include <kernel/vm.h>

struct page_cache;
struct blk_batch;

/* Both sleep, are called with the cache's lock held (but: C6), and take at most PAGE_CACHE_RUN_MAX pages. */
#define PAGE_CACHE_RUN_MAX 64u
struct page_cache_ops {
	/* Fill pages [first, first + count); the part beyond the end is cleared. 0 or an error. */
	int (*read)(struct page_cache *cache, uint64_t first, struct page **pages, unsigned count);
	/* Write them, or add them to the batch (kernel/blk.h): its end tells, while the lock is still held. */
	int (*write)(struct page_cache *cache, uint64_t first, struct page **pages, unsigned count,
		struct blk_batch *batch);
	/* A reference for the object's first reference; given back by `unref`. */
	void (*ref)(struct page_cache *cache);
	void (*unref)(struct page_cache *cache);
	/* A mapping may write to it from now on. May be NULL. */
	void (*touched)(struct page_cache *cache);
	bool reads_unlocked; /* C6: read() needs no lock, and may run several times at once */
};

struct page_cache {
	struct vm_object object;
	const struct page_cache_ops *ops;
	struct mutex lock;
	/* under `lock` */
	struct page_tree pages;
	struct list dirty; /* struct cached_page, in the order they became so */
	unsigned long dirty_count;
	int64_t size;	       /* bytes */
	uint64_t next_index;   /* where a sequential reader goes on */
	unsigned ahead;	       /* pages to read in at once */
	int error;	       /* C5 */
	unsigned long version; /* C6: of what the pages hold */
	/* under the lock of the list of caches to write back */
	struct list link;
};

void page_cache_init(struct page_cache *cache, const struct page_cache_ops *ops, int64_t size);

/* Forget all pages, dirty ones too. Nobody uses the cache any more, but for mappings. */
void page_cache_drop(struct page_cache *cache);

/* Forget clean pages that nobody else uses, of [first, last]. */
void page_cache_forget(struct page_cache *cache, uint64_t first, uint64_t last);

/* Forget [first, last], dirty or not: somebody else says now what is there. */
void page_cache_discard(struct page_cache *cache, uint64_t first, uint64_t last);

/*
 * [first, last] become zeroes, for mappings too, and are forgotten; before that `forget`, with the cache's lock
 * held, does the same where they are kept. What it says.
 */
int page_cache_clear(struct page_cache *cache, uint64_t first, uint64_t last,
	int (*forget)(struct page_cache *cache, uint64_t first, uint64_t last)) __must_check;

/* Bytes moved, or an error when there were none. Within the size: a read is cut, a write -ENOSPC at once or cut. */
long page_cache_read(struct page_cache *cache, void *buf, size_t len, int64_t pos);
long page_cache_write(struct page_cache *cache, const void *buf, size_t len, int64_t pos);

/* Move the end (C2); pages behind it are dropped. */
void page_cache_resize(struct page_cache *cache, int64_t size);

/* Write back what is dirty now, of [first, last]; C5. Not a flush of the disk. */
int page_cache_sync(struct page_cache *cache, uint64_t first, uint64_t last) __must_check;

/* A reference of its object for a mapping. */
struct vm_object *page_cache_object(struct page_cache *cache);

/* Write back every cache. */
void page_cache_sync_all(void);

struct page_cache_stats {
	unsigned long pages, dirty, limit;
	unsigned long hits, misses, evicted, written;
};
void page_cache_stats_get(struct page_cache_stats *stats);

#endif
