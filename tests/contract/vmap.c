/* vmap.c - kernel mappings outside the direct map, and their guard pages. */
#include <arch/mmu.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include "memory.h"

#define PAGES 3

static bool frames_take(pfn_t frames[PAGES])
{
	for (unsigned i = 0; i < PAGES; i++) {
		struct page *page = page_alloc(0);

		if (!page) {
			ktest_verdict(KTEST_ERROR, "no memory");
			return false;
		}
		frames[i] = page_pfn(page);
	}
	return true;
}

static void frames_drop(const pfn_t frames[PAGES])
{
	for (unsigned i = 0; i < PAGES; i++) {
		page_free(page_of(frames[i]), 0);
	}
}

static bool can_read(const char *p)
{
	char c;

	return !memory_probe_read(&c, p, 1);
}

static bool can_write(char *p)
{
	char c = 0;

	return !memory_probe_write(p, &c, 1);
}

KTEST(vmap_guards)
{
	pfn_t frames[PAGES];
	char *va;

	if (!frames_take(frames)) {
		return;
	}
	va = vmap(frames, PAGES, MMU_READ | MMU_WRITE);
	KTEST_REQUIRE(va);
	KTEST_EXPECT((vaddr_t)va % PAGE_SIZE == 0 && (vaddr_t)va > LAYOUT_VMAP_BASE &&
		(vaddr_t)va < LAYOUT_VMAP_BASE + LAYOUT_VMAP_SIZE);
	KTEST_EXPECT(can_write(va) && can_write(va + PAGES * PAGE_SIZE - 1));
	KTEST_EXPECT(!can_read(va - 1) && !can_write(va - 1));
	KTEST_EXPECT(!can_read(va + PAGES * PAGE_SIZE) && !can_write(va + PAGES * PAGE_SIZE));
	vunmap(va, PAGES);
	KTEST_EXPECT(!can_read(va) && !can_read(va + PAGES * PAGE_SIZE - 1));
	frames_drop(frames);
}

/* The same memory at two addresses, frames in any order. */
KTEST(vmap_aliases_direct_map)
{
	pfn_t frames[PAGES], swapped[PAGES];
	char *va;

	if (!frames_take(frames)) {
		return;
	}
	for (unsigned i = 0; i < PAGES; i++) {
		swapped[i] = frames[PAGES - 1 - i];
		memset(pfn_to_virt(swapped[i]), 'a' + (int)i, PAGE_SIZE);
	}
	va = vmap(swapped, PAGES, MMU_READ | MMU_WRITE);
	KTEST_REQUIRE(va);
	for (unsigned i = 0; i < PAGES; i++) {
		KTEST_EXPECT(va[i * PAGE_SIZE] == (char)('a' + i));
		va[i * PAGE_SIZE + 5] = 'z';
		KTEST_EXPECT(((char *)pfn_to_virt(swapped[i]))[5] == 'z');
	}
	vunmap(va, PAGES);
	frames_drop(frames);
}

KTEST(vmap_read_only)
{
	pfn_t frames[PAGES];
	char *va;

	if (!frames_take(frames)) {
		return;
	}
	va = vmap(frames, PAGES, MMU_READ);
	KTEST_REQUIRE(va);
	KTEST_EXPECT(can_read(va) && !can_write(va) && !can_write(va + PAGE_SIZE));
	vunmap(va, PAGES);
	frames_drop(frames);
}

/* Many areas at once: none overlaps another or another's guards; all memory comes back. */
KTEST(vmap_many)
{
	static char *areas[100];
	pfn_t frames[PAGES];
	unsigned long before;

	if (!frames_take(frames)) {
		return;
	}
	before = frames_unclaimed();
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ARRAY_SIZE(areas); i++) {
			areas[i] = vmap(frames, 1 + i % PAGES, MMU_READ);
			KTEST_REQUIRE(areas[i]);
		}
		for (unsigned i = 0; i < ARRAY_SIZE(areas); i++) {
			KTEST_EXPECT(can_read(areas[i]) && !can_read(areas[i] - 1));
			KTEST_EXPECT(!can_read(areas[i] + (1 + i % PAGES) * PAGE_SIZE));
		}
		for (unsigned i = 0; i < ARRAY_SIZE(areas); i++) {
			vunmap(areas[i], 1 + i % PAGES);
			KTEST_EXPECT(!can_read(areas[i]));
		}
	}
	KTEST_EXPECT(frames_unclaimed() == before);
	frames_drop(frames);
}

KTEST(vmap_too_large)
{
	pfn_t frame = pfn(0);

	KTEST_EXPECT(!vmap(&frame, LAYOUT_VMAP_SIZE / PAGE_SIZE, MMU_READ));
}
