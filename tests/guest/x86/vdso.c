/* vdso.c - the clock's page as programs see it, and the object that is mapped beside it. */
#include <arch/clock.h>
#include <arch/vdso.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/vm.h>
#include <x86/clock_page.h>

KTEST(vdso_tells_the_kernels_time)
{
	nsec_t now, wall, before, after;

	KTEST_SKIP_IF(!clock_page->is_in_use, "the CPUs' counters are not known to be one");
	for (unsigned i = 0; i < 1000; i++) {
		before = clock_now();
		if (clock_page_read(clock_page, &now, &wall)) {
			after = clock_now();
			KTEST_REQUIRE(before <= now && now <= after);
		}
	}
	before = clock_wall();
	KTEST_REQUIRE(clock_page_read(clock_page, &now, &wall));
	after = clock_wall();
	KTEST_EXPECT(before <= wall && wall <= after);
}

KTEST(vdso_follows_the_wall_clock)
{
	const nsec_t then = UINT64_C(1000000000) * NSEC_PER_SEC;
	nsec_t old = clock_wall(), start = clock_now(), now, wall;

	clock_wall_set(then);
	KTEST_EXPECT(clock_wall() >= then && clock_wall() < then + 10 * NSEC_PER_SEC);
	if (clock_page->is_in_use && clock_page_read(clock_page, &now, &wall)) {
		KTEST_EXPECT(wall >= then && wall < then + 10 * NSEC_PER_SEC);
	}
	clock_wall_set(old + (clock_now() - start));
	KTEST_EXPECT(clock_wall() >= old && clock_wall() < old + 10 * NSEC_PER_SEC);
}

struct seen {
	vaddr_t clock, object;
	unsigned prot_clock, prot_object;
};

static void area_see(vaddr_t start, vaddr_t end, unsigned prot, unsigned flags, uint64_t offset,
	const char *name, void *arg)
{
	struct seen *seen = arg;

	if (!strcmp(name, "[vvar]")) {
		seen->clock = start;
		seen->prot_clock = prot;
	} else if (!strcmp(name, "[vdso]")) {
		seen->object = start;
		seen->prot_object = prot;
	}
}

KTEST(vdso_is_mapped_behind_the_clock)
{
	struct vm_space *space = vm_space_create();
	struct seen seen = { 0 };
	uint32_t sequence;
	char magic[4];
	vaddr_t base;

	KTEST_REQUIRE(space);
	KTEST_EXPECT(!port_vdso_map(space, &base) && base);
	vm_area_for_each(space, area_see, &seen);
	KTEST_EXPECT(seen.object == base && seen.clock + PAGE_SIZE == base);
	KTEST_EXPECT(seen.prot_clock == MMU_READ && seen.prot_object == (MMU_READ | MMU_EXEC));
	KTEST_EXPECT(!vm_read(space, magic, base, 4) && !memcmp(magic, "\177ELF", 4));
	KTEST_EXPECT(!vm_read(space, &sequence, seen.clock, 4));
	KTEST_EXPECT(vm_fault(space, seen.clock, MMU_WRITE) == -EACCES);
	KTEST_EXPECT(vm_protect(space, seen.clock, PAGE_SIZE, MMU_READ | MMU_WRITE) == -EACCES);
	vm_space_unref(space);
}
