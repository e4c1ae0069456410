/*
 * net_store.c - stores: memory that the back-end reads what is sent from, where a program's bytes were copied to.
 *
 * A store is 64 KiB whose pages are granted, read-only, when it is made, and stay so until the connection ends. A
 * request that names one of its pages keeps it until it is answered.
 *
 * Invariants, besides net-front.h's:
 *   X4  A store's page holds zeroes and what was sent, or was to be sent, by this interface, and nothing else,
 *       as long as it is granted. What its back-end learns besides packets is bytes before they are sent, or that never were
 *       because their connection ended; one that is not trusted has no stores.
 *   X5  A store has one user while the network has it, and one for each request with a page of it that is out.
 *       Without users it is in front->stores_free, or, when its connection is over, ends.
 */
#include "net-front.h"

#include <kernel/heap.h>
#include <kernel/page.h>
#include <kernel/string.h>

#define STORE_ORDER 4u
/* So small a part of the machine's memory are all stores of an interface at most. */
#define MEMORY_PART 16u

_Static_assert(PAGE_SIZE << STORE_ORDER == NET_STORE_LEN, "a store is a block of pages");
_Static_assert(NET_STORE_PAGES == 1u << STORE_ORDER, "and each has a grant");

static void store_end(struct net_front_store *s)
{
	page_split(s->pages, STORE_ORDER);
	for (unsigned i = 0; i < NET_STORE_PAGES; i++) {
		if (gref_is_none(s->refs[i])) {
			page_free(s->pages + i, 0);
		} else {
			grant_end(s->refs[i], s->pages + i);
		}
	}
	heap_free(s);
}

void net_store_unref(struct net_front_store *s)
{
	if (--s->users > 0) {
		return;
	}
	if (s->front) {
		list_push_front(&s->front->stores_free, &s->free_link);
	} else {
		store_end(s);
	}
}

static void store_put(struct net_store *store)
{
	net_store_unref(container_of(store, struct net_front_store, store));
}

/* X4: zeroed before anybody else can see it. */
static struct net_front_store *store_make(struct net_front *front)
{
	struct net_front_store *s = heap_alloc(sizeof(*s));
	int err = 0;

	if (!s) {
		return NULL;
	}
	s->pages = page_alloc(STORE_ORDER);
	if (!s->pages) {
		heap_free(s);
		return NULL;
	}
	s->store = (struct net_store){ .put = store_put, .data = page_address(s->pages) };
	memset(s->store.data, 0, NET_STORE_LEN);
	for (unsigned i = 0; i < NET_STORE_PAGES; i++) {
		s->refs[i] = GREF_NONE;
	}
	for (unsigned i = 0; !err && i < NET_STORE_PAGES; i++) {
		err = grant_access(
			front->dev->backend_id, page_pfn(s->pages + i), true, &s->refs[i]);
	}
	if (err) {
		store_end(s);
		return NULL;
	}
	s->front = front;
	list_push_back(&front->stores, &s->link);
	front->store_count++;
	return s;
}

/* Not more than what a connection has to be sent, and a ring to be answered; less on a small machine. */
static bool may_make(const struct net_front *front)
{
	struct page_stats memory;

	page_stats_get(&memory);
	return front->store_count < NET_STORES_MAX &&
		front->store_count * NET_STORE_PAGES < memory.total / MEMORY_PART;
}

static struct net_front_store *free_take(struct net_front *front)
{
	struct list *first = list_first(&front->stores_free);

	if (!first) {
		return NULL;
	}
	list_remove(first);
	return list_entry(first, struct net_front_store, free_link);
}

struct net_store *net_store_get(struct net_front *front)
{
	struct net_front_store *s;

	if (!front->features.is_trusted || !front->features.has_sg || front->queue_count == 0) {
		return NULL;
	}
	s = free_take(front);
	for (unsigned i = 0; !s && i < front->queue_count && !front->is_broken; i++) {
		(void)net_tx_reap(&front->queues[i]);
		s = free_take(front);
	}
	if (!s && may_make(front)) {
		s = store_make(front);
	}
	if (s) {
		s->users = 1;
	}
	return s ? &s->store : NULL;
}

struct net_front_store *net_store_of(const struct net_front *front, const struct net_piece *piece)
{
	struct net_front_store *s;

	/* Another device's, or of a connection that ended. */
	if (!piece->store || piece->store->put != store_put) {
		return NULL;
	}
	s = container_of(piece->store, struct net_front_store, store);
	return s->front == front ? s : NULL;
}

void net_stores_forget(struct net_front *front)
{
	struct list *first;

	while ((first = list_first(&front->stores))) {
		struct net_front_store *s = list_entry(first, struct net_front_store, link);

		list_remove(first);
		s->front = NULL;
		if (s->users == 0) {
			store_end(s);
			continue;
		}
		for (unsigned i = 0; i < NET_STORE_PAGES; i++) {
			if (!grant_try_end(s->refs[i])) {
				s->refs[i] = GREF_NONE;
			}
		}
	}
	list_init(&front->stores_free);
	front->store_count = 0;
}
