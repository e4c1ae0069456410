/*
 * remap.c - growing, shrinking and moving a mapping (mremap).
 *
 * A move takes the entries along: each page leaves its old address and gets the
 * new one in one transaction, and no frame is copied. Before that, all that the
 * move needs is made: the new area, edges in the old one, tables.
 */
#include <linux/mman.h>
#include "space.h"

struct move {
	vaddr_t from, to; /* to: at first what is asked for, or 0 */
	size_t from_len, to_len;
	bool keep; /* the old area stays, without pages */
};

/* Tables and parking room at the new address for all that is mapped at the old. */
static int ground_prepare(struct vm_space *space, const struct move *move)
{
	struct slot slot;

	slot_walk(&slot, move->from, move->from + move->from_len);
	while (slot_next(space, &slot)) {
		struct ground *to = ground_get(space, slot.va - move->from + move->to);

		if (!to || (slot.is_parked && ground_park_room(to))) {
			return -ENOMEM;
		}
	}
	return 0;
}

/*
 * Parked pages go first, and to both places: taking a stretch's last one gives its
 * parking room back, and the stretch may be one that others are still to move to.
 */
static void parked_copy(struct vm_space *space, const struct move *move)
{
	struct slot slot;

	slot_walk(&slot, move->from, move->from + move->from_len);
	while (slot_next(space, &slot)) {
		vaddr_t va = slot.va - move->from + move->to;

		if (slot.is_parked) {
			ground_park(space, ground_find(space, va), va, slot.page);
		}
	}
}

static void pages_move(struct vm_space *space, const struct move *move)
{
	struct slot slot;

	slot_walk(&slot, move->from, move->from + move->from_len);
	parked_copy(space, move);

	while (slot_next(space, &slot)) {
		vaddr_t va = slot.va - move->from + move->to;

		slot_take(space, &slot);
		if (!slot.is_parked) {
			slot_map(space, ground_find(space, va), va, slot.page, slot.prot);
		}
	}
}

/* The area at move->from is exactly what moves. */
static long area_move(struct vm_space *space, struct vm_area *area, const struct move *move)
{
	struct vm_area *moved = area_clone(area, move->to, move->to + move->to_len);
	int err;

	if (!moved) {
		return -ENOMEM;
	}
	edit_begin(space);
	err = ground_prepare(space, move);
	if (!err) {
		pages_move(space, move);
	}
	edit_end(space);
	if (err) {
		area_free(moved);
		return err;
	}
	if (!move->keep) {
		area_remove(space, area);
		area_free(area);
	}
	area_insert(space, moved);
	return (long)move->to;
}

static long move_locked(struct vm_space *space, struct vm_area *area, const struct move *move)
{
	vaddr_t end = move->from + move->from_len;
	size_t more = move->to_len - (move->keep ? 0 : move->from_len);
	long result;

	if (area_limit(space, more, area->prot, area->flags) || space->area_count >= VM_AREA_MAX ||
		area_cut(space, move->from, end)) {
		return -ENOMEM;
	}
	result = area_move(space, area_find(space, move->from), move);
	area_merge(space, move->from, end);
	if (!is_error(result)) {
		area_merge(space, move->to, move->to + move->to_len);
	}
	return result;
}

/* mremap(old_len = 0): another mapping of what `area` shows from `move->from` on. */
static long duplicate(struct vm_space *space, struct vm_area *area, const struct move *move)
{
	struct vm_area *twin;

	if (area_limit(space, move->to_len, area->prot, area->flags) ||
		space->area_count >= VM_AREA_MAX) {
		return -ENOMEM;
	}
	twin = area_clone(area, move->to, move->to + move->to_len);
	if (!twin) {
		return -ENOMEM;
	}
	twin->first = area_index(area, move->from);
	area_insert(space, twin);
	area_merge(space, twin->start, twin->end);
	return (long)move->to;
}

/* ---- what is asked for --------------------------------------------------------------- */

