/*
 * block.c - memory that TCP sends from, see block.h.
 *
 * lwIP asks for a piece that refers to somebody's memory (PBUF_ROM), and for no word when it is done with
 * it. kernel/lwip/tcp_out.c sends that request here, where the piece gets a reference of the block that is
 * being written.
 */
#include "block.h"

#include <inet_hooks.h>
#include <kernel/heap.h>
#include <kernel/page.h>
#include <lwip/ip.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include "inet.h"
#include "stack.h"

#define ORDER_MAX   4u
#define STORE_LEAST (NET_STORE_LEN / 2)

struct piece {
	struct pbuf_custom custom; /* first */
	struct block *block;
};

/* What is being written; N1: one at a time. */
static struct block *current;

struct block *block_make(size_t wanted)
{
	struct block *b = heap_alloc(sizeof(*b));
	struct page *page;

	if (!b) {
		return NULL;
	}
	b->refs = 1;
	while (b->order < ORDER_MAX && PAGE_SIZE << b->order < wanted) {
		b->order++;
	}
	while (!(page = page_alloc(b->order)) && b->order > 0) {
		b->order--;
	}
	if (!page) {
		heap_free(b);
		return NULL;
	}
	b->data = page_address(page);
	b->len = PAGE_SIZE << b->order;
	return b;
}

/* Where it leaves the machine: NULL if it does not. */
static struct net_device *device_towards(const struct tcp_pcb *pcb)
{
	struct netif *netif = ip_route(&pcb->local_ip, &pcb->remote_ip);

	return netif && !address_is_bindable(&pcb->remote_ip) ? device_of(netif) : NULL;
}

struct block *block_make_stored(struct tcp_pcb *pcb, size_t wanted)
{
	struct net_device *dev = wanted >= STORE_LEAST ? device_towards(pcb) : NULL;
	struct net_store *store = dev && dev->ops->store_get ? dev->ops->store_get(dev) : NULL;
	struct block *b = store ? heap_alloc(sizeof(*b)) : NULL;

	if (b) {
		*b = (struct block){
			.refs = 1, .store = store, .data = store->data, .len = NET_STORE_LEN
		};
	} else if (store) {
		store->put(store);
	}
	return b;
}

void block_unref(struct block *b)
{
	if (--b->refs > 0) {
		return;
	}
	if (b->store) {
		b->store->put(b->store);
	} else {
		page_free(page_of(virt_to_pfn(b->data)), b->order);
	}
	heap_free(b);
}

static void piece_free(struct pbuf *p)
{
	struct piece *piece = container_of(p, struct piece, custom.pbuf);

	block_unref(piece->block);
	heap_free(piece);
}

struct net_store *block_store(const struct pbuf *p)
{
	const struct pbuf_custom *custom = container_of(p, struct pbuf_custom, pbuf);

	if (!(p->flags & PBUF_FLAG_IS_CUSTOM) || custom->custom_free_function != piece_free) {
		return NULL;
	}
	return container_of(custom, struct piece, custom)->block->store;
}

struct pbuf *inet_piece_make(u16_t len)
{
	struct piece *piece = current ? heap_alloc(sizeof(*piece)) : NULL;

	if (!piece) {
		return NULL;
	}
	piece->custom.custom_free_function = piece_free;
	piece->block = current;
	current->refs++;
	return pbuf_alloced_custom(PBUF_RAW, len, PBUF_ROM, &piece->custom, NULL, UINT16_MAX);
}

signed char block_write(struct tcp_pcb *pcb, struct block *b, size_t at, uint16_t len, bool is_more,
	const char **previous_end)
{
	const char *from = b->data + at;
	u8_t flags = is_more ? TCP_WRITE_FLAG_MORE : 0;
	err_t err;

	/* lwIP extends a piece by what stands behind it in memory, also if another block begins there. */
	if (at == 0 && *previous_end == from) {
		flags |= TCP_WRITE_FLAG_COPY;
	}
	current = b;
	err = tcp_write(pcb, from, len, flags);
	current = NULL;
	if (err == ERR_OK) {
		*previous_end = from + len;
	}
	return err;
}
