/* vm_remap.c - mremap, brk, madvise, mincore. */
#include <linux/mman.h>
#include <kernel/string.h>
#include "vm.h"

#define FAR (BASE * 4)

static struct vm_space *space_of(size_t pages)
{
	struct vm_space *space = vm_space_create();

	if (!space || !vm_maps(space, BASE, pages, RW)) {
		ktest_verdict(KTEST_ERROR, "no memory for a space");
		return NULL;
	}
	for (size_t i = 0; i < pages; i++) {
		KTEST_EXPECT(vm_stores(space, BASE + PAGES(i), i + 1));
	}
	return space;
}

KTEST(vm_remap_in_place)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = space_of(4);

	KTEST_REQUIRE(space);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(4), PAGES(4), 0, 0) == (long)BASE);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(4), PAGES(2), 0, 0) == (long)BASE);
	KTEST_EXPECT(vm_areas_are(space, "0+2rw"));
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(2), PAGES(6) - 5, 0, 0) == (long)BASE);
	KTEST_EXPECT(vm_areas_are(space, "0+6rw"));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(1), 2) && vm_loads(space, BASE + PAGES(2), 0));
	/* The middle of an area cannot grow, nor what has a neighbour. */
	KTEST_EXPECT(vm_remap(space, BASE + PAGES(1), PAGES(2), PAGES(3), 0, 0) == -ENOMEM);
	KTEST_EXPECT(vm_maps(space, BASE + PAGES(7), 1, MMU_READ));
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(6), PAGES(8), 0, 0) == -ENOMEM);
	KTEST_EXPECT(vm_remap(space, BASE + PAGES(5), PAGES(1), PAGES(2), 0, 0) ==
		(long)(BASE + PAGES(5)));
	KTEST_EXPECT(vm_areas_are(space, "0+7rw 7+1r"));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_remap_moves)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = space_of(6);
	struct page *page;
	vaddr_t to;

	KTEST_REQUIRE(space);
	page = vm_frame(space, BASE + PAGES(2));
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(3), PAGES(1), 0));
	to = (vaddr_t)vm_remap(space, BASE + PAGES(1), PAGES(2), PAGES(5), MREMAP_MAYMOVE, 0);
	KTEST_REQUIRE((long)to > 0 && to != BASE + PAGES(1));
	KTEST_EXPECT(page && vm_frame(space, to + PAGES(1)) == page && page->refs == 1);
	KTEST_EXPECT(vm_loads(space, to, 2) && vm_loads(space, to + PAGES(1), 3));
	KTEST_EXPECT(vm_loads(space, to + PAGES(2), 0) && vm_stores(space, to + PAGES(4), 9));
	KTEST_EXPECT(vm_fault(space, BASE + PAGES(1), MMU_READ) == -EFAULT);
	/* Parked pages move too, over what is there. */
	KTEST_EXPECT(vm_remap(space, BASE + PAGES(3), PAGES(1), PAGES(1),
			     MREMAP_MAYMOVE | MREMAP_FIXED, to) == (long)to);
	KTEST_EXPECT(vm_fault(space, to, MMU_READ) == -EACCES && !vm_is_mapped(space, to));
	KTEST_EXPECT(!vm_protect(space, to, PAGES(1), RW) && vm_loads(space, to, 4));
	KTEST_EXPECT(vm_loads(space, to + PAGES(1), 3));
	KTEST_EXPECT(vm_loads(space, BASE, 1) && vm_loads(space, BASE + PAGES(5), 6));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

/* The only parked page of a stretch moves within the stretch: its room must not go before it comes. */
KTEST(vm_remap_moves_the_last_parked_page)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = space_of(1);
	vaddr_t to = BASE + PAGES(3);

	KTEST_REQUIRE(space);
	KTEST_EXPECT(!vm_protect(space, BASE, PAGES(1), 0));
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), PAGES(1), MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
		(long)to);
	KTEST_EXPECT(!vm_protect(space, to, PAGES(1), RW) && vm_loads(space, to, 1));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

