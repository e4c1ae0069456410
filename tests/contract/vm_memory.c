/*
 * vm_memory.c - when memory runs out: every operation ends in -ENOMEM, changes
 * nothing that shows, and succeeds once there is memory again.
 *
 * Each is tried with no frame to spare, then with one more at a time until it
 * succeeds, so that each of its allocations fails once.
 */
#include <kernel/string.h>
#include "vm.h"

#define SPARE_MAX 64u

/* A space to try in: made and ended with memory at hand. */
struct attempt {
	struct vm_space *space;
	struct vm_space *made; /* by the operation; ended by the driver */
	struct vm_object *object;
};

struct operation {
	bool (*prepare)(struct attempt *a);
	int (*run)(struct attempt *a);	   /* 0 or -ENOMEM */
	bool (*undone)(struct attempt *a); /* after -ENOMEM, with memory: all is as before */
	bool (*done)(struct attempt *a);   /* after success, with memory */
};

static bool yes(struct attempt *a)
{
	return true;
}

/* With `spare` frames: whether it succeeded. */
static bool try_with(const struct operation *op, unsigned spare)
{
	struct attempt a = { .space = vm_space_create() };
	struct list hoard;
	int err;

	KTEST_EXPECT(a.space && op->prepare(&a));
	hoard_fill(&hoard, ALL_FRAMES);
	hoard_release(&hoard, spare);
	err = op->run(&a);
	hoard_release(&hoard, ALL_FRAMES);
	KTEST_EXPECT(!err || err == -ENOMEM);
	if (err) {
		KTEST_EXPECT(op->undone(&a));
		KTEST_EXPECT(!op->run(&a));
	}
	KTEST_EXPECT(op->done(&a));
	if (a.made) {
		vm_space_unref(a.made);
	}
	vm_space_unref(a.space);
	if (a.object) {
		vm_object_unref(a.object);
	}
	return !err;
}

static void operation_try(const struct operation *op)
{
	unsigned long before = vm_frames_before();
	unsigned spare = 0;

	while (spare < SPARE_MAX && !try_with(op, spare)) {
		spare++;
		KTEST_REQUIRE(frames_free() == before);
	}
	KTEST_EXPECT(spare > 0 && spare < SPARE_MAX);
	KTEST_EXPECT(frames_free() == before);
}

/* ---- create ------------------------------------------------------------------ */

static int create_run(struct attempt *a)
{
	a->made = vm_space_create();
	return a->made ? 0 : -ENOMEM;
}

KTEST(vm_create_without_memory)
{
	operation_try(&(struct operation){ yes, create_run, yes, yes });
}

/* ---- map ---------------------------------------------------------------------- */

/* A name that takes a frame: whatever else it takes may come from slabs that have room. */
static char long_name[3000];

static bool map_prepare(struct attempt *a)
{
	return vm_maps(a->space, BASE, 8, RW) && vm_stores(a->space, BASE + PAGES(3), 3);
}

static int map_run(struct attempt *a)
{
	long at;

	memset(long_name, 'n', sizeof(long_name) - 1);
	at = vm_map(a->space, BASE + PAGES(2), PAGES(4), MMU_READ, VM_FIXED, NULL, 0, long_name);

	return at < 0 ? (int)at : 0;
}

static bool map_undone(struct attempt *a)
{
	return vm_areas_are(a->space, "0+8rw") && vm_loads(a->space, BASE + PAGES(3), 3);
}

static bool map_done(struct attempt *a)
{
	return vm_areas_are(a->space, "0+2rw 2+4r 6+2rw") && vm_loads(a->space, BASE + PAGES(3), 0);
}

KTEST(vm_map_without_memory)
{
	operation_try(&(struct operation){ map_prepare, map_run, map_undone, map_done });
}

/* ---- fault ---------------------------------------------------------------------- */

static int fault_run(struct attempt *a)
{
	return vm_fault(a->space, BASE + PAGES(5), MMU_WRITE);
}

static bool fault_prepare(struct attempt *a)
{
	return vm_maps(a->space, BASE, 8, RW);
}

static bool fault_undone(struct attempt *a)
{
	return !vm_is_mapped(a->space, BASE + PAGES(5));
}

static bool fault_done(struct attempt *a)
{
	return vm_loads(a->space, BASE + PAGES(5), 0) &&
		vm_touch(a->space, BASE + PAGES(5), MMU_WRITE) == 0;
}

KTEST(vm_fault_without_memory)
{
	operation_try(&(struct operation){ fault_prepare, fault_run, fault_undone, fault_done });
}

/* Of a page that is copied. */
static bool copy_prepare(struct attempt *a)
{
	if (!vm_maps(a->space, BASE, 8, RW) || !vm_stores(a->space, BASE + PAGES(5), 55)) {
		return false;
	}
	a->made = vm_space_fork(a->space);
	return a->made;
}

