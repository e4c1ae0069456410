/* vm.c - spaces: mapping, faults, rights, unmapping, stacks. */
#include <kernel/log.h>
#include <kernel/string.h>
#include "vm.h"

static char areas_text[512];

static void area_note(const struct vm_area_view *area, void *arg)
{
	size_t at = strlen(areas_text);

	fmt_print(areas_text + at, sizeof(areas_text) - at, "%s%ld+%lu%s%s%s%s", at ? " " : "",
		((long)area->start - (long)BASE) / (long)PAGE_SIZE,
		(area->end - area->start) / PAGE_SIZE, area->prot & MMU_READ ? "r" : "",
		area->prot & MMU_WRITE ? "w" : "", area->prot & MMU_EXEC ? "x" : "",
		area->flags & VM_SHARED ? "s" : "");
}

bool vm_areas_are(struct vm_space *space, const char *expected)
{
	areas_text[0] = '\0';
	vm_area_for_each(space, area_note, NULL);
	if (strcmp(areas_text, expected)) {
		ktest_verdict(KTEST_FAILURE, "areas are \"%s\", not \"%s\"", areas_text, expected);
		return false;
	}
	return true;
}

KTEST(vm_space_empty)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();
	struct vm_usage usage;

	KTEST_REQUIRE(space);
	vm_usage_get(space, &usage);
	KTEST_EXPECT(!usage.virtual_len && !usage.resident_len && !usage.data_len);
	KTEST_EXPECT(vm_fault(space, BASE, MMU_READ) == -EFAULT);
	KTEST_EXPECT(vm_fault(space, 0, MMU_READ) == -EFAULT);
	KTEST_EXPECT(vm_fault(space, ~(vaddr_t)0, MMU_WRITE) == -EFAULT);
	vm_space_ref(space);
	vm_space_unref(space);
	KTEST_EXPECT(vm_areas_are(space, ""));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_demand_zero)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();
	unsigned long mapped;

	KTEST_REQUIRE(space && vm_maps(space, BASE, 4, RW));
	mapped = frames_free();
	KTEST_EXPECT(!vm_is_mapped(space, BASE));
	KTEST_EXPECT(vm_loads(space, BASE, 0) && vm_loads(space, BASE + PAGES(3) + 8, 0));
	KTEST_EXPECT(vm_frame(space, BASE) == vm_frame(space, BASE + PAGES(3)));
	KTEST_EXPECT(vm_stores(space, BASE + 16, 7) && vm_loads(space, BASE + 16, 7));
	KTEST_EXPECT(vm_loads(space, BASE, 0) && vm_loads(space, BASE + PAGES(1), 0));
	KTEST_EXPECT(vm_frame(space, BASE) != vm_frame(space, BASE + PAGES(3)));
	KTEST_EXPECT(vm_touch(space, BASE, MMU_WRITE) == 0);
	KTEST_EXPECT(frames_free() < mapped);
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_spurious_fault_edits_nothing)
{
	struct vm_space *space = vm_space_create();
	struct page *page;

	KTEST_REQUIRE(space && vm_maps(space, BASE, 1, RW) && vm_stores(space, BASE, 5));
	page = vm_frame(space, BASE);
	KTEST_EXPECT(!vm_fault(space, BASE, MMU_WRITE) && !vm_fault(space, BASE, MMU_READ));
	KTEST_EXPECT(page && vm_frame(space, BASE) == page && page->refs == 1);
	vm_space_unref(space);
}

KTEST(vm_rights)
{
	struct vm_space *space = vm_space_create();
	static const unsigned prots[] = { MMU_READ, RW, MMU_READ | MMU_EXEC, MMU_WRITE, MMU_EXEC };

	KTEST_REQUIRE(space && vm_maps(space, BASE + PAGES(9), 1, 0));
	for (unsigned i = 0; i < ARRAY_SIZE(prots); i++) {
		vaddr_t va = BASE + PAGES(i);
		bool w = prots[i] & MMU_WRITE, x = prots[i] & MMU_EXEC;

		KTEST_EXPECT(vm_maps(space, va, 1, prots[i]));
		KTEST_EXPECT(!vm_fault(space, va, MMU_READ));
		KTEST_EXPECT(vm_fault(space, va, MMU_WRITE) == (w ? 0 : -EACCES));
		KTEST_EXPECT(vm_fault(space, va, MMU_EXEC) == (x ? 0 : -EACCES));
	}
	for (unsigned access = MMU_READ; access <= MMU_EXEC; access <<= 1) {
		KTEST_EXPECT(vm_fault(space, BASE + PAGES(9), access) == -EACCES);
	}
	vm_space_unref(space);
}

