/* vdso_map.c - the clock's page and the vDSO as a program finds them in its memory. */
#include <arch/mmu.h>
#include <arch/vdso.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/vm.h>

struct seen {
	vaddr_t clock, object;
	unsigned prot_clock, prot_object;
};

static void area_see(const struct vm_area_view *area, void *arg)
{
	struct seen *seen = arg;

	if (!strcmp(area->name, "[vvar]")) {
		seen->clock = area->start;
		seen->prot_clock = area->prot;
	} else if (!strcmp(area->name, "[vdso]")) {
		seen->object = area->start;
		seen->prot_object = area->prot;
	}
}

KTEST(vdso_is_mapped_behind_the_clock)
{
	struct vm_space *space = vm_space_create();
	struct seen seen = { 0 };
	uint32_t sequence;
	char magic[4];
	vaddr_t base, entry;

	KTEST_REQUIRE(space);
	KTEST_EXPECT(!port_vdso_map(space, &base, &entry) && base);
	vm_area_for_each(space, area_see, &seen);
	KTEST_EXPECT(seen.object == base && seen.clock + PAGE_SIZE == base);
	KTEST_EXPECT(seen.prot_clock == MMU_READ && seen.prot_object == (MMU_READ | MMU_EXEC));
	KTEST_EXPECT(!vm_read(space, magic, base, 4) && !memcmp(magic, "\177ELF", 4));
	KTEST_EXPECT(!vm_read(space, &sequence, seen.clock, 4));
	KTEST_EXPECT(vm_fault(space, seen.clock, MMU_WRITE) == -EACCES);
	KTEST_EXPECT(vm_protect(space, seen.clock, PAGE_SIZE, MMU_READ | MMU_WRITE) == -EACCES);
	vm_space_unref(space);
}
