/* vm_object.c - mappings of objects: shared anonymous memory, and a file that is played here. */
#include <kernel/string.h>
#include "vm.h"

/* ---- a file of 40 pages, each beginning with its index + 1000; page 39 cannot be read ------ */

#define FILE_PAGES 40
#define PAGE_BAD   39
#define AT_HAND	   24 /* peek finds the pages below this */

static struct file_model {
	struct vm_object object;
	struct page *pages[FILE_PAGES];
	unsigned gets, dirty_calls, releases, syncs;
	uint64_t dirty_index;
	bool has_dirty[FILE_PAGES];
} file;

static struct page *file_page_peek(struct vm_object *object, uint64_t index)
{
	if (index >= AT_HAND) {
		return NULL;
	}
	file.pages[index]->refs++;
	return file.pages[index];
}

static int file_page_get(struct vm_object *object, uint64_t index, struct page **page)
{
	if (index >= FILE_PAGES) {
		return -ENXIO;
	}
	if (index == PAGE_BAD) {
		return -EIO;
	}
	file.gets++;
	file.pages[index]->refs++;
	*page = file.pages[index];
	return 0;
}

static void file_page_dirty(struct vm_object *object, uint64_t index)
{
	file.dirty_calls++;
	file.has_dirty[index] = true;
}

static void file_release(struct vm_object *object)
{
	file.releases++;
	for (unsigned i = 0; i < FILE_PAGES; i++) {
		KTEST_EXPECT(file.pages[i]->refs == 1);
		vm_page_put(file.pages[i]);
	}
}

static int file_sync(struct vm_object *object, uint64_t first, uint64_t count)
{
	file.syncs++;
	return first == 2 && count == 3 ? 0 : -EIO;
}

static const struct vm_object_ops file_ops = {
	.page_get = file_page_get,
	.page_dirty = file_page_dirty,
	.release = file_release,
	.page_peek = file_page_peek,
	.sync = file_sync,
};

static bool file_make(void)
{
	memset(&file, 0, sizeof(file));
	vm_object_init(&file.object, &file_ops, 1);
	for (unsigned i = 0; i < FILE_PAGES; i++) {
		uint64_t *words = page_alloc_zeroed();

		if (!words) {
			return false;
		}
		words[0] = i + 1000;
		file.pages[i] = page_of(virt_to_pfn(words));
	}
	return true;
}

static bool file_maps(struct vm_space *space, vaddr_t va, size_t pages, unsigned prot,
	unsigned flags, unsigned first)
{
	return vm_map(space, va, PAGES(pages), prot, VM_FIXED | flags, &file.object, PAGES(first),
		       "/file") == (long)va;
}

static uint64_t file_word(unsigned page)
{
	return *(uint64_t *)page_address(file.pages[page]);
}

KTEST(vm_file_private)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();

	KTEST_REQUIRE(space && file_make() && file_maps(space, BASE, 10, RW, 0, 5));
	vm_object_unref(&file.object);
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(2), 1007));
	KTEST_EXPECT(vm_frame(space, BASE + PAGES(2)) == file.pages[7]);
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(2), 1) && file_word(7) == 1007);
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(9), 2) && file_word(14) == 1014);
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(2), 1) && !file.dirty_calls);
	/* Forgetting brings the file's contents back. */
	KTEST_EXPECT(
		!vm_advise(space, BASE, PAGES(10), 4) && vm_loads(space, BASE + PAGES(2), 1007));
	KTEST_EXPECT(vm_unmaps(space, BASE, 3) && vm_areas_are(space, "3+7rw"));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(3), 1008) && !file.releases);
	vm_space_unref(space);
	KTEST_EXPECT(file.releases == 1 && frames_free() == before);
}

KTEST(vm_file_shared)
{
	unsigned long before = vm_frames_before();
	struct vm_space *a = vm_space_create(), *b = vm_space_create();

	KTEST_REQUIRE(a && b && file_make() && file_maps(a, BASE, 8, RW, VM_SHARED, 0) &&
		file_maps(b, BASE, 8, RW, VM_SHARED, 2));
	vm_object_unref(&file.object);
	KTEST_EXPECT(vm_loads(a, BASE + PAGES(3), 1003) && !file.dirty_calls);
	KTEST_EXPECT(
		vm_stores(a, BASE + PAGES(3), 77) && file.dirty_calls == 1 && file.has_dirty[3]);
	KTEST_EXPECT(vm_loads(b, BASE + PAGES(1), 77) && file_word(3) == 77);
	/* Every page's first write is told, though it was mapped before. */
	KTEST_EXPECT(vm_stores(a, BASE + PAGES(4), 78) && file.has_dirty[4]);
	KTEST_EXPECT(vm_stores(b, BASE + PAGES(6), 79) && file.has_dirty[8]);
	KTEST_EXPECT(vm_sync(a, BASE + PAGES(2), PAGES(3), true) == 0 && file.syncs == 1);
	KTEST_EXPECT(vm_sync(a, BASE + PAGES(2), PAGES(2), true) == -EIO);
	KTEST_EXPECT(vm_sync(a, BASE, PAGES(2), false) == 0 && file.syncs == 2);
	vm_space_unref(a);
	vm_space_unref(b);
	KTEST_EXPECT(file.releases == 1 && frames_free() == before);
}

