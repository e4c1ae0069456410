/* pipe_ring.c - a byte queue in pages: see pipe_ring.h. */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include "pipe_ring.h"

int pipe_ring_init(struct pipe_ring *ring, size_t size)
{
	*ring = (struct pipe_ring){ .size = PAGE_SIZE };
	while (ring->size < size) {
		ring->size *= 2;
	}
	ring->pages = heap_alloc(ring->size / PAGE_SIZE * sizeof(*ring->pages));
	return ring->pages ? 0 : -ENOMEM;
}

static void page_drop(void **slot)
{
	if (*slot) {
		page_free(page_of(virt_to_pfn(*slot)), 0);
		*slot = NULL;
	}
}

void pipe_ring_free(struct pipe_ring *ring)
{
	for (size_t i = 0; ring->pages && i < ring->size / PAGE_SIZE; i++) {
		page_drop(&ring->pages[i]);
	}
	heap_free(ring->pages);
	ring->pages = NULL;
}

static void **slot_of(const struct pipe_ring *ring, uint64_t at)
{
	return &ring->pages[at % ring->size / PAGE_SIZE];
}

/* How many of `len` bytes from `at` on lie in one page. */
static size_t within_page(uint64_t at, size_t len)
{
	return MIN(len, PAGE_SIZE - (size_t)(at % PAGE_SIZE));
}

/* Only what was put into it is ever taken out, so what it held before does not matter. */
static void *page_take(void)
{
	struct page *page = page_alloc(0);

	return page ? page_address(page) : NULL;
}

size_t pipe_ring_put(struct pipe_ring *ring, const void *data, size_t len)
{
	size_t done = 0;

	len = MIN(len, pipe_ring_room(ring));
	while (done < len) {
		void **slot = slot_of(ring, ring->head);
		size_t part = within_page(ring->head, len - done);

		if (!*slot) {
			*slot = page_take();
		}
		if (!*slot) {
			break;
		}
		memcpy((char *)*slot + ring->head % PAGE_SIZE, (const char *)data + done, part);
		ring->head += part;
		done += part;
	}
	return done;
}

/* An empty queue starts anew with its first page, so little traffic stays in one. */
static void rewind_empty(struct pipe_ring *ring)
{
	size_t used = MIN((size_t)ring->head, ring->size);

	for (size_t i = 1; i * PAGE_SIZE < used; i++) {
		page_drop(&ring->pages[i]);
	}
	ring->head = ring->tail = 0;
}

size_t pipe_ring_front(const struct pipe_ring *ring, const void **data, size_t len)
{
	len = within_page(ring->tail, MIN(len, pipe_ring_used(ring)));
	*data = len ? (const char *)*slot_of(ring, ring->tail) + ring->tail % PAGE_SIZE : NULL;
	return len;
}

size_t pipe_ring_peek(const struct pipe_ring *ring, size_t skip, void *data, size_t len)
{
	size_t used = pipe_ring_used(ring), done = 0;
	uint64_t at = ring->tail + skip;

	len = skip < used ? MIN(len, used - skip) : 0;
	while (done < len) {
		size_t part = within_page(at, len - done);

		memcpy((char *)data + done, (char *)*slot_of(ring, at) + at % PAGE_SIZE, part);
		at += part;
		done += part;
	}
	return done;
}

void pipe_ring_drop(struct pipe_ring *ring, size_t len)
{
	ring->tail += len;
	if (ring->head == ring->tail) {
		rewind_empty(ring);
	}
}

size_t pipe_ring_take(struct pipe_ring *ring, void *data, size_t len)
{
	size_t done = pipe_ring_peek(ring, 0, data, len);

	pipe_ring_drop(ring, done);
	return done;
}
