/*
 * page_tree.h - pages of a file by their index, sparse.
 *
 * A radix tree of 64 slots per node, as high as the largest index needs. The
 * caller serializes; the tree holds one reference of each page.
 */
#ifndef KERNEL_PAGE_TREE_H
#define KERNEL_PAGE_TREE_H

#include <kernel/page.h>

struct page_tree {
	void *root;	 /* height 0: the page of index 0 */
	unsigned height; /* levels of nodes */
	unsigned long count;
};

/* NULL: a hole. */
struct page *page_tree_get(const struct page_tree *tree, uint64_t index);
/* Takes over the reference; the slot was a hole. 0 or -ENOMEM. */
int page_tree_set(struct page_tree *tree, uint64_t index, struct page *page) __must_check;
/* The first index from `from` on that has a page, or UINT64_MAX. */
uint64_t page_tree_next(const struct page_tree *tree, uint64_t from);
/* Drop the pages [from, to]; returns how many. */
unsigned long page_tree_drop(struct page_tree *tree, uint64_t from, uint64_t to);

/* A page whose users come and go: the last one frees it. */
void page_ref(struct page *page);
void page_unref(struct page *page);

#endif
