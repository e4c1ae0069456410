/*
 * tree.h - sorted sets with links inside the objects, balanced by chance.
 *
 * A treap (Seidel and Aragon, "Randomized search trees", 1996): a search tree
 * by key and a heap by a random priority, so its shape is that of a tree filled
 * in random order whatever the order really was. Expected depth is 2 ln n.
 *
 * An owner may keep a summary of each subtree in its root: `summarize` is called
 * for a node when its children are right and something below it changed.
 */
#ifndef VM_TREE_H
#define VM_TREE_H

#include <kernel/types.h>

struct tree_node {
	struct tree_node *parent, *left, *right;
	uint64_t key;
	uint32_t priority;
};

struct tree {
	struct tree_node *root;
	void (*summarize)(struct tree_node *node); /* may be NULL */
};

/* `node->key` is set and in the tree no other node has it. */
void tree_insert(struct tree *tree, struct tree_node *node);
void tree_remove(struct tree *tree, struct tree_node *node);

/* What `node` tells about itself changed: bring all summaries up to date. */
void tree_touch(struct tree *tree, struct tree_node *node);

/* The last node with a key of at most `key`, or NULL. */
struct tree_node *tree_at_or_below(const struct tree *tree, uint64_t key);

struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);
struct tree_node *tree_prev(const struct tree_node *node);

#endif
