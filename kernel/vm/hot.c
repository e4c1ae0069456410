/*
 * hot.c - pages that are written to right after a fork, by the parent or by the child: the stack's
 * top, the C library's own data. Each would cost both a fault; a copy at the fork costs neither.
 *
 * Which they are is learned: the first write faults after a fork are noted, in a record
 * that a space shares with those it forks, so that what a child needs is known at the next fork. It
 * is a hint: nothing depends on it, so it is read and written without a lock.
 *
 * Pages that parent and child both had when one of them wrote are worth the most: not known, they cost two
 * faults and the copy all the same. What a parent writes to when the child is gone costs one fault, and can
 * be a lot. So each kind is remembered by itself, and much of the one does not displace the other.
 */
#include <kernel/heap.h>
#include "space.h"

#define HOT_PAGES 8u /* of a kind */

struct kind {
	unsigned next; /* the entry that is replaced next */
	vaddr_t pages[HOT_PAGES];
};

struct vm_hot {
	unsigned refs; /* atomic */
	struct kind shared, sole;
};

/* Without memory for it there is none. */
struct vm_hot *hot_create(void)
{
	struct vm_hot *hot = heap_alloc(sizeof(*hot)); /* zeroed: page 0 is nobody's */

	if (hot) {
		hot->refs = 1;
	}
	return hot;
}

void hot_unref(struct vm_hot *hot)
{
	if (hot && !__atomic_sub_fetch(&hot->refs, 1, __ATOMIC_ACQ_REL)) {
		heap_free(hot);
	}
}

void hot_fork(struct vm_space *child, struct vm_space *parent)
{
	hot_unref(child->hot);
	child->hot = parent->hot;
	if (child->hot) {
		__atomic_add_fetch(&child->hot->refs, 1, __ATOMIC_RELAXED);
	}
	child->hot_left = parent->hot_left = HOT_PAGES;
	child->hot_filter = 0;
	for (unsigned i = 0; child->hot && i < HOT_PAGES; i++) {
		child->hot_filter |= hot_bit(READ_ONCE(child->hot->shared.pages[i])) |
			hot_bit(READ_ONCE(child->hot->sole.pages[i]));
	}
}

bool hot_has(const struct vm_space *space, vaddr_t va)
{
	for (unsigned i = 0; space->hot && i < HOT_PAGES; i++) {
		if (READ_ONCE(space->hot->shared.pages[i]) == va ||
			READ_ONCE(space->hot->sole.pages[i]) == va) {
			return true;
		}
	}
	return false;
}

void hot_note(struct vm_space *space, vaddr_t va, bool was_shared)
{
	struct kind *kind;

	if (space->hot && space->hot_left && !hot_has(space, va)) {
		kind = was_shared ? &space->hot->shared : &space->hot->sole;
		space->hot_left--;
		WRITE_ONCE(kind->pages[__atomic_fetch_add(&kind->next, 1, __ATOMIC_RELAXED) %
				   HOT_PAGES],
			va);
	}
}
