/* vm_fork.c - copy-on-write twins. */
#include <kernel/string.h>
#include "vm.h"

static unsigned refs_at(struct vm_space *space, vaddr_t va)
{
	struct page *page = vm_frame(space, va);

	return page ? page->refs : 0;
}

static bool is_writable(struct vm_space *space, vaddr_t va)
{
	struct mmu_entry entry;

	return vm_entry(space, va, &entry) && entry.prot & MMU_WRITE;
}

KTEST(vm_fork_copies_on_write)
{
	unsigned long before = vm_frames_before();
	struct vm_space *parent = vm_space_create(), *child;
	struct page *page;

	KTEST_REQUIRE(parent && vm_maps(parent, BASE, 4, RW));
	KTEST_REQUIRE(vm_stores(parent, BASE, 1) && vm_stores(parent, BASE + PAGES(1), 2));
	page = vm_frame(parent, BASE);
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(vm_areas_are(child, "0+4rw"));
	KTEST_REQUIRE(page && vm_frame(child, BASE) == page);
	KTEST_EXPECT(page->refs == 2);
	KTEST_EXPECT(!is_writable(parent, BASE) && !is_writable(child, BASE));
	KTEST_EXPECT(vm_loads(child, BASE, 1) && vm_loads(child, BASE + PAGES(1), 2));
	KTEST_EXPECT(vm_stores(child, BASE, 11) && vm_loads(parent, BASE, 1) && page->refs == 1);
	/* The parent is alone with it: no copy. */
	KTEST_EXPECT(vm_stores(parent, BASE, 10) && vm_frame(parent, BASE) == page);
	KTEST_EXPECT(vm_loads(child, BASE, 11));
	KTEST_EXPECT(vm_stores(parent, BASE + PAGES(1), 20) && vm_loads(child, BASE + PAGES(1), 2));
	KTEST_EXPECT(vm_stores(child, BASE + PAGES(3), 4) && vm_loads(parent, BASE + PAGES(3), 0));
	vm_space_unref(parent);
	KTEST_EXPECT(vm_loads(child, BASE, 11) && vm_loads(child, BASE + PAGES(1), 2));
	vm_space_unref(child);
	KTEST_EXPECT(frames_free() == before);
}

/* When the child is gone, one fault gives the parent back what is around. */
KTEST(vm_fork_parent_owns_again)
{
	struct vm_space *parent = vm_space_create(), *child;
	struct page *page;

	KTEST_REQUIRE(parent && vm_maps(parent, BASE, 16, RW));
	for (unsigned i = 0; i < 16; i++) {
		KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(i), i));
	}
	page = vm_frame(parent, BASE + PAGES(3));
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child && vm_stores(child, BASE + PAGES(3), 33));
	vm_space_unref(child);
	KTEST_EXPECT(!is_writable(parent, BASE + PAGES(3)));
	KTEST_EXPECT(vm_touch(parent, BASE + PAGES(3), MMU_WRITE) == 1);
	KTEST_EXPECT(vm_frame(parent, BASE + PAGES(3)) == page);
	for (unsigned i = 0; i < 16; i++) {
		KTEST_EXPECT(vm_touch(parent, BASE + PAGES(i), MMU_WRITE) == 0);
		KTEST_EXPECT(vm_loads(parent, BASE + PAGES(i), i));
	}
	vm_space_unref(parent);
}

#define GENERATIONS 6