/* Over the borders of page tables, at odd distances, many pages. */
KTEST(vm_remap_moves_many)
{
	unsigned long before = vm_frames_before();
	const unsigned count = 700;
	struct vm_space *space = space_of(count);
	vaddr_t to = FAR + PAGES(300);

	KTEST_REQUIRE(space);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(count), PAGES(count),
			     MREMAP_MAYMOVE | MREMAP_FIXED, to) == (long)to);
	for (unsigned i = 0; i < count; i++) {
		KTEST_EXPECT(vm_loads(space, to + PAGES(i), i + 1));
	}
	KTEST_EXPECT(!vm_is_mapped(space, BASE) && !vm_is_mapped(space, BASE + PAGES(count - 1)));
	/* Shrinking while moving. */
	KTEST_EXPECT(vm_remap(space, to, PAGES(count), PAGES(10), MREMAP_MAYMOVE | MREMAP_FIXED,
			     BASE) == (long)BASE);
	KTEST_EXPECT(vm_areas_are(space, "0+10rw") && vm_loads(space, BASE + PAGES(9), 10));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_remap_keeps_or_duplicates)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = space_of(2);
	struct vm_object *object = vm_object_anonymous(8);
	vaddr_t to;

	KTEST_REQUIRE(space && object);
	to = (vaddr_t)vm_remap(
		space, BASE, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	KTEST_EXPECT((long)to > 0 && vm_loads(space, to, 1) && vm_loads(space, to + PAGES(1), 2));
	KTEST_EXPECT(vm_loads(space, BASE, 0) && vm_stores(space, BASE, 7));
	KTEST_EXPECT(vm_unmaps(space, to, 2));
	KTEST_EXPECT(
		vm_map(space, FAR, PAGES(4), RW, VM_FIXED | VM_SHARED, object, PAGES(2), NULL) > 0);
	vm_object_unref(object);
	KTEST_EXPECT(vm_stores(space, FAR + PAGES(1), 33));
	to = (vaddr_t)vm_remap(space, FAR + PAGES(1), 0, PAGES(2), MREMAP_MAYMOVE, 0);
	KTEST_EXPECT(
		(long)to > 0 && vm_loads(space, to, 33) && vm_stores(space, to + PAGES(1), 44));
	KTEST_EXPECT(vm_loads(space, FAR + PAGES(2), 44));
	KTEST_EXPECT(vm_remap(space, BASE, 0, PAGES(2), MREMAP_MAYMOVE, 0) == -EINVAL);
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_remap_errors)
{
	struct vm_space *space = space_of(2);
	const unsigned fixed = MREMAP_MAYMOVE | MREMAP_FIXED;

	KTEST_REQUIRE(space && vm_maps(space, BASE + PAGES(2), 2, MMU_READ));
	KTEST_EXPECT(vm_remap(space, BASE + 1, PAGES(1), PAGES(1), 0, 0) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), 0, 0, 0) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), PAGES(1), 8, 0) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), PAGES(1), MREMAP_FIXED, FAR) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), PAGES(1), fixed, FAR + 1) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(2), PAGES(2), fixed, BASE + PAGES(1)) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), PAGES(2), fixed, VM_ADDRESS_END - PAGE_SIZE) ==
		-EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(1), PAGES(2), MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
			     0) == -EINVAL);
	KTEST_EXPECT(vm_remap(space, BASE - PAGES(1), PAGES(1), PAGES(2), 1, 0) == -EFAULT);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(3), PAGES(4), 1, 0) == -EFAULT);
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(2), VM_ADDRESS_END, 1, 0) == -ENOMEM);
	KTEST_EXPECT(vm_remap(space, BASE, ~(size_t)0 - PAGE_SIZE, PAGES(1), 0, 0) == -EINVAL);
	KTEST_EXPECT(vm_areas_are(space, "0+2rw 2+2r") && vm_loads(space, BASE, 1));
	vm_space_unref(space);
}

/* ---- brk ------------------------------------------------------------------------ */

KTEST(vm_brk_moves)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();
	struct vm_limits limits = { VM_NO_LIMIT, PAGES(30), PAGES(30) };

	KTEST_REQUIRE(space);
	vm_brk_start(space, BASE + 100);
	KTEST_EXPECT(vm_brk(space, 0) == BASE + 100 && vm_brk(space, BASE) == BASE + 100);
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(3)) == BASE + PAGES(3));
	KTEST_EXPECT(vm_areas_are(space, "1+2rw") && vm_stores(space, BASE + PAGES(3) - 8, 5));
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(20) + 1) == BASE + PAGES(20) + 1);
	KTEST_EXPECT(vm_areas_are(space, "1+20rw") && vm_loads(space, BASE + PAGES(3) - 8, 5));
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(2)) == BASE + PAGES(2));
	KTEST_EXPECT(vm_areas_are(space, "1+1rw"));
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(3)) == BASE + PAGES(3));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(3) - 8, 0));
	/* Something is in the way, or a limit. */
	KTEST_EXPECT(vm_maps(space, BASE + PAGES(10), 1, MMU_READ));
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(10)) == BASE + PAGES(3));
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(9)) == BASE + PAGES(9));
	KTEST_EXPECT(vm_unmaps(space, BASE + PAGES(10), 1));
	vm_limits_set(space, &limits);
	KTEST_EXPECT(vm_brk(space, BASE + PAGES(40)) == BASE + PAGES(9));
	KTEST_EXPECT(vm_brk(space, ~(vaddr_t)0) == BASE + PAGES(9));
	KTEST_EXPECT(vm_brk(space, BASE + 100) == BASE + 100 && vm_areas_are(space, ""));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

/* ---- madvise, mincore --------------------------------------------------------------- */

