/*
 * treap.h - sorted sets with links inside the objects, balanced by chance.
 *
 * A treap (Seidel and Aragon, "Randomized search trees", 1996): a search tree
 * by key and a heap by a random priority, so its shape is that of a tree filled
 * in random order whatever the order really was. Expected depth is 2 ln n.
 *
 * An owner may keep a summary of each subtree in its root: `summarize` is called
 * for a node when its children are right and something below it changed.
 */
#ifndef VM_TREAP_H
#define VM_TREAP_H

#include <kernel/types.h>

struct treap_node {
	struct treap_node *parent, *left, *right;
	uint64_t key;
	uint32_t priority;
};

struct treap {
	struct treap_node *root;
	void (*summarize)(struct treap_node *node); /* may be NULL */
};

/* `node->key` is set and in the tree no other node has it. */
void treap_insert(struct treap *tree, struct treap_node *node);
void treap_remove(struct treap *tree, struct treap_node *node);

/* What `node` tells about itself changed: bring all summaries up to date. */
void treap_touch(struct treap *tree, struct treap_node *node);

/* The last node with a key of at most `key`, or NULL. */
struct treap_node *treap_at_or_below(const struct treap *tree, uint64_t key);

struct treap_node *treap_first(const struct treap *tree);
struct treap_node *treap_last(const struct treap *tree);
struct treap_node *treap_next(const struct treap_node *node);
struct treap_node *treap_prev(const struct treap_node *node);

#endif