/* Equal neighbours are one area; unmapping and protecting cut. */
KTEST(vm_areas_split_and_merge)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();

	KTEST_REQUIRE(
		space && vm_maps(space, BASE, 4, RW) && vm_maps(space, BASE + PAGES(8), 4, RW));
	KTEST_EXPECT(vm_areas_are(space, "0+4rw 8+4rw"));
	KTEST_EXPECT(vm_maps(space, BASE + PAGES(4), 4, RW) && vm_areas_are(space, "0+12rw"));
	KTEST_EXPECT(vm_unmaps(space, BASE + PAGES(5), 2) && vm_areas_are(space, "0+5rw 7+5rw"));
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(1), PAGES(2), MMU_READ));
	KTEST_EXPECT(vm_areas_are(space, "0+1rw 1+2r 3+2rw 7+5rw"));
	KTEST_EXPECT(vm_maps(space, BASE + PAGES(4), 4, MMU_READ));
	KTEST_EXPECT(vm_areas_are(space, "0+1rw 1+2r 3+1rw 4+4r 8+4rw"));
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(1), PAGES(7), RW));
	KTEST_EXPECT(vm_areas_are(space, "0+12rw"));
	KTEST_EXPECT(vm_unmaps(space, BASE - PAGES(4), 5) && vm_unmaps(space, BASE + PAGES(11), 9));
	KTEST_EXPECT(vm_areas_are(space, "1+10rw"));
	KTEST_EXPECT(vm_unmaps(space, BASE - PAGES(4), 100) && vm_areas_are(space, ""));
	KTEST_EXPECT(vm_unmaps(space, BASE, 1));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_unmap_drops_pages)
{
	struct vm_space *space = vm_space_create();
	unsigned long before;

	KTEST_REQUIRE(space && vm_maps(space, BASE, 600, RW));
	KTEST_REQUIRE(vm_stores(space, BASE, 1) && vm_unmaps(space, BASE, 1));
	KTEST_REQUIRE(vm_maps(space, BASE, 1, RW));
	before = frames_free();
	for (unsigned i = 0; i < 600; i++) {
		KTEST_EXPECT(vm_stores(space, BASE + PAGES(i), i));
	}
	KTEST_EXPECT(frames_free() <= before - 590);
	KTEST_EXPECT(vm_unmaps(space, BASE + PAGES(100), 400));
	KTEST_EXPECT(vm_fault(space, BASE + PAGES(100), MMU_READ) == -EFAULT);
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(499)));
	KTEST_EXPECT(
		vm_loads(space, BASE + PAGES(99), 99) && vm_loads(space, BASE + PAGES(500), 500));
	KTEST_EXPECT(vm_maps(space, BASE + PAGES(300), 10, RW));
	KTEST_EXPECT(vm_loads(space, BASE + PAGES(305), 0));
	KTEST_EXPECT(vm_maps(space, BASE, 600, RW) && vm_loads(space, BASE, 0));
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(599)));
	vm_space_unref(space);
}

/* Unmapping what spans much ground costs what is mapped there, not what could be. */
KTEST(vm_unmap_of_much_ground)
{
	struct vm_space *space = vm_space_create();
	size_t len = LAYOUT_USER_END / 16;
	long at;

	KTEST_REQUIRE(space);
	at = vm_map(space, 0, len, RW, 0, NULL, 0, NULL);
	KTEST_REQUIRE(at > 0);
	for (unsigned i = 0; i < 8; i++) {
		KTEST_EXPECT(vm_stores(space, (vaddr_t)at + i * (len / 8), i));
	}
	KTEST_EXPECT(!vm_protect(space, (vaddr_t)at, len, MMU_READ));
	KTEST_EXPECT(vm_loads(space, (vaddr_t)at + 7 * (len / 8), 7));
	KTEST_EXPECT(!vm_unmap(space, (vaddr_t)at, len));
	vm_space_unref(space);
}

