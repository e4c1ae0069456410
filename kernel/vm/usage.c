/*
 * usage.c - what the areas of a space have in memory, for /proc/PID/smaps.
 *
 * The frame of zeroes is nobody's memory and does not count, as on Linux. A page of an object is held by
 * the object itself too, where it keeps its pages; one that a private area shows and the object does
 * not have at that place is a copy.
 */
#include "space.h"

static bool is_of_object(const struct vm_area *area, vaddr_t va, const struct page *page)
{
	struct page *at_hand = NULL;

	if (!area->object) {
		return false;
	}
	if (!area_is_private(area)) {
		return true;
	}
	if (area->object->ops->page_peek) {
		at_hand = area->object->ops->page_peek(area->object, area_index(area, va));
	}
	if (at_hand) {
		vm_page_put(at_hand);
	}
	return at_hand == page;
}

static void slot_count(
	const struct vm_area *area, const struct slot *slot, struct vm_area_usage *usage)
{
	bool is_objects = is_of_object(area, slot->va, slot->page);
	unsigned refs = __atomic_load_n(&slot->page->refs, __ATOMIC_RELAXED);

	usage->resident += PAGE_SIZE;
	usage->anonymous += is_objects ? 0 : PAGE_SIZE;
	usage->shared += refs > 1u + is_objects ? PAGE_SIZE : 0;
	usage->written += !is_objects || slot->prot & MMU_WRITE ? PAGE_SIZE : 0;
}

static void area_count(
	struct vm_space *space, const struct vm_area *area, struct vm_area_usage *usage)
{
	struct slot slot;

	slot_walk(&slot, area->start, area->end);
	*usage = (struct vm_area_usage){ .area = area_view(area) };
	while (slot_next(space, &slot)) {
		if (slot.page != frame_zero) {
			slot_count(area, &slot, usage);
		}
	}
}

void vm_area_usage_for_each(struct vm_space *space,
	void (*each)(const struct vm_area_usage *usage, void *arg), void *arg)
{
	struct vm_area_usage usage;

	mutex_lock(&space->lock);
	for (struct vm_area *area = area_at_or_above(space, 0); area; area = area_next(area)) {
		area_count(space, area, &usage);
		each(&usage, arg);
	}
	mutex_unlock(&space->lock);
}
