/*
 * fault.c - resolving page faults: which area, which rights, what to do.
 *
 * On Xen PV a fault costs an upcall into the kernel and a hypercall for the
 * edit, thousands of instructions; one more entry in that hypercall costs a few
 * hundred. So every fault looks whether its neighbours want the same:
 * fault_anonymous.c fills ahead, fault_object.c around, and a write fault after
 * a fork takes back the neighbours that meanwhile are the space's own. Each
 * fault is one transaction, so one hypercall.
 */
#include "space.h"

#define AROUND ((vaddr_t)16 * PAGE_SIZE)

static bool is_allowed(const struct vm_area *area, unsigned access)
{
	/* Any right implies reading: no x86 page can be written or executed only. */
	return area->prot && !(access & (MMU_WRITE | MMU_EXEC) & ~area->prot);
}

static bool may_start_at(const struct vm_space *space, const struct vm_area *stack, vaddr_t start)
{
	const struct vm_area *prev = area_prev(stack);

	/* Something that nobody can access makes as good a guard as nothing. */
	return start >= VM_ADDRESS_MIN && start < stack->start &&
		(!prev || start >= prev->end + (prev->prot ? VM_STACK_GUARD : 0)) &&
		stack->end - start <= space->limits.stack_len &&
		!area_limit(space, stack->start - start, stack->prot, stack->flags);
}

/* Let a stack reach down to `va`, and a little further, so that there is room to fill ahead. */
static int stack_grow(struct vm_space *space, struct vm_area *area, vaddr_t va)
{
	vaddr_t start = ALIGN_DOWN(va, PAGE_SIZE);

	if (!(area->flags & VM_GROWS_DOWN) || !may_start_at(space, area, start)) {
		return -EFAULT;
	}
	if (may_start_at(space, area, ALIGN_DOWN(start, AROUND))) {
		start = ALIGN_DOWN(start, AROUND);
	}
	area_resize(space, area, start, area->end);
	area_merge(space, start, start);
	return 0;
}

/* ---- present pages --------------------------------------------------------------- */

/* Make writable what around `va` has become the space's own: the aftermath of a fork. */
static void own_around(struct vm_space *space, const struct vm_area *area, vaddr_t va)
{
	vaddr_t low = ALIGN_DOWN(va, AROUND);
	struct slot slot;

	slot_walk(&slot, MAX(low, area->start), MIN(low + AROUND, area->end));
	while (slot_next(space, &slot)) {
		if (slot.va != va && !(slot.prot & MMU_WRITE) && frame_is_sole(slot.page)) {
			slot_protect(space, &slot, frame_rights_all(area));
		}
	}
}

static int write_private(struct vm_space *space, struct vm_area *area, const struct slot *slot)
{
	struct page *copy = NULL;

	if (slot->page == frame_zero) {
		return fault_anonymous(space, area, slot->va, MMU_WRITE);
	}
	if (!frame_is_sole(slot->page)) {
		copy = frame_copy(slot->page);
		if (!copy) {
			return -ENOMEM;
		}
	}
	hot_note(space, slot->va, copy != NULL);
	edit_begin(space);
	if (copy) {
		slot_replace(space, slot, copy, frame_rights_all(area));
	} else {
		slot_protect(space, slot, frame_rights_all(area));
	}
	own_around(space, area, slot->va);
	edit_end(space);
	return 0;
}

static int write_shared(struct vm_space *space, struct vm_area *area, const struct slot *slot)
{
	const struct vm_object_ops *ops = area->object->ops;

	if (ops->page_dirty) {
		ops->page_dirty(area->object, area_index(area, slot->va));
	}
	edit_begin(space);
	slot_protect(space, slot, frame_rights_all(area));
	edit_end(space);
	return 0;
}

static int fault_present(
	struct vm_space *space, struct vm_area *area, const struct slot *slot, unsigned access)
{
	if (!(access & (MMU_WRITE | MMU_EXEC) & ~slot->prot)) {
		return 0; /* resolved meanwhile, or a TLB entry that the fault itself dropped */
	}
	assert_that(access & MMU_WRITE, "only writing is granted late");
	return area_is_private(area) ? write_private(space, area, slot)
				     : write_shared(space, area, slot);
}

/* ---- all -------------------------------------------------------------------------- */

int fault_locked(struct vm_space *space, vaddr_t va, unsigned access)
{
	struct vm_area *area = area_at_or_above(space, va);
	struct slot slot;

	if (!area || (va < area->start && stack_grow(space, area, va))) {
		return -EFAULT;
	}
	area = area_find(space, va); /* growing may have joined it with another */
	if (!is_allowed(area, access)) {
		return -EACCES;
	}
	va = ALIGN_DOWN(va, PAGE_SIZE);
	if (slot_find(space, va, &slot)) {
		return fault_present(space, area, &slot, access);
	}
	return area->object ? fault_object(space, area, va, access)
			    : fault_anonymous(space, area, va, access);
}

int vm_fault(struct vm_space *space, vaddr_t address, unsigned access)
{
	int err;

	mutex_lock(&space->lock);
	err = fault_locked(space, address, access);
	mutex_unlock(&space->lock);
	return err;
}