KTEST(vm_protect_keeps_contents)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();
	struct page *page;

	KTEST_REQUIRE(
		space && vm_maps(space, BASE, 3, RW) && vm_stores(space, BASE + PAGES(1), 42));
	page = vm_frame(space, BASE + PAGES(1));
	KTEST_REQUIRE(page);
	KTEST_EXPECT(!vm_protect(space, BASE, PAGES(3), MMU_READ));
	KTEST_EXPECT(vm_touch(space, BASE + PAGES(1), MMU_READ) == 0);
	KTEST_EXPECT(vm_fault(space, BASE + PAGES(1), MMU_WRITE) == -EACCES);
	KTEST_EXPECT(!vm_protect(space, BASE, PAGES(3), 0));
	KTEST_EXPECT(!vm_is_mapped(space, BASE + PAGES(1)));
	KTEST_EXPECT(vm_fault(space, BASE + PAGES(1), MMU_READ) == -EACCES);
	KTEST_EXPECT(!vm_protect(space, BASE, PAGES(3), RW | MMU_EXEC));
	KTEST_EXPECT(
		vm_loads(space, BASE + PAGES(1), 42) && vm_frame(space, BASE + PAGES(1)) == page);
	KTEST_EXPECT(vm_touch(space, BASE + PAGES(1), MMU_EXEC) == 0 && page->refs == 1);
	KTEST_EXPECT(vm_loads(space, BASE, 0) && vm_loads(space, BASE + PAGES(2), 0));
	/* Parked pages go with their area. */
	KTEST_EXPECT(!vm_protect(space, BASE, PAGES(3), 0) && vm_unmaps(space, BASE, 2));
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(2), PAGES(1), RW));
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(2), 3));
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(2), PAGES(1), 0));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(vm_protect_errors)
{
	struct vm_space *space = vm_space_create();
	struct vm_object *object = vm_object_anonymous(4);

	KTEST_REQUIRE(space && object && vm_maps(space, BASE, 2, RW));
	KTEST_REQUIRE(vm_maps(space, BASE + PAGES(3), 1, RW));
	KTEST_EXPECT(vm_protect(space, BASE + 1, PAGES(1), MMU_READ) == -EINVAL);
	KTEST_EXPECT(vm_protect(space, BASE, PAGES(1), 8) == -EINVAL);
	KTEST_EXPECT(vm_protect(space, BASE, 0, MMU_READ) == 0);
	KTEST_EXPECT(vm_protect(space, BASE, ~(size_t)0, MMU_READ) == -ENOMEM);
	KTEST_EXPECT(vm_protect(space, BASE + PAGES(8), PAGES(1), MMU_READ) == -ENOMEM);
	/* What stands before a hole is changed. */
	KTEST_EXPECT(vm_protect(space, BASE + PAGES(1), PAGES(3), MMU_READ) == -ENOMEM);
	KTEST_EXPECT(vm_areas_are(space, "0+1rw 1+1r 3+1rw"));
	KTEST_EXPECT(vm_protect(space, BASE, PAGES(1), MMU_READ | VM_PROT_GROWS_DOWN) == -EINVAL);
	KTEST_EXPECT(vm_map(space, BASE + PAGES(6), PAGES(1), MMU_READ,
			     VM_FIXED | VM_SHARED | VM_DENY_WRITE, object, 0, NULL) > 0);
	KTEST_EXPECT(vm_protect(space, BASE + PAGES(6), PAGES(1), RW) == -EACCES);
	KTEST_EXPECT(vm_protect(space, BASE + PAGES(6), PAGES(1), 0) == 0);
	vm_object_unref(object);
	vm_space_unref(space);
}

/* ---- where ------------------------------------------------------------------- */

