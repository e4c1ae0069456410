/*
 * map.c - mapping and unmapping ranges.
 *
 * What can fail comes first: the new area is made and the one that is cut in
 * its middle is split before anything that was mapped goes away.
 */
#include "space.h"

/* Bytes of [start, end) that areas cover. */
static size_t covered_len(const struct vm_space *space, vaddr_t start, vaddr_t end)
{
	size_t len = 0;

	for (struct vm_area *area = area_in(space, start, end); area && area->start < end;
		area = area_next(area)) {
		len += MIN(area->end, end) - MAX(area->start, start);
	}
	return len;
}

/* Take [start, end) out of the areas; none has it in its middle. */
static void areas_carve(struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = area_in(space, start, end), *next;

	for (; area && area->start < end; area = next) {
		next = area_next(area);
		if (area->start < start) {
			area_resize(space, area, area->start, start);
		} else if (area->end > end) {
			area_resize(space, area, end, area->end);
		} else {
			area_remove(space, area);
			area_free(area);
		}
	}
}

int unmap_locked(struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = area_find(space, start);

	if (area && area->start < start && area->end > end && area_split(space, area, end)) {
		return -ENOMEM;
	}
	pages_drop(space, start, end);
	areas_carve(space, start, end);
	return 0;
}

int vm_unmap(struct vm_space *space, vaddr_t address, size_t len)
{
	int err = 0;

	if (!is_page_aligned(address) || !len || !is_user_range(address, len)) {
		return -EINVAL;
	}
	mutex_lock(&space->lock);
	if (area_in(space, address, address + ALIGN_UP(len, PAGE_SIZE))) {
		err = unmap_locked(space, address, address + ALIGN_UP(len, PAGE_SIZE));
	}
	mutex_unlock(&space->lock);
	return err;
}

/* ---- map --------------------------------------------------------------------- */

/* Where it goes: an address, or what is wrong with the one asked for. */
static long place(const struct vm_space *space, vaddr_t address, size_t len, unsigned flags)
{
	if (!(flags & (VM_FIXED | VM_FIXED_NOREPLACE))) {
		return gap_place(space, address, len, flags);
	}
	if (!is_user_range(address, len)) {
		return -ENOMEM;
	}
	if (!is_page_aligned(address)) {
		return -EINVAL;
	}
	if (address < VM_ADDRESS_MIN) {
		return -EPERM;
	}
	if (flags & VM_FIXED_NOREPLACE && area_in(space, address, address + len)) {
		return -EEXIST;
	}
	return (long)address;
}

/* Put a new area in the place of whatever is there. */
static int area_establish(struct vm_space *space, struct vm_area *area)
{
	size_t len = area->end - area->start;
	size_t more = len - covered_len(space, area->start, area->end);
	int err = area_limit(space, more, area->prot, area->flags);

	if (!err && space->area_count >= VM_AREA_MAX) {
		err = -ENOMEM;
	}
	if (!err && more < len) {
		err = unmap_locked(space, area->start, area->end);
	}
	if (!err) {
		area_insert(space, area);
		area_merge(space, area->start, area->end);
	}
	return err;
}

static long map_locked(struct vm_space *space, vaddr_t address, size_t len, unsigned prot,
	unsigned flags, const struct vm_source *source)
{
	long where = place(space, address, len, flags);
	struct vm_area *area;
	vaddr_t start;
	int err;

	if (is_error(where)) {
		return where;
	}
	start = (vaddr_t)where;
	area = area_create(start, start + len, prot, flags, source);
	if (!area) {
		return -ENOMEM;
	}
	err = area_establish(space, area);
	if (err) {
		area_free(area);
		return err;
	}
	return where;
}

static bool is_sane(unsigned prot, unsigned flags, const struct vm_object *object, uint64_t offset)
{
	return !(prot & ~ACCESS_MASK) && is_page_aligned(offset) &&
		(object || !(flags & VM_SHARED)) && !(object && flags & VM_GROWS_DOWN) &&
		!(prot & MMU_WRITE && flags & VM_DENY_WRITE);
}

static long map(struct vm_space *space, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	uint64_t offset, struct vm_source *source)
{
	size_t whole = ALIGN_UP(len, PAGE_SIZE);
	long where;

	if (!len || !is_sane(prot, flags, source->object, offset)) {
		return -EINVAL;
	}
	if (whole < len || whole > VM_ADDRESS_END) {
		return -ENOMEM;
	}
	if (offset + whole < offset) {
		return -EOVERFLOW;
	}
	source->first = offset >> PAGE_SHIFT;
	mutex_lock(&space->lock);
	where = map_locked(space, address, whole, prot, flags, source);
	mutex_unlock(&space->lock);
	if (!is_error(where) && flags & VM_POPULATE) {
		/* As on Linux, what memory does not suffice for comes by faults, or does not. */
		(void)!vm_populate(space, (vaddr_t)where, whole);
	}
	return where;
}

long vm_map(struct vm_space *space, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *object, uint64_t offset, const char *name)
{
	struct vm_source source = { .object = object, .name = name };

	return map(space, address, len, prot, flags, offset, &source);
}

long vm_map_file(struct vm_space *space, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *object, uint64_t offset, struct file *file)
{
	struct vm_source source = { .object = object, .file = file };

	return map(space, address, len, prot, flags, offset, &source);
}
