/*
 * cache.c - object caches.
 *
 * A slab is one page: a bitmap of its used slots, then the slots. The bitmap is
 * free list and proof at once: freeing a slot whose bit is clear is a bug that
 * is always caught. An empty slab goes back to the page allocator at once,
 * which keeps it at hand for this CPU.
 *
 * Invariants:
 *   C1  page->count is the number of set bits in the slab's bitmap.
 *   C2  A slab is on the partial list exactly if it has a free slot.
 */
#include <kernel/heap.h>
#include <kernel/panic.h>
#include <kernel/string.h>

#define ALIGNMENT  16u
#define WORD_BITS  64u
#define SMALL_SIZE 64u /* from here on one word has a bit for every slot */

static struct spinlock caches_lock = SPINLOCK_INIT("caches");
static struct list caches = LIST_INIT(caches);

static size_t header_size(const struct cache *cache)
{
	return cache->size >= SMALL_SIZE ? 16 : 32;
}
_Static_assert((PAGE_SIZE - 16) / SMALL_SIZE <= WORD_BITS, "header_size(): one word is enough");
_Static_assert((PAGE_SIZE - 32) / ALIGNMENT <= 4 * WORD_BITS, "header_size(): four words are");

static unsigned slot_count(const struct cache *cache)
{
	return (unsigned)((PAGE_SIZE - header_size(cache)) / cache->size);
}

static char *slot_address(const struct cache *cache, struct page *page, unsigned slot)
{
	return (char *)page_address(page) + header_size(cache) + slot * cache->size;
}

void cache_init(struct cache *cache, const char *name, size_t size)
{
	irq_state_t irq;

	assert_that(size > 0 && size <= PAGE_SIZE / 2, "an object fits into half a page");
	*cache = (struct cache){ .name = name, .size = ALIGN_UP(size, ALIGNMENT) };
	spin_init(&cache->lock, name);
	list_init(&cache->partial);
	irq = spin_lock_irqsave(&caches_lock);
	list_push_back(&caches, &cache->link);
	spin_unlock_irqrestore(&caches_lock, irq);
}

void cache_for_each(void (*each)(const struct cache *cache, void *arg), void *arg)
{
	irq_state_t irq = spin_lock_irqsave(&caches_lock);

	list_for_each(node, &caches) {
		each(list_entry(node, struct cache, link), arg);
	}
	spin_unlock_irqrestore(&caches_lock, irq);
}

/* ---- alloc: cache->lock held -------------------------------------------- */

static struct page *slab_add(struct cache *cache)
{
	struct page *page = page_alloc(0);

	if (!page) {
		return NULL;
	}
	page->kind = PAGE_CACHE;
	page->owner = cache;
	memset(page_address(page), 0, header_size(cache));
	list_push_front(&cache->partial, &page->link);
	cache->slabs++;
	return page;
}

/* A free slot of a slab that has one, now used. */
static unsigned slot_claim(const struct cache *cache, struct page *page)
{
	uint64_t *used = page_address(page);
	unsigned slot = 0;

	while (slot < slot_count(cache) && used[slot / WORD_BITS] == UINT64_MAX) {
		slot += WORD_BITS;
	}
	if (slot < slot_count(cache)) {
		slot += (unsigned)__builtin_ctzll(~used[slot / WORD_BITS]);
	}
	if (unlikely(slot >= slot_count(cache))) {
		panic("cache %s: C1 broken: the bitmap of frame %#lx was overwritten", cache->name,
			page_pfn(page).n);
	}
	used[slot / WORD_BITS] |= UINT64_C(1) << (slot % WORD_BITS);
	return slot;
}

static void *object_take(struct cache *cache)
{
	struct list *first = list_first(&cache->partial);
	struct page *page = first ? list_entry(first, struct page, link) : slab_add(cache);

	if (!page) {
		return NULL;
	}
	cache->in_use++;
	if (++page->count == slot_count(cache)) {
		list_remove(&page->link); /* C2 */
	}
	return slot_address(cache, page, slot_claim(cache, page));
}

void *cache_alloc(struct cache *cache)
{
	irq_state_t irq = spin_lock_irqsave(&cache->lock);
	void *object = object_take(cache);

	spin_unlock_irqrestore(&cache->lock, irq);
	return object;
}

void *cache_alloc_zeroed(struct cache *cache)
{
	void *object = cache_alloc(cache);

	return object ? memset(object, 0, cache->size) : NULL;
}

/* ---- free ----------------------------------------------------------------- */

static void __noreturn panic_free(
	const struct cache *cache, const void *object, const void *who, const char *why)
{
	panic("cache %s: object %#lx, freed by %pS, %s", cache->name, (unsigned long)object, who,
		why);
}

/* The slab that holds `object`, if it is one of this cache's. */
static struct page *slab_of(const struct cache *cache, const void *object, const void *who)
{
	struct page *page =
		LAYOUT_IN_DIRECT_MAP((vaddr_t)object) ? page_of(virt_to_pfn(object)) : NULL;

	if (!page || page->kind != PAGE_CACHE) {
		panic_free(cache, object, who, "is in no slab: freed twice, or never from a cache");
	}
	if (page->owner != cache) {
		const struct cache *owner = page->owner;

		panic("cache %s: object %#lx, freed by %pS, is of cache %s", cache->name,
			(unsigned long)object, who, owner->name);
	}
	return page;
}

static unsigned slot_of(const struct cache *cache, const void *object, const void *who)
{
	size_t offset = ((vaddr_t)object & ~PAGE_MASK) - header_size(cache);

	if (offset >= slot_count(cache) * cache->size || offset % cache->size) {
		panic_free(cache, object, who, "is not the start of an object");
	}
	return (unsigned)(offset / cache->size);
}

static void slot_release(
	const struct cache *cache, const struct page *page, const void *object, const void *who)
{
	unsigned slot = slot_of(cache, object, who);
	uint64_t *word = (uint64_t *)page_address(page) + slot / WORD_BITS;
	uint64_t bit = UINT64_C(1) << (slot % WORD_BITS);

	if (!(*word & bit)) {
		panic_free(cache, object, who, "is free already: freed twice");
	}
	*word &= ~bit;
}

void cache_free(struct cache *cache, void *object)
{
	const void *who = __builtin_return_address(0);
	irq_state_t irq = spin_lock_irqsave(&cache->lock);
	struct page *page = slab_of(cache, object, who);

	slot_release(cache, page, object, who);
	cache->in_use--;
	page->count--;
	if (!list_is_linked(&page->link)) {
		list_push_front(&cache->partial, &page->link); /* C2 */
	}
	if (!page->count) {
		list_remove(&page->link);
		cache->slabs--;
		page->kind = PAGE_USED;
		page_free(page, 0);
	}
	spin_unlock_irqrestore(&cache->lock, irq);
}
