/*
 * ground.c - where a space has page tables, and what is in them.
 *
 * See G1 to G3 in space.h. Tables go away with their space only, and so do
 * struct grounds.
 */
#include <kernel/heap.h>
#include "space.h"

static struct ground *ground_of(struct treap_node *node)
{
	return node ? container_of(node, struct ground, node) : NULL;
}

struct ground *ground_find(struct vm_space *space, vaddr_t va)
{
	vaddr_t base = ALIGN_DOWN(va, GROUND_SIZE);
	struct ground *ground = space->ground_last;

	if (!ground || ground->node.key != base) {
		ground = ground_of(treap_at_or_below(&space->ground, base));
		if (!ground || ground->node.key != base) {
			return NULL;
		}
		space->ground_last = ground;
	}
	return ground;
}

struct ground *ground_get(struct vm_space *space, vaddr_t va)
{
	struct ground *ground = ground_find(space, va);
	vaddr_t base = ALIGN_DOWN(va, GROUND_SIZE);

	if (ground) {
		return ground;
	}
	ground = heap_alloc(sizeof(*ground));
	if (!ground) {
		return NULL;
	}
	if (mmu_reserve(&space->mmu, base, GROUND_PAGES)) {
		heap_free(ground);
		return NULL;
	}
	ground->node.key = base;
	treap_insert(&space->ground, &ground->node);
	space->ground_last = ground;
	return ground;
}

static void parked_free(struct ground *ground)
{
	heap_free(ground->parked);
	ground->parked = NULL;
}

void ground_free_all(struct vm_space *space)
{
	struct ground *ground;

	space->ground_last = NULL;
	while ((ground = ground_of(space->ground.root))) {
		assert_that(!ground->used, "G2");
		treap_remove(&space->ground, &ground->node);
		parked_free(ground);
		heap_free(ground);
	}
}

/* ---- parking ---------------------------------------------------------------- */

int ground_park_room(struct ground *ground)
{
	if (!ground->parked) {
		ground->parked = heap_alloc(GROUND_PAGES * sizeof(struct page *));
	}
	return ground->parked ? 0 : -ENOMEM;
}

int ground_park_prepare(struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct slot slot;

	slot_walk(&slot, start, end);
	while (slot_next(space, &slot)) {
		if (ground_park_room(slot.ground)) {
			return -ENOMEM;
		}
	}
	return 0;
}

void ground_park(struct vm_space *space, struct ground *ground, vaddr_t va, struct page *page)
{
	ground->parked[ground_index(va)] = page;
	ground->parked_count++;
	ground->used++;
	space->resident++;
}

void ground_unpark(struct ground *ground, vaddr_t va)
{
	ground->parked[ground_index(va)] = NULL;
	if (!--ground->parked_count) {
		parked_free(ground);
	}
}

/* ---- walking ------------------------------------------------------------------ */

/* Look at slot->va, in slot->ground. */
static bool slot_look(struct vm_space *space, struct slot *slot)
{
	struct ground *ground = slot->ground;
	struct mmu_entry entry;

	if (ground->parked_count && ground->parked[ground_index(slot->va)]) {
		slot->page = ground->parked[ground_index(slot->va)];
		slot->prot = 0;
		slot->is_parked = true;
		return true;
	}
	if (!mmu_query(&space->mmu, slot->va, &entry)) {
		return false;
	}
	slot_show(slot, &entry);
	return true;
}

/* Read ahead from slot->from on, below `end`, in slot->ground, which has parked nothing. */
static bool slot_read(struct vm_space *space, struct slot *slot, vaddr_t end)
{
	size_t found = mmu_next(&space->mmu, &slot->from, end, slot->ahead, SLOT_AHEAD);

	slot->ahead_at = 0;
	slot->ahead_count = (unsigned)found;
	slot->left -= MIN(slot->left, (unsigned)found);
	if (found) {
		slot_show(slot, &slot->ahead[slot->ahead_at++]);
	}
	return found != 0;
}

/* Look from slot->from on, below `end`, in slot->ground: its number of parked pages is mostly 0. */
static bool slot_seek(struct vm_space *space, struct slot *slot, vaddr_t end)
{
	if (!slot->ground->parked_count) {
		return slot_read(space, slot, end);
	}
	while (slot->from < end) {
		slot->va = slot->from;
		slot->from += PAGE_SIZE;
		if (slot_look(space, slot)) {
			slot->left--;
			return true;
		}
	}
	return false;
}

bool slot_find(struct vm_space *space, vaddr_t va, struct slot *slot)
{
	slot->va = va;
	slot->ground = ground_find(space, va);
	return slot->ground && slot->ground->used && slot_look(space, slot);
}

/* Go to the first used stretch at or after slot->from. */
static bool stretch_next(struct vm_space *space, struct slot *slot)
{
	struct treap_node *node =
		treap_at_or_below(&space->ground, ALIGN_DOWN(slot->from, GROUND_SIZE));

	if (!node) {
		node = treap_first(&space->ground);
	} else if (node->key + GROUND_SIZE <= slot->from) {
		node = treap_next(node);
	}
	while (node && !ground_of(node)->used) {
		node = treap_next(node);
	}
	if (!node || node->key >= slot->end) {
		return false;
	}
	slot->ground = ground_of(node);
	slot->left = slot->ground->used;
	slot->from = MAX(slot->from, node->key);
	return true;
}

bool slot_search(struct vm_space *space, struct slot *slot)
{
	while (slot->ground || stretch_next(space, slot)) {
		vaddr_t stretch_end = slot->ground->node.key + GROUND_SIZE;

		if (slot->left && slot_seek(space, slot, MIN(slot->end, stretch_end))) {
			return true;
		}
		slot->ground = NULL;
		slot->from = stretch_end;
		if (slot->from >= slot->end) {
			return false;
		}
	}
	return false;
}

/* ---- the end ------------------------------------------------------------------------ */

void pages_drop(struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct slot slot;

	slot_walk(&slot, start, end);
	edit_begin(space);
	while (slot_next(space, &slot)) {
		slot_clear(space, &slot);
		edit_breathe(space);
	}
	edit_end(space);
}