KTEST(vm_advise_dont_need)
{
	struct vm_space *space = space_of(8);
	unsigned long before = frames_free();

	KTEST_REQUIRE(space);
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(3), PAGES(1), 0));
	KTEST_EXPECT(!vm_advise(space, BASE + PAGES(1), PAGES(3), MADV_DONTNEED));
	KTEST_EXPECT(frames_free() >= before + 2);
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(3), PAGES(1), RW));
	for (unsigned i = 0; i < 8; i++) {
		KTEST_EXPECT(vm_loads(space, BASE + PAGES(i), i >= 1 && i <= 3 ? 0 : i + 1));
	}
	KTEST_EXPECT(!vm_advise(space, BASE + PAGES(5), PAGES(1), MADV_FREE));
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(5), 55) && vm_loads(space, BASE + PAGES(5), 55));
	KTEST_EXPECT(vm_areas_are(space, "0+8rw"));
	vm_space_unref(space);
}

KTEST(vm_advise_errors)
{
	struct vm_space *space = space_of(2);
	struct vm_object *object = vm_object_anonymous(2);

	KTEST_REQUIRE(space && object && vm_maps(space, BASE + PAGES(3), 1, RW));
	KTEST_EXPECT(vm_advise(space, BASE + 1, PAGES(1), MADV_NORMAL) == -EINVAL);
	KTEST_EXPECT(vm_advise(space, BASE, PAGES(1), 99) == -EINVAL);
	KTEST_EXPECT(vm_advise(space, BASE, PAGES(1), -1) == -EINVAL);
	KTEST_EXPECT(vm_advise(space, BASE, PAGES(1), 7) == -EINVAL);
	KTEST_EXPECT(vm_advise(space, BASE, ~(size_t)0, MADV_NORMAL) == -EINVAL);
	KTEST_EXPECT(vm_advise(space, BASE, 0, MADV_NORMAL) == 0);
	KTEST_EXPECT(vm_advise(space, BASE, PAGES(2), MADV_WILLNEED) == 0);
	/* Over a hole: all that is there is done, and the hole told. */
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(3), 4));
	KTEST_EXPECT(vm_advise(space, BASE, PAGES(4), MADV_DONTNEED) == -ENOMEM);
	KTEST_EXPECT(vm_loads(space, BASE, 0) && vm_loads(space, BASE + PAGES(3), 0));
	KTEST_EXPECT(vm_map(space, FAR, PAGES(2), RW, VM_FIXED | VM_SHARED, object, 0, NULL) > 0);
	KTEST_EXPECT(vm_advise(space, FAR, PAGES(1), MADV_FREE) == -EINVAL);
	KTEST_EXPECT(vm_advise(space, FAR, PAGES(1), MADV_WIPEONFORK) == -EINVAL);
	KTEST_EXPECT(vm_sync(space, FAR, PAGES(2), true) == 0);
	KTEST_EXPECT(vm_sync(space, FAR, PAGES(3), true) == -ENOMEM);
	vm_object_unref(object);
	vm_space_unref(space);
}

KTEST(vm_populate_and_resident)
{
	struct vm_space *space = vm_space_create();
	unsigned char resident[8];

	KTEST_REQUIRE(
		space && vm_maps(space, BASE, 6, RW) && vm_maps(space, BASE + PAGES(6), 1, 0));
	KTEST_EXPECT(!vm_resident(space, BASE, 7, resident));
	KTEST_EXPECT(!memcmp(resident, "\0\0\0\0\0\0", 7));
	KTEST_EXPECT(!vm_populate(space, BASE + PAGES(2), PAGES(4)));
	KTEST_EXPECT(!vm_resident(space, BASE + PAGES(2), 5, resident));
	KTEST_EXPECT(!memcmp(resident, "\1\1\1\1\0", 5));
	KTEST_EXPECT(vm_touch(space, BASE + PAGES(5), MMU_WRITE) == 0);
	KTEST_EXPECT(vm_resident(space, BASE, 8, resident) == -ENOMEM);
	KTEST_EXPECT(vm_populate(space, BASE, PAGES(8)) == -EACCES);
	KTEST_EXPECT(vm_populate(space, BASE - PAGES(1), PAGES(2)) == -ENOMEM);
	KTEST_EXPECT(!vm_advise(space, BASE, PAGES(6), MADV_POPULATE_WRITE));
	KTEST_EXPECT(vm_touch(space, BASE, MMU_WRITE) == 0);
	KTEST_EXPECT(vm_advise(space, BASE, PAGES(7), MADV_POPULATE_READ) == -EINVAL);
	KTEST_EXPECT(vm_map(space, FAR, PAGES(3), RW, VM_FIXED | VM_POPULATE, NULL, 0, NULL) > 0);
	KTEST_EXPECT(vm_touch(space, FAR + PAGES(2), MMU_WRITE) == 0);
	vm_space_unref(space);
}
