/* advise.c - what programs say and ask about ranges: madvise, msync, mincore. */
#include <linux/mman.h>
#include <kernel/string.h>
#include "space.h"

typedef int area_fn(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end);

/* `each` for every part of [start, end) that has an area; the first error, or -ENOMEM for a hole. */
static int areas_walk(struct vm_space *space, vaddr_t start, vaddr_t end, area_fn *each)
{
	int hole = 0, err = 0;
	vaddr_t at = start;

	while (at < end && !err) {
		struct vm_area *area = area_in(space, at, end);
		vaddr_t stop;

		if (!area) {
			return -ENOMEM;
		}
		if (area->start > at) {
			hole = -ENOMEM;
			at = area->start;
		}
		stop = MIN(area->end, end);
		err = each(space, area, at, stop);
		at = stop;
	}
	return err ? err : hole;
}

static int do_nothing(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	return 0;
}

/* ---- madvise ------------------------------------------------------------------ */

static int forget(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	pages_drop(space, start, end);
	return 0;
}

static bool is_anonymous(const struct vm_area *area)
{
	return !area->object;
}

/* It may lose its contents any time from now on: now. */
static int forget_lazily(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	return is_anonymous(area) ? forget(space, area, start, end) : -EINVAL;
}

static int flags_change(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end,
	unsigned clear, unsigned set)
{
	unsigned flags = (area->flags & ~clear) | set;
	int err;

	if (flags == area->flags) {
		return 0;
	}
	err = area_cut(space, start, end);
	if (!err) {
		area = area_find(space, start);
		area_change(space, area, area->prot, flags);
	}
	return err;
}

static int fork_not(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	return flags_change(space, area, start, end, 0, VM_DONT_FORK);
}

static int fork_again(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	return flags_change(space, area, start, end, VM_DONT_FORK, 0);
}

static int fork_wiped(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	return is_anonymous(area) ? flags_change(space, area, start, end, 0, VM_WIPE_ON_FORK)
				  : -EINVAL;
}

static int fork_kept(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	return flags_change(space, area, start, end, VM_WIPE_ON_FORK, 0);
}

/* What an advice does; no function: unknown here. Linux says -EINVAL for what it was built without. */
static area_fn *const advices[] = {
	[MADV_NORMAL] = do_nothing,
	[MADV_RANDOM] = do_nothing,
	[MADV_SEQUENTIAL] = do_nothing,
	[MADV_WILLNEED] = do_nothing,
	[MADV_DONTNEED] = forget,
	[MADV_FREE] = forget_lazily,
	[MADV_DONTFORK] = fork_not,
	[MADV_DOFORK] = fork_again,
	[MADV_DONTDUMP] = do_nothing,
	[MADV_DODUMP] = do_nothing,
	[MADV_WIPEONFORK] = fork_wiped,
	[MADV_KEEPONFORK] = fork_kept,
	[MADV_COLD] = do_nothing,
	[MADV_PAGEOUT] = do_nothing,
	[MADV_POPULATE_READ] = do_nothing,
	[MADV_POPULATE_WRITE] = do_nothing,
	[MADV_DONTNEED_LOCKED] = forget,
};

static int advise_populate(struct vm_space *space, vaddr_t start, vaddr_t end, unsigned access)
{
	int err = populate(space, start, end, access);

	return err == -EACCES ? -EINVAL : err == -ENXIO || err == -EIO ? -EFAULT : err;
}

int vm_advise(struct vm_space *space, vaddr_t address, size_t len, int advice)
{
	vaddr_t end = address + ALIGN_UP(len, PAGE_SIZE);
	int err;

	if (advice < 0 || (size_t)advice >= ARRAY_SIZE(advices) || !advices[advice] ||
		!is_page_aligned(address) || end < address || ALIGN_UP(len, PAGE_SIZE) < len) {
		return -EINVAL;
	}
	mutex_lock(&space->lock);
	err = areas_walk(space, address, end, advices[advice]);
	area_merge(space, address, end);
	mutex_unlock(&space->lock);
	if (!err && advice == MADV_POPULATE_READ) {
		err = advise_populate(space, address, end, MMU_READ);
	}
	if (!err && advice == MADV_POPULATE_WRITE) {
		err = advise_populate(space, address, end, MMU_WRITE);
	}
	return err;
}

/* ---- msync and mincore ----------------------------------------------------------- */

/* The lock is not held while it waits: the object stays, the area may not. */
static int object_sync(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	struct vm_object *object = area->object;
	uint64_t first = area_index(area, start);
	int err;

	if (area_is_private(area) || !object->ops->sync) {
		return 0;
	}
	vm_object_ref(object);
	mutex_unlock(&space->lock);
	err = object->ops->sync(object, first, (end - start) >> PAGE_SHIFT);
	vm_object_unref(object);
	mutex_lock(&space->lock);
	return err;
}

int vm_sync(struct vm_space *space, vaddr_t address, size_t len, bool wait)
{
	vaddr_t end = address + ALIGN_UP(len, PAGE_SIZE);
	int err;

	mutex_lock(&space->lock);
	err = end < address ? -ENOMEM
			    : areas_walk(space, address, end, wait ? object_sync : do_nothing);
	mutex_unlock(&space->lock);
	return err;
}

int vm_resident(struct vm_space *space, vaddr_t address, size_t pages, unsigned char *resident)
{
	vaddr_t end = address + pages * PAGE_SIZE;
	struct slot slot;
	int err;

	slot_walk(&slot, address, end);
	memset(resident, 0, pages);
	mutex_lock(&space->lock);
	err = areas_walk(space, address, end, do_nothing);
	while (!err && slot_next(space, &slot)) {
		resident[(slot.va - address) >> PAGE_SHIFT] = 1;
	}
	mutex_unlock(&space->lock);
	return err;
}
