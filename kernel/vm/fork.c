/*
 * fork.c - a copy-on-write twin of a space.
 *
 * The child is built while private, by plain stores, and published (pinned) at
 * the end, when one batch registers all its tables. What the parent may write
 * of its private pages is write-protected in the same transaction, committed once.
 * All memory that it takes is taken before the first page is shared.
 *
 * The child gets every mapping the parent has, also those that a fault could
 * bring back: a plain store costs less than one fault.
 */
#include "space.h"

static int areas_copy(struct vm_space *child, const struct vm_space *parent)
{
	struct vm_area *area = area_at_or_above(parent, 0);

	for (; area; area = area_next(area)) {
		struct vm_area *copy;

		if (area->flags & VM_DONT_FORK) {
			continue;
		}
		copy = area_clone(area, area->start, area->end);
		if (!copy) {
			return -ENOMEM;
		}
		area_insert(child, copy);
	}
	return 0;
}

/* Tables, and room for parked pages, wherever the parent has pages. */
static int ground_copy(struct vm_space *child, struct vm_space *parent)
{
	struct treap_node *node = treap_first(&parent->ground);
	int err = 0;

	edit_begin(child);
	for (; node && !err; node = treap_next(node)) {
		const struct ground *from = container_of(node, struct ground, node);
		struct ground *to;

		if (!from->used) {
			continue;
		}
		to = ground_get(child, node->key);
		if (!to || (from->parked_count && ground_park_room(to))) {
			err = -ENOMEM;
		}
	}
	edit_end(child);
	return err;
}

/*
 * What both will write to anyway: the child gets its copy now, and the parent's stays as it is. A page
 * that is the object's still is not the parent's to copy: later writes to the object show through.
 */
static bool page_copy_hot(struct vm_space *child, struct vm_space *parent,
	const struct vm_area *area, const struct slot *slot)
{
	bool may_be_hot = child->hot_filter & hot_bit(slot->va) && area->prot & MMU_WRITE;
	struct page *copy;

	if (!may_be_hot || !area_is_private(area) || slot->is_parked) {
		return false;
	}
	if (!(slot->prot & MMU_WRITE) && !frame_is_sole(slot->page)) {
		return false;
	}
	if (!hot_has(parent, slot->va)) {
		return false;
	}
	copy = frame_copy(slot->page);
	if (copy) {
		slot_map(child, ground_find(child, slot->va), slot->va, copy,
			frame_rights_all(area));
	}
	return copy != NULL;
}

static void page_share(struct vm_space *child, struct vm_space *parent, const struct vm_area *area,
	const struct slot *slot)
{
	struct ground *ground = ground_find(child, slot->va);
	unsigned prot = slot->prot;

	if (page_copy_hot(child, parent, area, slot)) {
		return;
	}
	frame_ref(slot->page);
	if (slot->is_parked) {
		ground_park(child, ground, slot->va, slot->page);
		return;
	}
	if (area_is_private(area) && prot & MMU_WRITE) {
		prot &= ~(unsigned)MMU_WRITE;
		slot_protect(parent, slot, prot);
	}
	slot_map(child, ground, slot->va, slot->page, prot);
}

static void pages_share(struct vm_space *child, struct vm_space *parent)
{
	struct vm_area *area = area_at_or_above(parent, 0);

	edit_begin(parent);
	edit_begin(child);
	for (; area; area = area_next(area)) {
		struct slot slot;

		slot_walk(&slot, area->start, area->end);
		while (!(area->flags & (VM_DONT_FORK | VM_WIPE_ON_FORK)) &&
			slot_next(parent, &slot)) {
			page_share(child, parent, area, &slot);
		}
	}
	edit_end(child);
	mmu_publish_within(&child->mmu);
	edit_end(parent);
}

static int fork_locked(struct vm_space *child, struct vm_space *parent)
{
	int err = areas_copy(child, parent);

	if (!err) {
		err = ground_copy(child, parent);
	}
	if (!err) {
		child->limits = parent->limits;
		child->map_top = parent->map_top;
		child->brk_start = parent->brk_start;
		child->brk = parent->brk;
		hot_fork(child, parent);
		pages_share(child, parent);
	}
	return err;
}

struct vm_space *vm_space_fork(struct vm_space *parent)
{
	struct vm_space *child = vm_space_create_private();
	int err;

	if (!child) {
		return NULL;
	}
	mutex_lock(&parent->lock);
	mutex_lock(&child->lock); /* a cut (cut.c) knows it from its first area on */
	err = fork_locked(child, parent);
	mutex_unlock(&child->lock);
	mutex_unlock(&parent->lock);
	if (err) {
		space_destroy_private(child);
		return NULL;
	}
	return child;
}