KTEST(vm_file_errors)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();

	KTEST_REQUIRE(space && file_make() && file_maps(space, BASE, 4, RW, 0, 37));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(1), 1038));
	KTEST_EXPECT(vm_fault(space, BASE + PAGES(2), MMU_READ) == -EIO);
	KTEST_EXPECT(vm_fault(space, BASE + PAGES(3), MMU_WRITE) == -ENXIO);
	vm_space_unref(space);
	vm_object_unref(&file.object);
	KTEST_EXPECT(file.releases == 1 && frames_free() == before);
}

/* A fault maps what is at hand around it, within the area; and only that. */
KTEST(vm_file_fault_around)
{
	struct vm_space *space = vm_space_create();
	unsigned mapped = 0;

	KTEST_REQUIRE(
		space && file_make() && file_maps(space, BASE + PAGES(3), 30, RW, VM_SHARED, 0));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(5), 1002) && file.gets == 1);
	for (unsigned i = 0; i < 64; i++) {
		mapped += vm_is_mapped(space, BASE + PAGES(i));
	}
	KTEST_EXPECT(mapped == AT_HAND); /* new ground: all there is */
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(2)));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(26), 1023) && file.gets == 1);
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(27), 1024) && file.gets == 2);
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(28)));
	KTEST_EXPECT(vm_unmaps(space, BASE, 64) && file_maps(space, BASE + PAGES(3), 4, RW, 0, 9));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(4), 1010));
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(2)) && vm_is_mapped(space, BASE + PAGES(3)));
	KTEST_EXPECT(vm_is_mapped(space, BASE + PAGES(6)) && !vm_is_mapped(space, BASE + PAGES(7)));
	/* On ground that stands: 16, aligned. */
	KTEST_EXPECT(vm_unmaps(space, BASE, 64) && file_maps(space, BASE, 24, RW, 0, 0));
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(5), 3) && file_word(5) == 1005);
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(4))); /* they could not be written to */
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(6), 1006));
	KTEST_EXPECT(vm_is_mapped(space, BASE) && vm_is_mapped(space, BASE + PAGES(15)));
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(16)));
	vm_space_unref(space);
	vm_object_unref(&file.object);
	KTEST_EXPECT(file.releases == 1);
}

/* A private page whose file is closed and gone stays what it is. */
KTEST(vm_file_forked_and_parked)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create(), *child;

	KTEST_REQUIRE(space && file_make() && file_maps(space, BASE, 8, RW, 0, 0));
	vm_object_unref(&file.object);
	KTEST_EXPECT(vm_stores(space, BASE, 1) && vm_loads(space, BASE + PAGES(1), 1001));
	child = vm_space_fork(space);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(vm_stores(child, BASE, 2) && vm_stores(child, BASE + PAGES(1), 3));
	KTEST_EXPECT(vm_loads(space, BASE, 1) && vm_loads(space, BASE + PAGES(1), 1001));
	KTEST_EXPECT(
		!vm_protect(space, BASE, PAGES(8), 0) && !vm_protect(space, BASE, PAGES(8), RW));
	KTEST_EXPECT(vm_loads(space, BASE, 1) && vm_stores(space, BASE + PAGES(1), 4));
	KTEST_EXPECT(file_word(0) == 1000 && file_word(1) == 1001);
	vm_space_unref(space);
	KTEST_EXPECT(vm_loads(child, BASE + PAGES(7), 1007) && !file.releases);
	vm_space_unref(child);
	KTEST_EXPECT(file.releases == 1 && frames_free() == before);
}

/* ---- shared anonymous memory ------------------------------------------------------------- */

KTEST(vm_object_anonymous)
{
	unsigned long before = vm_frames_before();
	struct vm_space *a = vm_space_create(), *b = vm_space_create();
	const size_t pages = LAYOUT_USER_END / PAGE_SIZE / 32;
	struct vm_object *object = vm_object_anonymous(pages);
	vaddr_t at[2];

	KTEST_REQUIRE(a && b && object);
	at[0] = (vaddr_t)vm_map(a, 0, pages * PAGE_SIZE, RW, VM_SHARED, object, 0, NULL);
	at[1] = (vaddr_t)vm_map(b, 0, PAGES(20), RW, VM_SHARED, object, PAGES(pages - 10), NULL);
	KTEST_REQUIRE((long)at[0] > 0 && (long)at[1] > 0);
	KTEST_EXPECT(vm_stores(a, at[0] + PAGES(pages - 5), 5) && vm_loads(b, at[1] + PAGES(5), 5));
	KTEST_EXPECT(
		vm_touch(b, at[1] + PAGES(5), MMU_WRITE) == 0); /* nobody wants to hear of it */
	KTEST_EXPECT(vm_stores(b, at[1], 6) && vm_loads(a, at[0] + PAGES(pages - 10), 6));
	KTEST_EXPECT(vm_fault(b, at[1] + PAGES(10), MMU_WRITE) == -ENXIO);
	KTEST_EXPECT(vm_unmaps(a, at[0], pages));
	vm_object_unref(object);
	KTEST_EXPECT(!vm_protect(b, at[1], PAGES(20), 0) && !vm_protect(b, at[1], PAGES(20), RW));
	KTEST_EXPECT(vm_loads(b, at[1] + PAGES(5), 5));
	vm_space_unref(a);
	vm_space_unref(b);
	KTEST_EXPECT(frames_free() == before);
}