static bool copy_undone(struct attempt *a)
{
	return vm_loads(a->space, BASE + PAGES(5), 55) && vm_loads(a->made, BASE + PAGES(5), 55);
}

static bool copy_done(struct attempt *a)
{
	return copy_undone(a) && vm_touch(a->space, BASE + PAGES(5), MMU_WRITE) == 0;
}

KTEST(vm_copy_without_memory)
{
	operation_try(&(struct operation){ copy_prepare, fault_run, copy_undone, copy_done });
}

/* Of shared memory. */
static bool shared_prepare(struct attempt *a)
{
	a->object = vm_object_anonymous(8);
	return a->object &&
		vm_map(a->space, BASE, PAGES(8), RW, VM_FIXED | VM_SHARED, a->object, 0, NULL) > 0;
}

KTEST(vm_shared_fault_without_memory)
{
	operation_try(&(struct operation){ shared_prepare, fault_run, fault_undone, fault_done });
}

/* ---- protect -------------------------------------------------------------------- */

/* Pages on two stretches of ground, to be parked. */
static bool protect_prepare(struct attempt *a)
{
	return vm_maps(a->space, BASE, 1024, RW) && vm_stores(a->space, BASE + PAGES(1), 1) &&
		vm_stores(a->space, BASE + PAGES(600), 600);
}

static int protect_run(struct attempt *a)
{
	return vm_protect(a->space, BASE, PAGES(1024), 0);
}

static bool protect_undone(struct attempt *a)
{
	return vm_areas_are(a->space, "0+1024rw") && vm_loads(a->space, BASE + PAGES(1), 1) &&
		vm_loads(a->space, BASE + PAGES(600), 600);
}

static bool protect_done(struct attempt *a)
{
	return vm_areas_are(a->space, "0+1024") && !vm_protect(a->space, BASE, PAGES(1024), RW) &&
		protect_undone(a);
}

KTEST(vm_protect_without_memory)
{
	operation_try(
		&(struct operation){ protect_prepare, protect_run, protect_undone, protect_done });
}

/* ---- fork ------------------------------------------------------------------------- */

static bool fork_prepare(struct attempt *a)
{
	return protect_prepare(a) && vm_maps(a->space, BASE * 3, 4, MMU_READ) &&
		vm_loads(a->space, BASE * 3, 0) && !vm_protect(a->space, BASE, PAGES(2), 0);
}

static int fork_run(struct attempt *a)
{
	a->made = vm_space_fork(a->space);
	return a->made ? 0 : -ENOMEM;
}

/* The parent may still write without a fault. */
static bool fork_undone(struct attempt *a)
{
	return vm_touch(a->space, BASE + PAGES(600), MMU_WRITE) == 0;
}

static bool fork_done(struct attempt *a)
{
	return vm_loads(a->made, BASE + PAGES(600), 600) &&
		vm_stores(a->space, BASE + PAGES(600), 1) &&
		vm_loads(a->made, BASE + PAGES(600), 600) &&
		!vm_protect(a->made, BASE, PAGES(2), RW) && vm_loads(a->made, BASE + PAGES(1), 1);
}

KTEST(vm_fork_without_memory)
{
	operation_try(&(struct operation){ fork_prepare, fork_run, fork_undone, fork_done });
}

/* ---- remap -------------------------------------------------------------------------- */

static int remap_run(struct attempt *a)
{
	long at = vm_remap(a->space, BASE, PAGES(1024), PAGES(1024), 3, BASE * 2 + PAGES(100));

	return at < 0 ? (int)at : 0;
}

static bool remap_done(struct attempt *a)
{
	return vm_areas_are(a->space, "65636+1024rw") &&
		vm_loads(a->space, BASE * 2 + PAGES(700), 600) &&
		vm_loads(a->space, BASE * 2 + PAGES(101), 1);
}

KTEST(vm_remap_without_memory)
{
	operation_try(
		&(struct operation){ protect_prepare, remap_run, protect_undone, remap_done });
}

/* ---- the last frames ---------------------------------------------------------------- */

/* A program may have every frame there is; it gets an error for the next, and lives. */
KTEST(vm_last_frames)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();
	struct list hoard;
	unsigned got = 0;
	int err = 0;

	KTEST_REQUIRE(space && vm_maps(space, BASE, 100000, RW));
	hoard_fill(&hoard, ALL_FRAMES);
	hoard_release(&hoard, 300);
	while (!err) {
		err = vm_touch(space, BASE + PAGES(got), MMU_WRITE);
		got += err >= 0;
		err = MIN(err, 0);
	}
	KTEST_EXPECT(err == -ENOMEM && got > 280 && got <= 300 && frames_free() < 4);
	KTEST_EXPECT(vm_touch(space, BASE, MMU_WRITE) == 0);
	KTEST_EXPECT(!vm_advise(space, BASE, PAGES(10), 4));
	KTEST_EXPECT(vm_touch(space, BASE + PAGES(got), MMU_WRITE) == 1);
	hoard_release(&hoard, ALL_FRAMES);
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}
