/*
 * edits.c (hw) - one page-table entry is replaced by another: a store, and with it the invalidation that it needs
 * where the old entry may be in the TLB.
 */
#include "../space.h"
#include "../study.h"

#define EDITS 4096u

static unsigned turn;

/* Edit number i is due: with the first, and whenever the table is through, a new turn begins. */
static void turn_begin(unsigned i)
{
	turn += i % PT_ENTRIES == 0;
}

static bool open(unsigned n)
{
	return study_space_open();
}

static void close(unsigned n)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		WRITE_ONCE(study_space.leaf[i].v, 0);
	}
	study_space_close();
}

static void store_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		turn_begin(i);
		WRITE_ONCE(study_space.leaf[i % PT_ENTRIES].v, study_entry(turn).v);
	}
}

static void store_flush_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		turn_begin(i);
		WRITE_ONCE(study_space.leaf[i % PT_ENTRIES].v, study_entry(turn).v);
		__asm__ volatile("invlpg (%0)" : : "r"(study_page(i % PT_ENTRIES)) : "memory");
	}
}

static bool check(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < MIN(count, PT_ENTRIES); i++) {
		if (pte_pfn(study_space.leaf[i]).n != pte_pfn(study_entry(turn)).n) {
			return false;
		}
	}
	return true;
}

/* clang-format off */
STUDY(store, .name = "edit-store", .work = EDITS,
	.setup = open, .run = store_run, .check = check, .teardown = close);
STUDY(store_flush, .name = "edit-store-flush", .work = EDITS,
	.setup = open, .run = store_flush_run, .check = check, .teardown = close);
/* clang-format on */
