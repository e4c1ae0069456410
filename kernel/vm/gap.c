/*
 * gap.c - free address ranges, from the top down.
 *
 * Each area knows the usable gap below itself, and in the tree the largest gap
 * of its subtree: the search skips subtrees in which nothing is large enough.
 * Below a stack the gap ends early, by the guard that the stack would not
 * grow into.
 */
#include "space.h"

/* Linux's bounds of the room that is left to the stack. */
#define STACK_ROOM_MIN ((size_t)128 << 20)
#define STACK_ROOM_MAX (VM_ADDRESS_END / 6 * 5)
#define RANDOM_PAGES   (1ul << 28)
#define LOW_END	       ((vaddr_t)1 << 31)

/* Where the usable gap below `area` ends. */
static vaddr_t gap_top(const struct vm_area *area)
{
	size_t guard = area->flags & VM_GROWS_DOWN ? VM_STACK_GUARD : 0;

	return area->start > guard ? area->start - guard : 0;
}

void gap_summarize(struct treap_node *node)
{
	struct vm_area *area = area_of(node);

	area->gap_max = area->gap;
	if (node->left) {
		area->gap_max = MAX(area->gap_max, area_of(node->left)->gap_max);
	}
	if (node->right) {
		area->gap_max = MAX(area->gap_max, area_of(node->right)->gap_max);
	}
}

void gap_update(struct vm_space *space, struct vm_area *area)
{
	struct vm_area *prev = area_prev(area);
	vaddr_t bottom = prev ? prev->end : VM_ADDRESS_MIN, top = gap_top(area);

	area->gap = top > bottom ? top - bottom : 0;
	treap_touch(&space->areas, &area->node);
}

bool gap_is_free(const struct vm_space *space, vaddr_t start, size_t len)
{
	struct vm_area *area = area_at_or_above(space, start);

	return !area || (start + len <= gap_top(area) && start < area->start);
}

/* The highest `len` bytes of [bottom, top) cut to [low, high), or 0. */
static vaddr_t fit(vaddr_t bottom, vaddr_t top, size_t len, vaddr_t low, vaddr_t high)
{
	bottom = MAX(bottom, low);
	top = MIN(top, high);
	return top > bottom && top - bottom >= len ? top - len : 0;
}

/* In order from the right, leaving out what cannot have it; as deep as the tree at most. */
static vaddr_t gap_find_in(struct treap_node *node, size_t len, vaddr_t low, vaddr_t high)
{
	while (node && area_of(node)->gap_max >= len) {
		const struct vm_area *area = area_of(node);
		vaddr_t top = gap_top(area), found = 0;

		if (area->end < high) {
			found = gap_find_in(node->right, len, low, high);
		}
		if (!found && area->gap) {
			found = fit(top - area->gap, top, len, low, high);
		}
		if (found) {
			return found;
		}
		node = area->start > low ? node->left : NULL;
	}
	return 0;
}

vaddr_t gap_find(const struct vm_space *space, size_t len, vaddr_t low, vaddr_t high)
{
	struct vm_area *last = area_of(treap_last(&space->areas));
	vaddr_t found = fit(last ? last->end : low, high, len, low, high);

	return found ? found : gap_find_in(space->areas.root, len, low, high);
}

long gap_place(const struct vm_space *space, vaddr_t hint, size_t len, unsigned flags)
{
	vaddr_t end = flags & VM_LOW ? LOW_END : VM_ADDRESS_END;
	vaddr_t found;

	hint = ALIGN_UP(hint, PAGE_SIZE);
	if (hint >= VM_ADDRESS_MIN && len <= end && hint <= end - len &&
		gap_is_free(space, hint, len)) {
		return (long)hint;
	}
	found = gap_find(space, len, VM_ADDRESS_MIN, MIN(space->map_top, end));
	if (!found) {
		found = gap_find(space, len, VM_ADDRESS_MIN, end);
	}
	return found ? (long)found : -ENOMEM;
}

void vm_layout_set(struct vm_space *space, size_t stack_max, unsigned long random)
{
	size_t room = MIN(MAX(stack_max, STACK_ROOM_MIN), STACK_ROOM_MAX) + VM_STACK_GUARD;

	mutex_lock(&space->lock);
	space->map_top =
		VM_ADDRESS_END - ALIGN_UP(room, PAGE_SIZE) - (random % RANDOM_PAGES) * PAGE_SIZE;
	mutex_unlock(&space->lock);
}