KTEST(vm_fork_generations)
{
	unsigned long before = vm_frames_before();
	struct vm_space *spaces[GENERATIONS];

	spaces[0] = vm_space_create();
	KTEST_REQUIRE(spaces[0] && vm_maps(spaces[0], BASE, GENERATIONS, RW));
	KTEST_REQUIRE(vm_stores(spaces[0], BASE, 1000));
	for (unsigned i = 1; i < GENERATIONS; i++) {
		spaces[i] = vm_space_fork(spaces[i - 1]);
		KTEST_REQUIRE(spaces[i]);
		KTEST_EXPECT(refs_at(spaces[0], BASE) == i + 1);
		KTEST_EXPECT(vm_stores(spaces[i], BASE + PAGES(i), i));
	}
	for (unsigned i = 0; i < GENERATIONS; i++) {
		for (unsigned k = 1; k < GENERATIONS; k++) {
			KTEST_EXPECT(vm_loads(spaces[i], BASE + PAGES(k), k <= i ? k : 0));
		}
		KTEST_EXPECT(vm_loads(spaces[i], BASE, 1000));
	}
	for (unsigned i = 0; i < GENERATIONS; i += 2) {
		vm_space_unref(spaces[i]);
	}
	for (unsigned i = 1; i < GENERATIONS; i += 2) {
		KTEST_EXPECT(
			vm_loads(spaces[i], BASE, 1000) && vm_loads(spaces[i], BASE + PAGES(1), 1));
		vm_space_unref(spaces[i]);
	}
	KTEST_EXPECT(frames_free() == before);
}

/* Shared memory stays shared, rights and parked pages are kept, limits and break too. */
KTEST(vm_fork_keeps)
{
	unsigned long before = vm_frames_before();
	struct vm_space *parent = vm_space_create(), *child;
	struct vm_object *object = vm_object_anonymous(2);
	struct vm_limits limits = { PAGES(20), VM_NO_LIMIT, PAGES(9) };
	struct vm_usage usage;

	KTEST_REQUIRE(parent && object && vm_maps(parent, BASE, 3, RW));
	KTEST_REQUIRE(vm_map(parent, BASE + PAGES(8), PAGES(2), RW, VM_FIXED | VM_SHARED, object, 0,
			      NULL) > 0);
	vm_object_unref(object);
	vm_brk_start(parent, BASE * 2);
	vm_limits_set(parent, &limits);
	KTEST_REQUIRE(vm_stores(parent, BASE, 5) && vm_stores(parent, BASE + PAGES(1), 6));
	KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(8), 8));
	KTEST_REQUIRE(!vm_protect(parent, BASE, PAGES(1), 0));
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(vm_areas_are(child, "0+1 1+2rw 8+2rws"));
	KTEST_EXPECT(
		vm_stores(child, BASE + PAGES(8), 88) && vm_loads(parent, BASE + PAGES(8), 88));
	KTEST_EXPECT(vm_stores(parent, BASE + PAGES(9), 9) && vm_loads(child, BASE + PAGES(9), 9));
	KTEST_EXPECT(!vm_protect(child, BASE, PAGES(1), RW) && vm_stores(child, BASE, 55));
	KTEST_EXPECT(!vm_protect(parent, BASE, PAGES(1), RW) && vm_loads(parent, BASE, 5));
	KTEST_EXPECT(vm_stores(parent, BASE, 50) && vm_loads(child, BASE, 55));
	KTEST_EXPECT(vm_brk(child, 0) == BASE * 2);
	KTEST_EXPECT(vm_map(child, 0, PAGES(16), RW, 0, NULL, 0, NULL) == -ENOMEM);
	vm_usage_get(child, &usage);
	KTEST_EXPECT(usage.virtual_len == PAGES(5) && usage.resident_len >= PAGES(4));
	vm_space_unref(child);
	vm_space_unref(parent);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_fork_advice)
{
	struct vm_space *parent = vm_space_create(), *child;

	KTEST_REQUIRE(parent && vm_maps(parent, BASE, 4, RW));
	for (unsigned i = 0; i < 4; i++) {
		KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(i), i + 1));
	}
	KTEST_REQUIRE(!vm_advise(parent, BASE + PAGES(1), PAGES(1), 10)); /* DONTFORK */
	KTEST_REQUIRE(!vm_advise(parent, BASE + PAGES(2), PAGES(1), 18)); /* WIPEONFORK */
	KTEST_EXPECT(vm_areas_are(parent, "0+1rw 1+1rw 2+1rw 3+1rw"));
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(vm_areas_are(child, "0+1rw 2+1rw 3+1rw"));
	KTEST_EXPECT(vm_loads(child, BASE, 1) && vm_loads(child, BASE + PAGES(2), 0));
	KTEST_EXPECT(vm_loads(child, BASE + PAGES(3), 4));
	KTEST_EXPECT(vm_loads(parent, BASE + PAGES(1), 2) && vm_loads(parent, BASE + PAGES(2), 3));
	KTEST_EXPECT(
		!vm_advise(parent, BASE, PAGES(4), 11) && !vm_advise(parent, BASE, PAGES(4), 19));
	KTEST_EXPECT(vm_areas_are(parent, "0+4rw"));
	vm_space_unref(child);
	vm_space_unref(parent);
}

