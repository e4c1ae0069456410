/*
 * fault_object.c - faults on mappings of files and of shared memory.
 *
 * The page itself comes from the object, which may sleep for it. Neighbours
 * that the object has at hand are mapped with it: 16 around, and on new ground,
 * where entries cost nothing on PV, 64. They get the rights that need no further
 * preparation, so nobody's first write is missed. A fault for writing brings its page alone where
 * the neighbours could only be read: each would fault again when it is written to.
 */
#include "space.h"

#define AROUND		  ((vaddr_t)16 * PAGE_SIZE)
#define AROUND_NEW_GROUND ((vaddr_t)VM_AHEAD_MAX * PAGE_SIZE)
_Static_assert(AROUND_NEW_GROUND <= GROUND_SIZE, "around stays within a stretch");

/* The page for `va` and, in *rights, what its entry may grant. */
static int page_prepare(
	struct vm_area *area, vaddr_t va, unsigned access, struct page **page, unsigned *rights)
{
	const struct vm_object_ops *ops = area->object->ops;
	uint64_t index = area_index(area, va);
	int err = ops->page_get(area->object, index, page);

	if (err) {
		return err;
	}
	if (!(access & MMU_WRITE)) {
		*rights = frame_rights(area, *page);
		return 0;
	}
	if (area_is_private(area)) {
		struct page *original = *page;

		*page = frame_copy(original);
		vm_page_put(original);
	} else if (ops->page_dirty) {
		ops->page_dirty(area->object, index);
	}
	*rights = frame_rights_all(area);
	return *page ? 0 : -ENOMEM;
}

/* Pages at hand for what is not mapped in [low, high) but for `va`: into scratch, NULL where none. */
static void neighbours_get(
	struct vm_space *space, struct vm_area *area, vaddr_t va, vaddr_t low, vaddr_t high)
{
	struct vm_object *object = area->object;

	for (vaddr_t at = low; at < high; at += PAGE_SIZE) {
		struct slot slot;
		bool is_wanted = at != va && !slot_find(space, at, &slot);

		space->scratch[(at - low) / PAGE_SIZE] =
			is_wanted ? object->ops->page_peek(object, area_index(area, at)) : NULL;
	}
}

static void neighbours_map(struct vm_space *space, struct ground *ground,
	const struct vm_area *area, vaddr_t low, vaddr_t high)
{
	for (vaddr_t at = low; at < high; at += PAGE_SIZE) {
		struct page *page = space->scratch[(at - low) / PAGE_SIZE];

		if (page && ground) {
			slot_map(space, ground, at, page, frame_rights(area, page));
		} else if (page) {
			vm_page_put(page);
		}
	}
}

unsigned object_map_ahead(struct vm_space *space, struct vm_area *area, unsigned most)
{
	vaddr_t end = area->start + MIN((size_t)most * PAGE_SIZE, area->end - area->start);

	if (!area->object->ops->page_peek) {
		return 0;
	}
	for (vaddr_t low = area->start, high; low < end; low = high) {
		struct ground *ground;

		high = MIN(end, ALIGN_DOWN(low, AROUND_NEW_GROUND) + AROUND_NEW_GROUND);
		neighbours_get(space, area, high, low, high);
		edit_begin(space);
		ground = ground_get(space, low);
		neighbours_map(space, ground, area, low, high);
		edit_end(space);
	}
	return (unsigned)((end - area->start) / PAGE_SIZE);
}

static bool wants_neighbours(const struct vm_area *area, unsigned access)
{
	bool are_writable = !area_is_private(area) && !area->object->ops->page_dirty;

	return area->object->ops->page_peek && (!(access & MMU_WRITE) || are_writable);
}

int fault_object(struct vm_space *space, struct vm_area *area, vaddr_t va, unsigned access)
{
	struct ground *ground = ground_find(space, va);
	vaddr_t around = ground ? AROUND : AROUND_NEW_GROUND;
	vaddr_t low = MAX(ALIGN_DOWN(va, around), area->start);
	vaddr_t high = MIN(ALIGN_DOWN(va, around) + around, area->end);
	struct page *page;
	unsigned rights;
	int err = page_prepare(area, va, access, &page, &rights);

	if (err) {
		return err;
	}
	if (wants_neighbours(area, access)) {
		neighbours_get(space, area, va, low, high);
	} else {
		high = low;
	}
	edit_begin(space);
	ground = ground_get(space, va);
	if (ground) {
		slot_map(space, ground, va, page, rights);
	}
	neighbours_map(space, ground, area, low, high);
	edit_end(space);
	if (!ground) {
		vm_page_put(page);
		return -ENOMEM;
	}
	return 0;
}
