/* treap.c - treaps: insert as a leaf and rotate up, rotate down to a leaf and remove. */
#include "treap.h"

/* Numbers that whoever picks the keys cannot foresee well enough to matter. */
static uint32_t priority_next(void)
{
	static uint64_t count;
	uint64_t x = __atomic_add_fetch(&count, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(x >> 32);
}

static void summarize(struct treap *tree, struct treap_node *node)
{
	if (tree->summarize) {
		tree->summarize(node);
	}
}

void treap_touch(struct treap *tree, struct treap_node *node)
{
	if (tree->summarize) {
		for (; node; node = node->parent) {
			tree->summarize(node);
		}
	}
}

/* The pointer that leads to `node`. */
static struct treap_node **link_of(struct treap *tree, struct treap_node *node)
{
	struct treap_node *parent = node->parent;

	if (!parent) {
		return &tree->root;
	}
	return parent->left == node ? &parent->left : &parent->right;
}

/* Exchange `node` with its parent, keeping the order. */
static void rotate_up(struct treap *tree, struct treap_node *node)
{
	struct treap_node *parent = node->parent, *between;

	*link_of(tree, parent) = node;
	node->parent = parent->parent;
	if (parent->left == node) {
		between = node->right;
		parent->left = between;
		node->right = parent;
	} else {
		between = node->left;
		parent->right = between;
		node->left = parent;
	}
	if (between) {
		between->parent = parent;
	}
	parent->parent = node;
	summarize(tree, parent);
	summarize(tree, node);
}

void treap_insert(struct treap *tree, struct treap_node *node)
{
	struct treap_node *parent = NULL, **link = &tree->root;

	while (*link) {
		parent = *link;
		link = node->key < parent->key ? &parent->left : &parent->right;
	}
	node->left = node->right = NULL;
	node->parent = parent;
	node->priority = priority_next();
	*link = node;
	while (node->parent && node->parent->priority < node->priority) {
		rotate_up(tree, node);
	}
	treap_touch(tree, node);
}

void treap_remove(struct treap *tree, struct treap_node *node)
{
	while (node->left || node->right) {
		struct treap_node *left = node->left, *right = node->right;

		rotate_up(
			tree, !right || (left && left->priority > right->priority) ? left : right);
	}
	*link_of(tree, node) = NULL;
	treap_touch(tree, node->parent);
	node->parent = NULL;
}

struct treap_node *treap_at_or_below(const struct treap *tree, uint64_t key)
{
	struct treap_node *node = tree->root, *best = NULL;

	while (node) {
		if (node->key <= key) {
			best = node;
			node = node->right;
		} else {
			node = node->left;
		}
	}
	return best;
}

static struct treap_node *leftmost(struct treap_node *node)
{
	while (node && node->left) {
		node = node->left;
	}
	return node;
}

static struct treap_node *rightmost(struct treap_node *node)
{
	while (node && node->right) {
		node = node->right;
	}
	return node;
}

struct treap_node *treap_first(const struct treap *tree)
{
	return leftmost(tree->root);
}

struct treap_node *treap_last(const struct treap *tree)
{
	return rightmost(tree->root);
}

struct treap_node *treap_next(const struct treap_node *node)
{
	if (node->right) {
		return leftmost(node->right);
	}
	while (node->parent && node->parent->right == node) {
		node = node->parent;
	}
	return node->parent;
}

struct treap_node *treap_prev(const struct treap_node *node)
{
	if (node->left) {
		return rightmost(node->left);
	}
	while (node->parent && node->parent->left == node) {
		node = node->parent;
	}
	return node->parent;
}