KTEST(vm_fork_of_many_pages)
{
	unsigned long before = vm_frames_before();
	struct vm_space *parent = vm_space_create(), *child;
	const unsigned count = 1200;

	KTEST_REQUIRE(parent && vm_maps(parent, BASE, count, RW));
	for (unsigned i = 0; i < count; i++) {
		KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(i), i));
	}
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child);
	for (unsigned i = 0; i < count; i += 3) {
		KTEST_EXPECT(vm_stores(i % 2 ? parent : child, BASE + PAGES(i), i + 5000));
	}
	for (unsigned i = 0; i < count; i++) {
		KTEST_EXPECT(vm_loads(parent, BASE + PAGES(i), i % 6 == 3 ? i + 5000 : i));
		KTEST_EXPECT(vm_loads(child, BASE + PAGES(i), i % 6 == 0 ? i + 5000 : i));
	}
	vm_space_unref(parent);
	vm_space_unref(child);
	KTEST_EXPECT(frames_free() == before);
}

/* What either wrote to after the last fork is copied at the next one, and both may go on writing. */
KTEST(vm_fork_copies_hot_pages)
{
	unsigned long before = vm_frames_before();
	struct vm_space *parent = vm_space_create(), *child;

	KTEST_REQUIRE(parent && vm_maps(parent, BASE, 64, RW));
	for (unsigned i = 0; i < 64; i++) {
		KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(i), i));
	}
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child && vm_stores(child, BASE, 100));
	KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(32), 132));
	vm_space_unref(child);
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(is_writable(child, BASE) && is_writable(child, BASE + PAGES(32)));
	KTEST_EXPECT(is_writable(parent, BASE + PAGES(32)));
	KTEST_EXPECT(!is_writable(child, BASE + PAGES(1)) && !is_writable(parent, BASE + PAGES(1)));
	KTEST_EXPECT(vm_stores(child, BASE, 200) && vm_loads(parent, BASE, 0));
	KTEST_EXPECT(vm_stores(parent, BASE + PAGES(32), 232));
	KTEST_EXPECT(vm_loads(child, BASE + PAGES(32), 132));
	vm_space_unref(parent);
	vm_space_unref(child);
	KTEST_EXPECT(frames_free() == before);
}

/* However many pages the parent writes to when the child is gone: those that both wrote to stay known. */
KTEST(vm_fork_copies_hot_pages_after_many)
{
	unsigned long before = vm_frames_before();
	struct vm_space *parent = vm_space_create(), *child;

	KTEST_REQUIRE(parent && vm_maps(parent, BASE, 512, RW));
	for (unsigned i = 0; i < 512; i += 32) {
		KTEST_REQUIRE(vm_stores(parent, BASE + PAGES(i), i));
	}
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child && vm_stores(child, BASE, 100));
	vm_space_unref(child);
	for (unsigned i = 32; i < 512; i += 32) {
		KTEST_EXPECT(vm_stores(parent, BASE + PAGES(i), i + 1));
	}
	child = vm_space_fork(parent);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(is_writable(child, BASE) && vm_loads(child, BASE, 0));
	vm_space_unref(parent);
	vm_space_unref(child);
	KTEST_EXPECT(frames_free() == before);
}
