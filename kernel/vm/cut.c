/*
 * cut.c - pages that a file has lost are taken from whoever maps them.
 *
 * A mapping is a cache of what its object has. When a file is truncated the file system moves the end
 * first, so that no fault finds the pages any more; then they are cut out of every space that shows them.
 * A fault holds its space's lock from asking for the page until it is mapped: it was either
 * before the cut came to that space, and is undone, or it already finds the end where it is now.
 *
 * Invariants:
 *   X1  An area with an object stands on the object's list from when it is in a space until it is freed,
 *       and area->space says in which.
 *   X2  area->cut is the number of a cut which, like all before it, has nothing to do in this area any
 *       more: it was made after them, or they have been there. It goes with the pages: a part has its whole's, two
 *       that are joined the lower one.
 *   X3  A space whose last reference is gone is left alone: its pages go anyway.
 *
 * Locks: cuts, one at a time > a space's. `list_lock` is a spinlock for the lists, and innermost.
 */
#include <kernel/spinlock.h>
#include "space.h"

#define UNCOPIED_AT_ONCE 32u /* pages that are looked for, and then dropped together */

static struct mutex cut_lock = MUTEX_INIT(cut_lock, "vm cut");
static struct spinlock list_lock = SPINLOCK_INIT("vm objects");
static unsigned long last_cut; /* its number; under cut_lock, read without it */

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops, unsigned refs)
{
	object->ops = ops;
	object->refs = refs;
	list_init(&object->areas);
}

unsigned long cut_last(void)
{
	return __atomic_load_n(&last_cut, __ATOMIC_ACQUIRE);
}

/* X1 */
void cut_area_add(struct vm_space *space, struct vm_area *area)
{
	area->space = space;
	if (area->object) {
		spin_lock(&list_lock);
		list_push_back(&area->object->areas, &area->object_link);
		spin_unlock(&list_lock);
	}
}

void cut_area_remove(struct vm_area *area)
{
	if (area->space && area->object) {
		spin_lock(&list_lock);
		list_remove(&area->object_link);
		spin_unlock(&list_lock);
	}
}

/* A space where cut `number` is still to be made, referenced; NULL: there is none. X2, X3. */
static struct vm_space *space_find(struct vm_object *object, unsigned long number)
{
	struct vm_space *found = NULL;

	spin_lock(&list_lock);
	list_for_each(node, &object->areas) {
		struct vm_area *area = list_entry(node, struct vm_area, object_link);

		if (READ_ONCE(area->cut) < number && space_ref_try(area->space)) {
			found = area->space;
			break;
		}
	}
	spin_unlock(&list_lock);
	return found;
}

/* What to cut: pages [first, end) of the object. */
struct cut {
	struct vm_object *object;
	uint64_t first, end;
	enum vm_cut which;
	unsigned long number;
};

/* The next that is the object's own: it may sleep, which an edit may not. */
static bool uncopied_next(
	struct vm_space *space, const struct vm_area *area, struct slot *walk, vaddr_t *va)
{
	const struct vm_object *object = area->object;

	while (object->ops->has_page && slot_next(space, walk)) {
		if (object->ops->has_page(area->object, area_index(area, walk->va), walk->page)) {
			*va = walk->va;
			return true;
		}
	}
	return false;
}

/* The space's lock is held: what was found is there still. Its frame is its own: a slot is large. */
static void __noinline found_drop(struct vm_space *space, const vaddr_t *found, unsigned count)
{
	struct slot slot;

	edit_begin(space);
	for (unsigned i = 0; i < count; i++) {
		if (slot_find(space, found[i], &slot)) {
			slot_clear(space, &slot);
		}
	}
	edit_end(space);
}

static void uncopied_drop(
	struct vm_space *space, const struct vm_area *area, vaddr_t start, vaddr_t end)
{
	vaddr_t found[UNCOPIED_AT_ONCE];
	struct slot walk;
	unsigned count;

	slot_walk(&walk, start, end);
	do {
		count = 0;
		while (count < UNCOPIED_AT_ONCE &&
			uncopied_next(space, area, &walk, &found[count])) {
			count++;
		}
		found_drop(space, found, count);
	} while (count == UNCOPIED_AT_ONCE);
}

static void area_do(struct vm_space *space, const struct vm_area *area, const struct cut *cut)
{
	uint64_t low = MAX(cut->first, area->first);
	uint64_t high = MIN(cut->end, area_index(area, area->end));
	vaddr_t start = area->start + ((low - area->first) << PAGE_SHIFT);
	vaddr_t end = area->start + ((high - area->first) << PAGE_SHIFT);

	if (low >= high) {
		return;
	}
	if (cut->which == VM_CUT_ALL || (cut->which == VM_CUT_SHARED && !area_is_private(area))) {
		pages_drop(space, start, end);
	} else if (cut->which == VM_CUT_UNCOPIED && area_is_private(area)) {
		uncopied_drop(space, area, start, end);
	}
}

static void space_do(struct vm_space *space, const struct cut *cut)
{
	mutex_lock(&space->lock);
	for (struct vm_area *area = area_at_or_above(space, 0); area; area = area_next(area)) {
		if (area->object == cut->object) {
			area_do(space, area, cut);
			WRITE_ONCE(area->cut, cut->number);
		}
	}
	mutex_unlock(&space->lock);
}

void vm_object_cut(struct vm_object *object, uint64_t first, uint64_t end, enum vm_cut which)
{
	struct cut cut = { object, first, end, which, 0 };
	struct vm_space *space;

	if (list_is_empty(&object->areas)) {
		return; /* who maps it from now on finds what it has now */
	}
	mutex_lock(&cut_lock);
	cut.number = last_cut + 1;
	__atomic_store_n(&last_cut, cut.number, __ATOMIC_RELEASE);
	while ((space = space_find(object, cut.number))) {
		space_do(space, &cut);
		vm_space_unref(space);
	}
	mutex_unlock(&cut_lock);
}

bool vm_object_has_writer(const struct vm_object *object)
{
	bool has_writer = false;

	spin_lock(&list_lock);
	list_for_each(node, &object->areas) {
		const struct vm_area *area = list_entry(node, struct vm_area, object_link);

		has_writer |= (area->flags & (VM_SHARED | VM_DENY_WRITE)) == VM_SHARED;
	}
	spin_unlock(&list_lock);
	return has_writer;
}
