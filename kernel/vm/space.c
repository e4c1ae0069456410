/*
 * space.c - spaces: made, shared, torn down, and what is known about them.
 *
 * Teardown unpins first (mmu_retire()), so that everything after it is plain
 * reads and frees: no entry is ever taken out of a table that goes away whole.
 */
#include <kernel/heap.h>
#include <kernel/ref.h>
#include "space.h"

#define STACK_DEFAULT ((size_t)8 << 20)

/* What the first space of all needs: the frame of zeroes. */
static int first_time_init(void)
{
	static struct mutex lock = MUTEX_INIT(lock, "vm-init");
	int err = 0;

	mutex_lock(&lock);
	if (!frame_zero) {
		err = frame_init();
	}
	mutex_unlock(&lock);
	return err;
}

struct vm_space *vm_space_create_private(void)
{
	struct vm_space *space;

	if (first_time_init()) {
		return NULL;
	}
	space = heap_alloc(sizeof(*space));
	if (!space) {
		return NULL;
	}
	if (mmu_create(&space->mmu)) {
		heap_free(space);
		return NULL;
	}
	space->refs = 1;
	space->hot = hot_create();
	mutex_init(&space->lock, "vm");
	space->areas.summarize = gap_summarize;
	space->limits = (struct vm_limits){ VM_NO_LIMIT, VM_NO_LIMIT, STACK_DEFAULT };
	vm_layout_set(space, STACK_DEFAULT, 0);
	return space;
}

struct vm_space *vm_space_create(void)
{
	struct vm_space *space = vm_space_create_private();

	if (space) {
		mmu_publish(&space->mmu);
	}
	return space;
}

/* ---- the end --------------------------------------------------------------- */

static void pages_put(struct vm_space *space)
{
	struct slot slot;

	slot_walk(&slot, 0, LAYOUT_USER_END);
	while (slot_next(space, &slot)) {
		slot.ground->used--;
		vm_page_put(slot.page);
	}
}

static void areas_free(struct vm_space *space)
{
	struct treap_node *node;

	space->areas.summarize = NULL; /* nobody will ask for a gap */
	while ((node = space->areas.root)) {
		treap_remove(&space->areas, node);
		area_free(area_of(node));
	}
}

void space_destroy_private(struct vm_space *space)
{
	pages_put(space);
	ground_free_all(space);
	areas_free(space);
	hot_unref(space->hot);
	mmu_destroy(&space->mmu);
	heap_free(space);
}

void vm_space_ref(struct vm_space *space)
{
	__atomic_add_fetch(&space->refs, 1, __ATOMIC_RELAXED);
}

bool space_ref_try(struct vm_space *space)
{
	return ref_try(&space->refs);
}

void vm_space_unref(struct vm_space *space)
{
	if (!__atomic_sub_fetch(&space->refs, 1, __ATOMIC_ACQ_REL)) {
		if (space->mmu.published) {
			mmu_retire(&space->mmu);
		}
		space_destroy_private(space);
	}
}

void vm_space_lock(struct vm_space *space)
{
	mutex_lock(&space->lock);
}

void vm_space_unlock(struct vm_space *space)
{
	mutex_unlock(&space->lock);
}

void vm_space_enter(struct vm_space *space)
{
	preempt_disable();
	thread_current()->aspace = &space->mmu;
	if (!space->mmu.published) {
		mmu_publish_within(&space->mmu);
	}
	mmu_load(&space->mmu);
	preempt_enable();
}

/* Who gives up the last reference retires it while it is loaded: nobody gets another one then (X3). */
void vm_space_leave(struct vm_space *space)
{
	unsigned alone = 1;
	bool is_last;

	preempt_disable();
	thread_current()->aspace = NULL;
	is_last = __atomic_compare_exchange_n(
		&space->refs, &alone, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	if (is_last) {
		mmu_retire(&space->mmu);
	} else {
		mmu_load(&mmu_kernel);
	}
	preempt_enable();
	if (is_last) {
		space_destroy_private(space);
	} else {
		vm_space_unref(space);
	}
}

/* ---- what is known ------------------------------------------------------------ */

struct mmu_aspace *vm_space_mmu(struct vm_space *space)
{
	return &space->mmu;
}

void vm_limits_set(struct vm_space *space, const struct vm_limits *limits)
{
	mutex_lock(&space->lock);
	space->limits = *limits;
	mutex_unlock(&space->lock);
}

void vm_usage_get(struct vm_space *space, struct vm_usage *usage)
{
	mutex_lock(&space->lock);
	*usage = space->usage;
	usage->resident_len = space->resident * PAGE_SIZE;
	usage->resident_peak = MAX(space->resident, space->resident_peak) * PAGE_SIZE;
	mutex_unlock(&space->lock);
}

void vm_area_for_each(
	struct vm_space *space, void (*each)(const struct vm_area_view *area, void *arg), void *arg)
{
	mutex_lock(&space->lock);
	for (struct vm_area *area = area_at_or_above(space, 0); area; area = area_next(area)) {
		struct vm_area_view view = area_view(area);

		each(&view, arg);
	}
	mutex_unlock(&space->lock);
}
