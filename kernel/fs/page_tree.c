/* page_tree.c - pages of a file by index: see page_tree.h. */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/page_tree.h>

#define BITS  6u
#define SLOTS (1u << BITS)

struct node {
	unsigned count; /* slots in use */
	void *slots[SLOTS];
};

void page_ref(struct page *page)
{
	__atomic_add_fetch(&page->refs, 1, __ATOMIC_RELAXED);
}

void page_unref(struct page *page)
{
	if (__atomic_sub_fetch(&page->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		page_free(page, 0);
	}
}

/* Whether a tree of that height has a place for it. */
static bool is_within(unsigned height, uint64_t index)
{
	return height * BITS >= 64 || index >> (height * BITS) == 0;
}

static unsigned slot_of(uint64_t index, unsigned level)
{
	return (unsigned)(index >> (level * BITS)) % SLOTS;
}

struct page *page_tree_get(const struct page_tree *tree, uint64_t index)
{
	void *at = tree->root;

	if (!is_within(tree->height, index)) {
		return NULL;
	}
	for (unsigned level = tree->height; at && level > 0; level--) {
		at = ((struct node *)at)->slots[slot_of(index, level - 1)];
	}
	return at;
}

/* A level on top. */
static int raise(struct page_tree *tree)
{
	if (tree->root) {
		struct node *node = heap_alloc(sizeof(*node));

		if (!node) {
			return -ENOMEM;
		}
		node->slots[0] = tree->root;
		node->count = 1;
		tree->root = node;
	}
	tree->height++;
	return 0;
}

/* Empty nodes that an earlier failure left are found again, or dropped with the rest. */
static int descend(struct page_tree *tree, uint64_t index, void ***slot, struct node **last)
{
	struct node *above = NULL;
	void **at = &tree->root;

	for (unsigned level = tree->height; level > 0; level--) {
		struct node *node = *at;

		if (!node) {
			node = heap_alloc(sizeof(*node));
			if (!node) {
				return -ENOMEM;
			}
			*at = node;
			if (above) {
				above->count++;
			}
		}
		above = node;
		at = &node->slots[slot_of(index, level - 1)];
	}
	*slot = at;
	*last = above;
	return 0;
}

int page_tree_set(struct page_tree *tree, uint64_t index, struct page *page)
{
	struct node *last;
	void **slot;
	int err = 0;

	while (!err && !is_within(tree->height, index)) {
		err = raise(tree);
	}
	if (!err) {
		err = descend(tree, index, &slot, &last);
	}
	if (!err) {
		*slot = page;
		if (last) {
			last->count++;
		}
		tree->count++;
	}
	return err;
}

/* ---- ranges ------------------------------------------------------------------------------ */

struct range {
	uint64_t from, to;
};

static uint64_t next_in(void *at, unsigned height, uint64_t base, uint64_t from)
{
	struct node *node = at;
	unsigned shift;

	if (!at) {
		return UINT64_MAX;
	}
	if (height == 0) {
		return base;
	}
	shift = (height - 1) * BITS;
	for (unsigned i = from > base ? slot_of(from, height - 1) : 0; i < SLOTS; i++) {
		uint64_t found =
			next_in(node->slots[i], height - 1, base + ((uint64_t)i << shift), from);

		if (found != UINT64_MAX) {
			return found;
		}
	}
	return UINT64_MAX;
}

uint64_t page_tree_next(const struct page_tree *tree, uint64_t from)
{
	return is_within(tree->height, from) ? next_in(tree->root, tree->height, 0, from)
					     : UINT64_MAX;
}

static unsigned long drop_in(void **at, unsigned height, uint64_t base, struct range range);

/* `node` spans from `base` on; returns how many pages went. */
static unsigned long drop_slots(
	struct node *node, unsigned height, uint64_t base, struct range range)
{
	unsigned shift = (height - 1) * BITS;
	unsigned long dropped = 0;

	for (unsigned i = 0; i < SLOTS; i++) {
		uint64_t start = base + ((uint64_t)i << shift);
		uint64_t end = start + ((UINT64_C(1) << shift) - 1);

		if (node->slots[i] && start <= range.to && end >= range.from) {
			dropped += drop_in(&node->slots[i], height - 1, start, range);
			node->count -= !node->slots[i];
		}
	}
	return dropped;
}

static unsigned long drop_in(void **at, unsigned height, uint64_t base, struct range range)
{
	struct node *node = *at;
	unsigned long dropped;

	if (height == 0) {
		page_unref(*at);
		*at = NULL;
		return 1;
	}
	dropped = drop_slots(node, height, base, range);
	if (node->count == 0) {
		heap_free(node);
		*at = NULL;
	}
	return dropped;
}

unsigned long page_tree_drop(struct page_tree *tree, uint64_t from, uint64_t to)
{
	unsigned long dropped = 0;

	if (tree->root && from <= to && is_within(tree->height, from)) {
		dropped = drop_in(&tree->root, tree->height, 0, (struct range){ from, to });
	}
	tree->count -= dropped;
	if (!tree->root) {
		tree->height = 0;
	}
	return dropped;
}