KTEST(vm_map_errors)
{
	struct vm_space *space = vm_space_create();
	struct vm_object *object = vm_object_anonymous(1);

	KTEST_REQUIRE(space && object && vm_maps(space, BASE, 2, RW));
#define MAP(address, len, flags) vm_map(space, address, len, RW, flags, NULL, 0, NULL)
	KTEST_EXPECT(MAP(0, 0, 0) == -EINVAL);
	KTEST_EXPECT(MAP(0, ~(size_t)0, 0) == -ENOMEM && MAP(0, VM_ADDRESS_END, 0) == -ENOMEM);
	KTEST_EXPECT(MAP(BASE + 1, PAGES(1), VM_FIXED) == -EINVAL);
	KTEST_EXPECT(MAP(0, PAGES(1), VM_FIXED) == -EPERM);
	KTEST_EXPECT(MAP(VM_ADDRESS_MIN - PAGE_SIZE, PAGES(1), VM_FIXED) == -EPERM);
	KTEST_EXPECT(MAP(VM_ADDRESS_END, PAGES(1), VM_FIXED) == -ENOMEM);
	KTEST_EXPECT(MAP(VM_ADDRESS_END - PAGE_SIZE, PAGES(2), VM_FIXED) == -ENOMEM);
	KTEST_EXPECT(MAP(BASE + PAGES(1), PAGES(1), VM_FIXED_NOREPLACE) == -EEXIST);
	KTEST_EXPECT(MAP(BASE - PAGES(1), PAGES(1), VM_FIXED_NOREPLACE) > 0);
	KTEST_EXPECT(MAP(0, PAGES(1), VM_SHARED) == -EINVAL);
	KTEST_EXPECT(vm_map(space, 0, PAGES(1), RW, 0, object, 1, NULL) == -EINVAL);
	KTEST_EXPECT(vm_map(space, 0, PAGES(1), 8, 0, NULL, 0, NULL) == -EINVAL);
	KTEST_EXPECT(vm_map(space, 0, PAGES(2), RW, 0, object, ~(uint64_t)0 - PAGE_SIZE + 1,
			     NULL) == -EOVERFLOW);
	KTEST_EXPECT(vm_unmap(space, BASE + 1, PAGES(1)) == -EINVAL);
	KTEST_EXPECT(vm_unmap(space, BASE, 0) == -EINVAL);
	KTEST_EXPECT(vm_unmap(space, BASE, ~(size_t)0) == -EINVAL);
	KTEST_EXPECT(vm_unmap(space, LAYOUT_USER_END, PAGES(1)) == -EINVAL);
	KTEST_EXPECT(vm_areas_are(space, "-1+3rw"));
	vm_object_unref(object);
	vm_space_unref(space);
}

KTEST(vm_map_top_down)
{
	struct vm_space *space = vm_space_create();
	vaddr_t a, b, c, d;

	KTEST_REQUIRE(space);
	a = (vaddr_t)MAP(0, PAGES(4), 0);
	b = (vaddr_t)MAP(0, 1, 0);
	KTEST_EXPECT(b == a - PAGES(1));
	KTEST_EXPECT(vm_unmaps(space, a, 4));
	c = (vaddr_t)MAP(0, PAGES(5), 0);
	KTEST_EXPECT(c == b - PAGES(5));
	d = (vaddr_t)MAP(0, PAGES(3), 0);
	KTEST_EXPECT(d == a + PAGES(1));
	/* A hint is taken if it is free. */
	KTEST_EXPECT(MAP(BASE + 5, PAGES(2), 0) == (long)(BASE + PAGES(1)));
	d = (vaddr_t)MAP(BASE, PAGES(2), 0);
	KTEST_EXPECT(d > BASE);
	vm_layout_set(space, (size_t)1 << 30, 5);
	KTEST_EXPECT((vaddr_t)MAP(0, PAGES(1), 0) < VM_ADDRESS_END - ((size_t)1 << 30) - PAGES(5));
	vm_space_unref(space);
}

/* The low 2 GiB may be all there is; the room for the stack is then in it. */
KTEST(vm_map_low)
{
	struct vm_space *space = vm_space_create();
	vaddr_t top, low;

	KTEST_REQUIRE(space);
	top = (vaddr_t)MAP(0, PAGES(1), 0) + PAGES(1);
	KTEST_EXPECT(vm_unmaps(space, top - PAGES(1), 1));
	low = (vaddr_t)MAP(0, PAGES(3), VM_LOW);
	KTEST_EXPECT(low > 0 && low + PAGES(3) == MIN((vaddr_t)1 << 31, top));
	KTEST_EXPECT(MAP(0, PAGES(1), VM_LOW) == (long)(low - PAGES(1)));
	vm_space_unref(space);
}

/* Many areas, holes of all sizes: each request finds the highest that fits. */
KTEST(vm_map_finds_gaps)
{
	unsigned long before = vm_frames_before();
	struct vm_space *space = vm_space_create();
	vaddr_t top;

	KTEST_REQUIRE(space);
	top = (vaddr_t)MAP(0, PAGES(1000), 0) + PAGES(1000);
	for (unsigned i = 1; i <= 40; i++) {
		KTEST_EXPECT(vm_unmaps(space, top - PAGES(i * 20), i % 19 + 1));
	}
	for (unsigned len = 19; len > 0; len--) {
		for (unsigned i = 1; i <= 40; i++) {
			if (i % 19 + 1 == len) {
				KTEST_EXPECT((vaddr_t)MAP(0, PAGES(len), 0) == top - PAGES(i * 20));
			}
		}
	}
	KTEST_EXPECT((vaddr_t)MAP(0, PAGES(1), 0) == top - PAGES(1001));
	vm_space_unref(space);
	KTEST_EXPECT(frames_free() == before);
}
#undef MAP

