/* brk.c - the heap that Linux programs move the end of. */
#include "space.h"

void vm_brk_start(struct vm_space *space, vaddr_t start)
{
	mutex_lock(&space->lock);
	space->brk_start = space->brk = start;
	mutex_unlock(&space->lock);
}

static int grow(struct vm_space *space, vaddr_t old_end, vaddr_t new_end)
{
	static const struct vm_source heap = { .name = "[heap]" };
	unsigned prot = MMU_READ | MMU_WRITE;
	size_t len = new_end - old_end;
	struct vm_area *area;

	if (new_end > VM_ADDRESS_END - PAGE_SIZE || area_limit(space, len, prot, 0) ||
		space->area_count >= VM_AREA_MAX ||
		!gap_is_free(space, old_end, len + PAGE_SIZE)) { /* a page stays free above */
		return -ENOMEM;
	}
	area = area_create(old_end, new_end, prot, 0, &heap);
	if (!area) {
		return -ENOMEM;
	}
	area_insert(space, area);
	area_merge(space, old_end, new_end);
	return 0;
}

static int move(struct vm_space *space, vaddr_t wanted)
{
	vaddr_t old_end = ALIGN_UP(space->brk, PAGE_SIZE), new_end = ALIGN_UP(wanted, PAGE_SIZE);

	if (wanted < space->brk_start || new_end < wanted) {
		return -EINVAL;
	}
	if (new_end < old_end) {
		return unmap_locked(space, new_end, old_end);
	}
	return new_end > old_end ? grow(space, old_end, new_end) : 0;
}

vaddr_t vm_brk(struct vm_space *space, vaddr_t wanted)
{
	vaddr_t result;

	mutex_lock(&space->lock);
	if (!move(space, wanted)) {
		space->brk = wanted;
	}
	result = space->brk;
	mutex_unlock(&space->lock);
	return result;
}
