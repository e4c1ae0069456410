/*
 * vm_costs.c - what virtual memory costs in hypercalls on pv64: the promises of kernel/vm/fault.c
 * and fork.c, counted.
 */
#include <drivers/xen/batch.h>
#include <kernel/ktest.h>
#include <kernel/vm.h>

#define BASE	 ((vaddr_t)0x40000000)
#define PAGES(n) ((size_t)(n)*PAGE_SIZE)
#define RW	 (MMU_READ | MMU_WRITE)
#define MANY	 500u
#define AHEAD	 64u /* at most that much more than was asked for */

static struct batch_stats start;

static unsigned long frames_free(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	return stats.free;
}

static void cost_begin(void)
{
	batch_stats_sum(&start);
}

static uint64_t trips(void)
{
	struct batch_stats now;

	batch_stats_sum(&now);
	return now.trips - start.trips;
}

static uint64_t entries(void)
{
	struct batch_stats now;

	batch_stats_sum(&now);
	return now.entries - start.entries;
}

/* A space with anonymous memory of which page 0, and so the tables, is there. */
static struct vm_space *space_make(void)
{
	struct vm_space *space = vm_space_create();

	if (!space || vm_map(space, BASE, PAGES(1024), RW, VM_FIXED, NULL, 0, NULL) < 0 ||
		vm_fault(space, BASE, MMU_WRITE)) {
		ktest_verdict(KTEST_ERROR, "no memory for a space");
		return NULL;
	}
	return space;
}

KTEST(pv_vm_fault_is_one_trip)
{
	struct vm_space *space, *child;

	KTEST_SKIP_IF(batch_limit() < BATCH_LIMIT_DEFAULT, "batches are too small");
	space = space_make();
	KTEST_REQUIRE(space);
	cost_begin();
	KTEST_EXPECT(!vm_fault(space, BASE + PAGES(100), MMU_WRITE));
	KTEST_EXPECT(trips() == 1 && entries() == 1);
	cost_begin();
	KTEST_EXPECT(!vm_fault(space, BASE + PAGES(200), MMU_READ));
	KTEST_EXPECT(trips() == 1 && entries() == 1);
	cost_begin();
	KTEST_EXPECT(!vm_fault(space, BASE + PAGES(200), MMU_WRITE));
	KTEST_EXPECT(trips() == 1 && entries() == 1);
	cost_begin();
	KTEST_EXPECT(!vm_fault(space, BASE + PAGES(200), MMU_WRITE));
	KTEST_EXPECT(trips() == 0);
	child = vm_space_fork(space);
	KTEST_REQUIRE(child);
	cost_begin();
	KTEST_EXPECT(!vm_fault(space, BASE + PAGES(200), MMU_WRITE));
	KTEST_EXPECT(trips() == 1 && entries() == 1);
	vm_space_unref(child);
	vm_space_unref(space);
}

/* On new ground: the new table's protection and the link, however many pages. */
KTEST(pv_vm_new_ground_is_one_trip)
{
	struct vm_space *space;
	struct mmu_entry entry;

	KTEST_SKIP_IF(batch_limit() < BATCH_LIMIT_DEFAULT, "batches are too small");
	space = space_make();
	KTEST_REQUIRE(space);
	cost_begin();
	KTEST_EXPECT(!vm_fault(space, BASE + PAGES(512), MMU_WRITE));
	KTEST_EXPECT(trips() == 1 && entries() == 2);
	KTEST_EXPECT(mmu_query(vm_space_mmu(space), BASE + PAGES(515), &entry));
	vm_space_unref(space);
}

static bool fill(struct vm_space *space)
{
	struct mmu_entry entry;

	for (unsigned i = 0; i < MANY; i++) {
		if (!mmu_query(vm_space_mmu(space), BASE + PAGES(i), &entry) &&
			vm_fault(space, BASE + PAGES(i), MMU_WRITE)) {
			return false;
		}
	}
	return true;
}

KTEST(pv_vm_sequence_is_few_trips)
{
	struct vm_space *space;

	KTEST_SKIP_IF(batch_limit() < BATCH_LIMIT_DEFAULT, "batches are too small");
	KTEST_SKIP_IF(frames_free() < 5000, "too little memory to fill ahead");
	space = space_make();
	KTEST_REQUIRE(space);
	cost_begin();
	KTEST_EXPECT(fill(space));
	KTEST_EXPECT(trips() < 32 && entries() <= MANY + AHEAD);
	vm_space_unref(space);
}

/* Fork: the parent's write-protections and all of the child as one batch; teardown: one trip. */
KTEST(pv_vm_fork_and_end)
{
	struct vm_space *space, *child;
	unsigned limit = batch_limit();

	KTEST_SKIP_IF(limit < BATCH_LIMIT_DEFAULT, "batches are too small");
	space = space_make();
	KTEST_REQUIRE(space && fill(space));
	cost_begin();
	child = vm_space_fork(space);
	KTEST_REQUIRE(child);
	KTEST_EXPECT(trips() <= DIV_ROUND_UP(MANY + AHEAD + 16, limit));
	KTEST_EXPECT(entries() <= MANY + AHEAD + 16);
	vm_space_unref(child);
	cost_begin();
	child = vm_space_fork(space); /* all is protected already */
	KTEST_REQUIRE(child);
	KTEST_EXPECT(trips() == 1);
	cost_begin();
	vm_space_unref(child);
	KTEST_EXPECT(trips() == 1 && entries() < 16);
	vm_space_unref(space);
}
