/*
 * object_anonymous.c - memory that several spaces share and no file is behind.
 *
 * Pages are made when first touched and live as long as the object. They are
 * found through blocks of consecutive ones in a tree, so that an object may be
 * large and sparse.
 */
#include <kernel/heap.h>
#include "space.h"

#define BLOCK_PAGES 32u

struct block {
	struct treap_node node; /* key: first index */
	struct page *pages[BLOCK_PAGES];
};

struct anonymous {
	struct vm_object object; /* first */
	uint64_t limit;		 /* pages */
	struct mutex lock;
	struct treap blocks; /* under `lock` */
};

static struct anonymous *anonymous_of(struct vm_object *object)
{
	return container_of(object, struct anonymous, object);
}

static struct block *block_of(struct treap_node *node)
{
	return node ? container_of(node, struct block, node) : NULL;
}

static struct block *block_find(const struct anonymous *memory, uint64_t index)
{
	uint64_t first = ALIGN_DOWN(index, BLOCK_PAGES);
	struct block *block = block_of(treap_at_or_below(&memory->blocks, first));

	return block && block->node.key == first ? block : NULL;
}

static struct block *block_get(struct anonymous *memory, uint64_t index)
{
	struct block *block = block_find(memory, index);

	if (!block) {
		block = heap_alloc(sizeof(*block));
		if (block) {
			block->node.key = ALIGN_DOWN(index, BLOCK_PAGES);
			treap_insert(&memory->blocks, &block->node);
		}
	}
	return block;
}

static struct page *page_of_block(struct block *block, uint64_t index, bool may_make)
{
	struct page **page = &block->pages[index % BLOCK_PAGES];

	if (!*page && may_make) {
		*page = frame_new();
	}
	if (*page) {
		frame_ref(*page);
	}
	return *page;
}

static int anonymous_page_get(struct vm_object *object, uint64_t index, struct page **page)
{
	struct anonymous *memory = anonymous_of(object);
	struct block *block;

	if (index >= memory->limit) {
		return -ENXIO;
	}
	mutex_lock(&memory->lock);
	block = block_get(memory, index);
	*page = block ? page_of_block(block, index, true) : NULL;
	mutex_unlock(&memory->lock);
	return *page ? 0 : -ENOMEM;
}

static struct page *anonymous_page_peek(struct vm_object *object, uint64_t index)
{
	struct anonymous *memory = anonymous_of(object);
	struct block *block;
	struct page *page;

	mutex_lock(&memory->lock);
	block = block_find(memory, index);
	page = block ? page_of_block(block, index, false) : NULL;
	mutex_unlock(&memory->lock);
	return page;
}

static void block_free(struct anonymous *memory, struct block *block)
{
	treap_remove(&memory->blocks, &block->node);
	for (unsigned i = 0; i < BLOCK_PAGES; i++) {
		if (block->pages[i]) {
			vm_page_put(block->pages[i]);
		}
	}
	heap_free(block);
}

static void anonymous_release(struct vm_object *object)
{
	struct anonymous *memory = anonymous_of(object);

	while (memory->blocks.root) {
		block_free(memory, block_of(memory->blocks.root));
	}
	heap_free(memory);
}

static const struct vm_object_ops anonymous_ops = {
	.page_get = anonymous_page_get,
	.page_peek = anonymous_page_peek,
	.release = anonymous_release,
};

struct vm_object *vm_object_anonymous(uint64_t pages)
{
	struct anonymous *memory = heap_alloc(sizeof(*memory));

	if (!memory) {
		return NULL;
	}
	vm_object_init(&memory->object, &anonymous_ops, 1);
	memory->limit = pages;
	mutex_init(&memory->lock, "vm-anonymous");
	return &memory->object;
}
