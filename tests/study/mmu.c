/*
 * mmu.c - page-table edits as the kernel makes them: transactions of arch/mmu.h, with the TLB flushes
 * that each needs. A transaction edits n pages of a space that is loaded, on tables that are there.
 *
 * In one sample each page is edited once: so all begin as the operation wants them, and check()
 * puts them back.
 */
#include <kernel/page.h>

#include "space.h"
#include "study.h"

#define RW (MMU_READ | MMU_WRITE | MMU_USER)

static void map(unsigned page)
{
	mmu_map(&study_space.as, study_page(page), study_space.frames[0], RW);
}

static void unmap(unsigned page)
{
	mmu_unmap(&study_space.as, study_page(page));
}

static void make_readonly(unsigned page)
{
	mmu_protect(&study_space.as, study_page(page), MMU_READ | MMU_USER);
}

/* Inlined, so that what is measured has no call in it that the kernel's own have not. */
static inline __attribute__((always_inline)) void transactions(
	void (*edit)(unsigned page), unsigned n, unsigned count)
{
	for (unsigned page = 0; count--;) {
		for (unsigned end = page + n; page < end; page++) {
			edit(page);
		}
		mmu_commit(&study_space.as);
	}
}

static bool are_mapped(unsigned pages, bool is_mapped, unsigned prot)
{
	struct mmu_entry entry;

	for (unsigned page = 0; page < pages; page++) {
		if (mmu_query(&study_space.as, study_page(page), &entry) != is_mapped ||
			(is_mapped && entry.prot != prot)) {
			return false;
		}
	}
	return true;
}

static bool open_mapped(unsigned n)
{
	if (!study_space_open()) {
		return false;
	}
	transactions(map, STUDY_PAGES, 1);
	return true;
}

static bool open_empty(unsigned n)
{
	return study_space_open();
}

static void close(unsigned n)
{
	study_space_close();
}

static void map_run(unsigned n, unsigned count)
{
	transactions(map, n, count);
}

static bool map_check(unsigned n, unsigned count)
{
	bool is_done = are_mapped(n * count, true, RW);

	transactions(unmap, n * count, 1);
	return is_done;
}

static void protect_run(unsigned n, unsigned count)
{
	transactions(make_readonly, n, count);
}

static bool protect_check(unsigned n, unsigned count)
{
	bool is_done = are_mapped(n * count, true, MMU_READ | MMU_USER);

	transactions(map, n * count, 1);
	return is_done;
}

static void unmap_run(unsigned n, unsigned count)
{
	transactions(unmap, n, count);
}

static bool unmap_check(unsigned n, unsigned count)
{
	bool is_done = are_mapped(n * count, false, 0);

	transactions(map, n * count, 1);
	return is_done;
}

/* clang-format off */
STUDY(map, .name = "map", .largest = STUDY_LARGEST, .work = STUDY_PAGES,
	.setup = open_empty, .run = map_run, .check = map_check, .teardown = close);
STUDY(protect, .name = "protect", .largest = STUDY_LARGEST, .work = STUDY_PAGES,
	.setup = open_mapped, .run = protect_run, .check = protect_check, .teardown = close);
STUDY(unmap, .name = "unmap", .largest = STUDY_LARGEST, .work = STUDY_PAGES,
	.setup = open_mapped, .run = unmap_run, .check = unmap_check, .teardown = close);
/* clang-format on */
