/*
 * fault_anonymous.c - faults on anonymous memory that nobody has written yet.
 *
 * Reading maps the frame of zeroes, writing a frame of its own. Programs touch
 * fresh memory mostly in sequence, upwards (heaps, buffers) or downwards
 * (stacks), so a fault right beside the area's last run fills twice as much as
 * that run was, up to VM_AHEAD_MAX pages: then 64 pages share one fault and
 * hypercall, which is within 2 % of what the zeroing costs anyway, and at most
 * half of what a program has is filled in vain. A fault elsewhere fills one
 * page; on new ground it fills RUN_NEW_GROUND, because entries written before
 * the table goes live cost nothing on PV (arch/x86/mmu.c).
 */
#include "space.h"

#define RUN_NEW_GROUND 8u

/* Frames filled ahead must not eat the last memory: at most this part of what is free. */
#define RUN_FREE_PART 256u

/* Page i of a run is `step` * i away from the fault. */
struct run {
	vaddr_t va;
	bool is_down;
	unsigned pages;
	uint64_t zeroed; /* bit i: page i shows the frame of zeroes now */
};
_Static_assert(VM_AHEAD_MAX <= 64, "struct run.zeroed has a bit for each page");

static vaddr_t run_page(const struct run *run, unsigned i)
{
	return run->is_down ? run->va - i * PAGE_SIZE : run->va + i * PAGE_SIZE;
}

/* How many pages would be good, and in which direction. */
static unsigned run_wish(const struct vm_area *area, struct run *run, bool is_new_ground)
{
	unsigned least = is_new_ground ? RUN_NEW_GROUND : 1;
	size_t last = (area->run_high - area->run_low) / PAGE_SIZE;

	run->is_down = area->flags & VM_GROWS_DOWN;
	if (!last) {
		return least;
	}
	if (run->va == area->run_high) {
		run->is_down = false;
	} else if (run->va + PAGE_SIZE == area->run_low) {
		run->is_down = true;
	} else {
		return least;
	}
	return MAX((unsigned)MIN(2 * last, (size_t)VM_AHEAD_MAX), least);
}

static unsigned memory_allows(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	return (unsigned)MIN(stats.free / RUN_FREE_PART, (unsigned long)VM_AHEAD_MAX);
}

/* As many of the wished pages as follow each other in the area and in the stretch, and want it. */
static void run_find(struct vm_space *space, const struct vm_area *area, struct run *run,
	unsigned wish, bool is_write)
{
	vaddr_t stretch = ALIGN_DOWN(run->va, GROUND_SIZE);
	vaddr_t low = MAX(area->start, stretch), high = MIN(area->end, stretch + GROUND_SIZE);

	for (unsigned i = 0; i < wish; i++) {
		vaddr_t va = run_page(run, i);
		struct slot slot;

		if (va < low || va >= high) {
			return;
		}
		if (slot_find(space, va, &slot)) {
			if (!is_write || slot.page != frame_zero) {
				return;
			}
			run->zeroed |= UINT64_C(1) << i;
		}
		run->pages++;
	}
}

/* A frame for each page of the run, at least the first; shortens the run where memory ends. */
static int run_allocate(struct vm_space *space, struct run *run, bool is_write)
{
	for (unsigned i = 0; i < run->pages; i++) {
		space->scratch[i] = is_write ? frame_new() : frame_zero;
		if (!space->scratch[i]) {
			run->pages = i;
		}
	}
	return run->pages ? 0 : -ENOMEM;
}

static void run_map(struct vm_space *space, struct ground *ground, const struct vm_area *area,
	const struct run *run)
{
	for (unsigned i = 0; i < run->pages; i++) {
		struct page *page = space->scratch[i];
		struct slot slot = { .ground = ground, .va = run_page(run, i), .page = frame_zero };

		if (run->zeroed >> i & 1) {
			slot_replace(space, &slot, page, frame_rights(area, page));
		} else {
			slot_map(space, ground, slot.va, page, frame_rights(area, page));
		}
	}
}

static void run_remember(struct vm_area *area, const struct run *run)
{
	vaddr_t last = run_page(run, run->pages - 1);

	area->run_low = MIN(run->va, last);
	area->run_high = MAX(run->va, last) + PAGE_SIZE;
}

int fault_anonymous(struct vm_space *space, struct vm_area *area, vaddr_t va, unsigned access)
{
	bool is_write = access & MMU_WRITE;
	struct ground *ground = ground_find(space, va);
	struct run run = { .va = va };
	unsigned wish = run_wish(area, &run, !ground);

	if (is_write) {
		wish = MAX(MIN(wish, memory_allows()), 1u);
	}
	run_find(space, area, &run, wish, is_write);
	if (run_allocate(space, &run, is_write)) {
		return -ENOMEM;
	}
	edit_begin(space);
	ground = ground_get(space, va);
	if (ground) {
		run_map(space, ground, area, &run);
	}
	edit_end(space);
	if (!ground) {
		for (unsigned i = 0; i < run.pages; i++) {
			vm_page_put(space->scratch[i]);
		}
		return -ENOMEM;
	}
	run_remember(area, &run);
	return 0;
}