static bool is_sane(const struct move *move, unsigned flags, vaddr_t fixed)
{
	bool may_move = flags & MREMAP_MAYMOVE;

	if (flags & ~(unsigned)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) ||
		!is_page_aligned(move->from) || !move->to_len ||
		(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !may_move) ||
		(flags & MREMAP_DONTUNMAP && move->from_len != move->to_len)) {
		return false;
	}
	if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))) {
		return move->to_len <= VM_ADDRESS_END;
	}
	return is_page_aligned(fixed) && is_user_range(fixed, move->to_len) &&
		(fixed >= VM_ADDRESS_MIN || !(flags & MREMAP_FIXED)) &&
		(fixed + move->to_len <= move->from || fixed >= move->from + move->from_len);
}

/* The area that has all of [from, from + from_len), or NULL and why. */
static struct vm_area *area_whole(
	const struct vm_space *space, const struct move *move, unsigned flags, int *err)
{
	struct vm_area *area = area_find(space, move->from);

	*err = -EFAULT;
	if (!area) {
		return NULL;
	}
	if ((!move->from_len && area_is_private(area)) ||
		(flags & MREMAP_DONTUNMAP && (area->object || area->flags & VM_SHARED))) {
		*err = -EINVAL;
		return NULL;
	}
	return move->from_len <= area->end - move->from ? area : NULL;
}

static bool can_grow_here(
	struct vm_space *space, const struct vm_area *area, const struct move *move)
{
	size_t more = move->to_len - move->from_len;

	return move->from_len && area->end == move->from + move->from_len &&
		is_user_range(area->end, more) && gap_is_free(space, area->end, more);
}

static long grow_or_move(struct vm_space *space, struct move *move, unsigned flags)
{
	int err;
	struct vm_area *area = area_whole(space, move, flags, &err);
	long where;

	if (!area) {
		return err;
	}
	if (!move->keep && can_grow_here(space, area, move)) {
		size_t more = move->to_len - move->from_len;

		if (area_limit(space, more, area->prot, area->flags)) {
			return -ENOMEM;
		}
		area_resize(space, area, area->start, area->end + more);
		area_merge(space, area->start, area->end);
		return (long)move->from;
	}
	if (!(flags & MREMAP_MAYMOVE)) {
		return -ENOMEM;
	}
	where = gap_place(space, move->to, move->to_len, 0);
	if (is_error(where)) {
		return where;
	}
	move->to = (vaddr_t)where;
	return move->from_len ? move_locked(space, area, move) : duplicate(space, area, move);
}

static long move_fixed(struct vm_space *space, struct move *move, unsigned flags)
{
	struct vm_area *area;
	int err = unmap_locked(space, move->to, move->to + move->to_len);

	if (!err && move->from_len > move->to_len) {
		err = unmap_locked(space, move->from + move->to_len, move->from + move->from_len);
		move->from_len = move->to_len;
	}
	if (err) {
		return err;
	}
	area = area_whole(space, move, flags, &err);
	if (!area) {
		return err;
	}
	return move->from_len ? move_locked(space, area, move) : duplicate(space, area, move);
}

static long shrink(struct vm_space *space, const struct move *move)
{
	int err = unmap_locked(space, move->from + move->to_len, move->from + move->from_len);

	return err ? err : (long)move->from;
}

static long remap_locked(struct vm_space *space, struct move *move, unsigned flags)
{
	if (flags & MREMAP_FIXED) {
		return move_fixed(space, move, flags);
	}
	if (!area_find(space, move->from)) {
		return -EFAULT;
	}
	if (move->from_len >= move->to_len && !move->keep) {
		return move->from_len > move->to_len ? shrink(space, move) : (long)move->from;
	}
	return grow_or_move(space, move, flags);
}

long vm_remap(struct vm_space *space, vaddr_t old, size_t old_len, size_t new_len, unsigned flags,
	vaddr_t fixed)
{
	struct move move = {
		.from = old,
		.to = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? fixed : 0,
		.from_len = ALIGN_UP(old_len, PAGE_SIZE),
		.to_len = ALIGN_UP(new_len, PAGE_SIZE),
		.keep = flags & MREMAP_DONTUNMAP,
	};
	long result;

	if (!is_sane(&move, flags, fixed)) {
		return -EINVAL;
	}
	if (!is_user_range(old, move.from_len)) {
		return move.from_len >= move.to_len ? -EINVAL : -EFAULT;
	}
	mutex_lock(&space->lock);
	result = remap_locked(space, &move, flags);
	mutex_unlock(&space->lock);
	return result;
}
