/* space.c - makes and unmakes the address space that is edited. */
#include "space.h"

#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/thread.h>

struct study_space study_space;

static void frames_free(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(study_space.frames); i++) {
		if (!pfn_is_none(study_space.frames[i])) {
			page_free(page_of(study_space.frames[i]), 0);
		}
	}
}

static bool frames_alloc(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(study_space.frames); i++) {
		void *memory = page_alloc_zeroed();

		study_space.frames[i] = memory ? virt_to_pfn(memory) : PFN_NONE;
	}
	return !pfn_is_none(study_space.frames[0]) && !pfn_is_none(study_space.frames[1]) &&
		!pfn_is_none(study_space.frames[2]);
}

static pte_t *leaf_find(void)
{
	pte_t *table = pt_table(study_space.as.root);

	for (unsigned level = PT_LEVELS; level > 1; level--) {
		table = pt_table(pte_pfn(table[pt_index(STUDY_SPOT, level)]));
	}
	return table;
}

bool study_space_open(void)
{
	if (!frames_alloc() || mmu_create(&study_space.as)) {
		frames_free();
		return false;
	}
	if (mmu_reserve(&study_space.as, STUDY_SPOT, STUDY_PAGES)) {
		mmu_destroy(&study_space.as);
		frames_free();
		return false;
	}
	study_space.leaf = leaf_find();
	mmu_publish(&study_space.as);
	preempt_disable();
	mmu_load(&study_space.as);
	return true;
}

void study_space_close(void)
{
	mmu_retire(&study_space.as);
	preempt_enable();
	mmu_destroy(&study_space.as);
	frames_free();
}
