/* vm_start.c - a space that is filled while it is private, for a program that starts. */
#include <kernel/string.h>
#include "vm.h"

#define FILE_PAGES 40u
#define TEXT	   BASE
#define DATA	   (BASE + PAGES(64))
#define ZEROES	   (BASE + PAGES(256))

/* An object whose page i begins with i + 1. */
static struct vm_object *file_make(void)
{
	struct vm_object *object = vm_object_anonymous(FILE_PAGES);
	struct vm_space *space = vm_space_create();
	bool ok = object && space &&
		vm_map(space, BASE, PAGES(FILE_PAGES), RW, VM_FIXED | VM_SHARED, object, 0, NULL) >=
			0;

	for (unsigned i = 0; ok && i < FILE_PAGES; i++) {
		ok = vm_stores(space, BASE + PAGES(i), i + 1);
	}
	if (space) {
		vm_space_unref(space);
	}
	if (!ok) {
		ktest_verdict(KTEST_ERROR, "no memory for an object");
	}
	return ok ? object : NULL;
}

static bool has(struct vm_space *space, vaddr_t va, unsigned prot)
{
	struct mmu_entry entry;

	return vm_entry(space, va, &entry) && (entry.prot & RW) == prot;
}

static bool maps(
	struct vm_space *space, vaddr_t va, unsigned pages, unsigned prot, struct vm_object *object)
{
	return vm_map(space, va, PAGES(pages), prot, VM_FIXED, object, 0, NULL) >= 0;
}

KTEST(vm_start_needs_no_faults)
{
	unsigned long before = vm_frames_before();
	struct vm_object *file = file_make();
	struct vm_space *space = vm_space_create_private();

	KTEST_REQUIRE(file && space);
	KTEST_REQUIRE(maps(space, TEXT, FILE_PAGES, MMU_READ, file));
	KTEST_REQUIRE(maps(space, DATA, FILE_PAGES, RW, file));
	KTEST_REQUIRE(maps(space, ZEROES, 8, RW, NULL));
	vm_populate_start(space);
	KTEST_EXPECT(has(space, TEXT, MMU_READ) && has(space, TEXT + PAGES(39), MMU_READ));
	KTEST_EXPECT(has(space, DATA, RW) && has(space, DATA + PAGES(15), RW));
	KTEST_EXPECT(has(space, DATA + PAGES(39), MMU_READ) && has(space, ZEROES, RW));
	mmu_publish(vm_space_mmu(space));
	KTEST_EXPECT(vm_stores(space, DATA, 100) && vm_loads(space, TEXT, 1));
	KTEST_EXPECT(vm_loads(space, DATA + PAGES(39), 40) && vm_loads(space, ZEROES, 0));
	vm_space_unref(space);
	vm_object_unref(file);
	KTEST_EXPECT(frames_free() == before);
}

/* One that never was published is torn down as well. */
KTEST(vm_start_given_up)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create_private();

	KTEST_REQUIRE(space && maps(space, ZEROES, 8, RW, NULL));
	vm_populate_start(space);
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}