KTEST(vm_limits)
{
	struct vm_space *space = vm_space_create();
	struct vm_limits limits = { PAGES(10), PAGES(4), PAGES(100) };

	KTEST_REQUIRE(space);
	vm_limits_set(space, &limits);
	KTEST_EXPECT(vm_maps(space, BASE, 4, RW));
	KTEST_EXPECT(vm_map(space, 0, PAGES(1), RW, 0, NULL, 0, NULL) == -ENOMEM);
	KTEST_EXPECT(vm_maps(space, BASE + PAGES(4), 5, MMU_READ));
	KTEST_EXPECT(vm_protect(space, BASE + PAGES(4), PAGES(1), RW) == -ENOMEM);
	KTEST_EXPECT(vm_map(space, 0, PAGES(2), 0, 0, NULL, 0, NULL) == -ENOMEM);
	KTEST_EXPECT(vm_maps(space, BASE, 4, RW)); /* replaces as much */
	KTEST_EXPECT(vm_remap(space, BASE, PAGES(4), PAGES(6), 1, 0) == -ENOMEM);
	KTEST_EXPECT(vm_areas_are(space, "0+4rw 4+5r"));
	vm_space_unref(space);
}

KTEST(vm_usage)
{
	struct vm_space *space = vm_space_create();
	struct vm_usage usage;

	KTEST_REQUIRE(space && vm_maps(space, BASE, 10, RW) && vm_stores(space, BASE, 1));
	KTEST_REQUIRE(vm_map(space, BASE * 2, PAGES(3), RW, VM_FIXED | VM_GROWS_DOWN, NULL, 0,
			      "[stack]") > 0);
	KTEST_EXPECT(!vm_protect(space, BASE + PAGES(5), PAGES(2), MMU_READ));
	vm_usage_get(space, &usage);
	KTEST_EXPECT(usage.virtual_len == PAGES(13) && usage.data_len == PAGES(8));
	KTEST_EXPECT(usage.stack_len == PAGES(3));
	KTEST_EXPECT(usage.resident_len >= PAGES(1) && usage.resident_len <= PAGES(13));
	KTEST_EXPECT(vm_unmaps(space, BASE, 10));
	vm_usage_get(space, &usage);
	KTEST_EXPECT(usage.virtual_len == PAGES(3) && !usage.resident_len && !usage.data_len);
	vm_space_unref(space);
}

/* ---- stacks --------------------------------------------------------------------- */

#define STACK_END (BASE + PAGES(10000))

static bool stack_map(struct vm_space *space)
{
	return vm_map(space, STACK_END - PAGES(2), PAGES(2), RW, VM_FIXED | VM_GROWS_DOWN, NULL, 0,
		       "[stack]") > 0;
}

KTEST(vm_stack_grows)
{
	struct vm_space *space = vm_space_create();
	struct vm_limits limits = { VM_NO_LIMIT, VM_NO_LIMIT, PAGES(200) };

	KTEST_REQUIRE(space && stack_map(space));
	vm_limits_set(space, &limits);
	KTEST_EXPECT(vm_stores(space, STACK_END - PAGES(50), 50));
	KTEST_EXPECT(vm_stores(space, STACK_END - PAGES(20), 20));
	KTEST_EXPECT(vm_stores(space, STACK_END - PAGES(200), 200));
	KTEST_EXPECT(vm_fault(space, STACK_END - PAGES(201), MMU_WRITE) == -EFAULT);
	KTEST_EXPECT(vm_fault(space, STACK_END, MMU_WRITE) == -EFAULT);
	KTEST_EXPECT(vm_areas_are(space, "9800+200rw"));
	KTEST_EXPECT(!vm_protect(
		space, STACK_END - PAGES(1), PAGES(1), RW | MMU_EXEC | VM_PROT_GROWS_DOWN));
	KTEST_EXPECT(vm_areas_are(space, "9800+200rwx"));
	vm_space_unref(space);
}

