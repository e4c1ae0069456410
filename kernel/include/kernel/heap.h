/*
 * heap.h - object caches (slabs), and a general heap on top of them.
 *
 * A cache holds objects of one size in single pages. Freeing an object that is
 * not allocated, or into another cache, panics and names the cache.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <kernel/page.h>

struct cache {
	const char *name;
	size_t size; /* of an object, bytes, at most PAGE_SIZE / 2; a multiple of 16 */
	struct spinlock lock;
	struct list partial; /* slabs with at least one free object */
	struct list link;    /* all caches, for statistics */
	unsigned long in_use;
	unsigned long slabs;
};

/* Set up a cache in memory of the caller's, normally static. Objects are aligned to 16 bytes. */
void cache_init(struct cache *cache, const char *name, size_t size);

/* NULL when memory is out. Any context. Contents undefined. */
void *cache_alloc(struct cache *cache) __must_check;
void *cache_alloc_zeroed(struct cache *cache) __must_check;
void cache_free(struct cache *cache, void *object);

/*
 * General heap: up to 4 MiB; NULL when memory is out, or for size 0. Zeroed,
 * aligned to 16 bytes, from a page on to pages. Any context.
 */
void *heap_alloc(size_t size) __must_check;

/* As heap_alloc(), what is in it undefined: for what is written to at once, a path's page say. */
void *heap_alloc_unfilled(size_t size) __must_check;

/* As heap_alloc(), for what the kernel cannot run without: panics instead of NULL. */
void *heap_alloc_boot(size_t size) __must_check;

void heap_free(void *p); /* NULL is allowed */

/* Call `each` for every cache. */
void cache_for_each(void (*each)(const struct cache *cache, void *arg), void *arg);

void heap_init(void);

#endif
