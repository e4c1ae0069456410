/*
 * protect.c - changing the rights of ranges.
 *
 * Rights that go are taken from what is mapped at once. Rights that come are
 * given to what may have them without a fault's preparation (frame_rights()).
 * When all rights go, private pages are parked (G3), since page tables have no
 * place for a page that nobody may access.
 */
#include "space.h"

/* Make what is mapped in a part of `area` as its rights, just changed, are. */
static void pages_adapt(struct vm_space *space, const struct vm_area *area)
{
	struct slot slot;

	slot_walk(&slot, area->start, area->end);
	edit_begin(space);
	while (slot_next(space, &slot)) {
		if (area->prot && slot.is_parked) {
			slot_take(space, &slot);
			slot_map(space, slot.ground, slot.va, slot.page,
				frame_rights(area, slot.page));
		} else if (area->prot) {
			slot_protect(space, &slot, frame_rights(area, slot.page));
		} else if (!area_is_private(area) || slot.page == frame_zero) {
			slot_clear(space, &slot);
		} else if (!slot.is_parked) {
			slot_take(space, &slot);
			ground_park(space, slot.ground, slot.va, slot.page);
		}
		edit_breathe(space);
	}
	edit_end(space);
}

static int rights_change_prepare(
	struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end, unsigned prot)
{
	int err = 0;

	if ((area->flags & VM_DENY_WRITE && prot & MMU_WRITE) ||
		(area->flags & VM_DENY_EXEC && prot & MMU_EXEC)) {
		return -EACCES;
	}
	if (prot & MMU_WRITE && !(area->prot & MMU_WRITE) && area_is_private(area)) {
		/* It becomes data: as much as that may grow, though nothing grows. */
		size_t len = end - start, data_max = space->limits.data_len;

		if (!(area->flags & VM_GROWS_DOWN) &&
			(len > data_max || space->usage.data_len > data_max - len)) {
			return -ENOMEM;
		}
	}
	if (!prot && area_is_private(area)) {
		err = ground_park_prepare(space, start, end);
	}
	return err ? err : area_cut(space, start, end);
}

static int area_protect(
	struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end, unsigned prot)
{
	int err;

	if (area->prot == prot) {
		return 0;
	}
	err = rights_change_prepare(space, area, start, end, prot);
	if (err) {
		return err;
	}
	area = area_find(space, start);
	area_change(space, area, prot, area->flags);
	pages_adapt(space, area);
	return 0;
}

static int protect_locked(struct vm_space *space, vaddr_t start, vaddr_t end, unsigned prot)
{
	vaddr_t at = start;
	int err = 0;

	while (!err && at < end) {
		struct vm_area *area = area_find(space, at);
		vaddr_t stop;

		if (!area) {
			err = -ENOMEM;
			break;
		}
		stop = MIN(area->end, end);
		err = area_protect(space, area, at, stop, prot);
		at = stop;
	}
	area_merge(space, start, MIN(at, end));
	return err;
}

/* Where a change that is to reach down to the start of a stack begins, or why not. */
static long stack_start(const struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = area_in(space, start, end);

	if (!area) {
		return -ENOMEM;
	}
	return area->flags & VM_GROWS_DOWN ? (long)area->start : -EINVAL;
}

int vm_protect(struct vm_space *space, vaddr_t address, size_t len, unsigned prot)
{
	vaddr_t end = address + ALIGN_UP(len, PAGE_SIZE);
	int err;

	if (!is_page_aligned(address) || prot & ~(ACCESS_MASK | VM_PROT_GROWS_DOWN)) {
		return -EINVAL;
	}
	if (!len) {
		return 0;
	}
	if (end <= address) {
		return -ENOMEM;
	}
	mutex_lock(&space->lock);
	if (prot & VM_PROT_GROWS_DOWN) {
		long start = stack_start(space, address, end);

		err = is_error(start)
			? (int)start
			: protect_locked(space, (vaddr_t)start, end, prot & ACCESS_MASK);
	} else {
		err = protect_locked(space, address, end, prot);
	}
	mutex_unlock(&space->lock);
	return err;
}
