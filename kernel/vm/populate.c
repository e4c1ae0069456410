/* populate.c - access to a space's memory that is not a program's: filling in, reading, writing. */
#include <kernel/string.h>
#include "space.h"

/* Linux's choice for MAP_POPULATE and mlock(): write to what is private, only read what is shared. */
static unsigned access_of(const struct vm_area *area)
{
	return area && area_is_private(area) && area->prot & MMU_WRITE ? MMU_WRITE : MMU_READ;
}

int populate(struct vm_space *space, vaddr_t start, vaddr_t end, unsigned access)
{
	int err = 0;

	for (vaddr_t va = start; va < end && !err; va += PAGE_SIZE) {
		struct vm_area *area;

		mutex_lock(&space->lock);
		area = area_find(space, va);
		if (area) {
			err = fault_locked(space, va, access ? access : access_of(area));
		} else {
			err = -ENOMEM;
		}
		mutex_unlock(&space->lock);
	}
	return err;
}

int vm_populate(struct vm_space *space, vaddr_t address, size_t len)
{
	return populate(space, ALIGN_DOWN(address, PAGE_SIZE), address + len, 0);
}

/* ---- a program's start ---------------------------------------------------------------- */

#define START_FILE_PAGES 256u
#define START_DATA_PAGES 16u
#define START_ZERO_PAGES 4u

/* Write to the first pages, as the program will. */
static void write_ahead(struct vm_space *space, const struct vm_area *area, unsigned pages)
{
	vaddr_t end = MIN(area->end, area->start + pages * PAGE_SIZE);

	for (vaddr_t va = area->start; va < end; va += PAGE_SIZE) {
		if (fault_locked(space, va, MMU_WRITE)) {
			return;
		}
	}
}

void vm_populate_start(struct vm_space *space)
{
	unsigned left = START_FILE_PAGES;

	mutex_lock(&space->lock);
	for (struct vm_area *area = area_at_or_above(space, 0); area; area = area_next(area)) {
		bool is_own = area_is_private(area) && area->prot & MMU_WRITE;

		if (is_own && !(area->flags & VM_GROWS_DOWN)) {
			write_ahead(
				space, area, area->object ? START_DATA_PAGES : START_ZERO_PAGES);
		}
		if (area->object && area->prot) {
			left -= object_map_ahead(space, area, left);
		}
	}
	mutex_unlock(&space->lock);
}

/* ---- reading and writing ------------------------------------------------------------------ */

/* The page behind `va` after a fault for `access`: it stays while the lock is held. */
static int page_reach(struct vm_space *space, vaddr_t va, unsigned access, struct page **page)
{
	int err = fault_locked(space, va, access);
	struct slot slot;

	if (!err) {
		assert_that(slot_find(space, ALIGN_DOWN(va, PAGE_SIZE), &slot), "a fault maps");
		*page = slot.page;
	}
	return err;
}

int vm_page_get(struct vm_space *space, vaddr_t address, unsigned access, struct page **page)
{
	int err;

	mutex_lock(&space->lock);
	err = page_reach(space, address, access, page);
	if (!err) {
		frame_ref(*page);
	}
	mutex_unlock(&space->lock);
	return err;
}

/* Copy within one page: from `in` to the space, or, where that is NULL, from the space to `out`. */
static int page_copy(struct vm_space *space, vaddr_t va, void *out, const void *in, size_t len)
{
	struct page *page;
	int err;

	mutex_lock(&space->lock);
	err = page_reach(space, va, in ? MMU_WRITE : MMU_READ, &page);
	if (!err) {
		char *at = (char *)page_address(page) + (va & ~PAGE_MASK);

		if (in) {
			memcpy(at, in, len);
		} else if (out) {
			memcpy(out, at, len);
		}
	}
	mutex_unlock(&space->lock);
	return err;
}

static int copy(struct vm_space *space, vaddr_t va, char *out, const char *in, size_t len)
{
	int err = 0;

	while (len && !err) {
		size_t part = MIN(len, PAGE_SIZE - (va & ~PAGE_MASK));

		err = page_copy(space, va, out, in, part);
		va += part;
		out = out ? out + part : NULL;
		in = in ? in + part : NULL;
		len -= part;
	}
	return err;
}

int vm_read(struct vm_space *space, void *dst, vaddr_t src, size_t len)
{
	return copy(space, src, dst, NULL, len);
}

int vm_write(struct vm_space *space, vaddr_t dst, const void *src, size_t len)
{
	return copy(space, dst, NULL, src, len);
}