KTEST(vm_stack_guard)
{
	struct vm_space *space = vm_space_create();
	vaddr_t low = STACK_END - VM_STACK_GUARD - PAGES(100);

	KTEST_REQUIRE(space && stack_map(space) && vm_maps(space, low - PAGES(1), 1, RW));
	KTEST_EXPECT(!vm_fault(space, STACK_END - PAGES(100), MMU_WRITE));
	KTEST_EXPECT(vm_fault(space, STACK_END - PAGES(101), MMU_WRITE) == -EFAULT);
	/* No chosen address is within the guard either. */
	KTEST_EXPECT(vm_map(space, low + PAGES(5), PAGES(1), RW, 0, NULL, 0, NULL) !=
		(long)(low + PAGES(5)));
	/* Something inaccessible is guard enough. */
	KTEST_EXPECT(!vm_protect(space, low - PAGES(1), PAGES(1), 0));
	KTEST_EXPECT(!vm_fault(space, low, MMU_WRITE));
	KTEST_EXPECT(vm_fault(space, low - PAGES(1), MMU_WRITE) == -EACCES);
	vm_space_unref(space);
}

/* ---- ahead ------------------------------------------------------------------------ */

static unsigned faults_of(struct vm_space *space, vaddr_t start, unsigned pages, int step)
{
	unsigned faults = 0;

	for (unsigned i = 0; i < pages; i++, start += (vaddr_t)(step * (long)PAGE_SIZE)) {
		int n = vm_touch(space, start, MMU_WRITE);

		KTEST_EXPECT(n >= 0);
		faults += n > 0;
	}
	return faults;
}

#define AHEAD_FRAMES 5000 /* with fewer, runs stay short */

/* Sequences are filled ahead in growing runs; what is not a sequence is not. */
KTEST(vm_fault_ahead)
{
	struct vm_space *space;
	unsigned long before;
	struct vm_usage usage;

	KTEST_SKIP_IF(frames_free() < AHEAD_FRAMES, "too little memory to fill ahead");
	space = vm_space_create();
	KTEST_REQUIRE(space && vm_maps(space, BASE, 2048, RW));
	KTEST_EXPECT(faults_of(space, BASE, 500, 1) < 40);
	KTEST_EXPECT(faults_of(space, BASE + PAGES(2047), 500, -1) < 40);
	KTEST_EXPECT(!vm_touch(space, BASE + PAGES(499), MMU_WRITE));
	KTEST_EXPECT(
		vm_stores(space, BASE + PAGES(1024), 1)); /* its ground is not new afterwards */
	before = frames_free();
	for (unsigned i = 0; i < 8; i++) {
		KTEST_EXPECT(vm_stores(space, BASE + PAGES(1100 + i * 30), i));
	}
	KTEST_EXPECT(frames_free() >= before - 8);
	vm_usage_get(space, &usage);
	KTEST_EXPECT(usage.resident_len < PAGES(1300));
	vm_space_unref(space);
}

KTEST(vm_fault_stays_in_area)
{
	struct vm_space *space = vm_space_create();

	KTEST_REQUIRE(space && vm_maps(space, BASE + PAGES(1), 3, RW));
	KTEST_EXPECT(vm_stores(space, BASE + PAGES(2), 1) && vm_stores(space, BASE + PAGES(3), 2));
	KTEST_EXPECT(!vm_is_mapped(space, BASE) && !vm_is_mapped(space, BASE + PAGES(4)));
	vm_space_unref(space);
}

/* ---- from outside ------------------------------------------------------------------ */

KTEST(vm_read_and_write)
{
	struct vm_space *space = vm_space_create();
	static char out[3 * PAGE_SIZE], in[3 * PAGE_SIZE];
	struct page *page;

	KTEST_REQUIRE(space && vm_maps(space, BASE, 4, RW));
	for (size_t i = 0; i < sizeof(out); i++) {
		out[i] = (char)(i * 7);
	}
	KTEST_EXPECT(!vm_write(space, BASE + 100, out, sizeof(out)));
	KTEST_EXPECT(!vm_read(space, in, BASE + 100, sizeof(in)) && !memcmp(in, out, sizeof(in)));
	KTEST_EXPECT(vm_read(space, in, BASE + PAGES(2), sizeof(in)) == -EFAULT);
	KTEST_EXPECT(!vm_protect(space, BASE, PAGES(1), MMU_READ));
	KTEST_EXPECT(vm_write(space, BASE, out, 1) == -EACCES && !vm_read(space, in, BASE, 1));
	KTEST_EXPECT(!vm_page_get(space, BASE + 5, MMU_READ, &page) && page->refs == 2);
	KTEST_EXPECT(vm_page_get(space, BASE, MMU_WRITE, &page) == -EACCES);
	KTEST_EXPECT(vm_unmaps(space, BASE, 1) && page->refs == 1);
	vm_page_put(page);
	vm_space_unref(space);
}
