/*
 * mmu_random.c - random page-table edits in several address spaces against a map of what should be.
 *
 * After each commit a sample of addresses is compared, through mmu_query() and, in
 * the loaded space, through the model's user accesses; no TLB entry may be stale.
 */
#include "harness.h"

#include <arch/mmu.h>
#include <drivers/xen/batch.h>
#include <kernel/cpu.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <x86/pt.h>

#define SPACES 3
#define PAGES  96 /* addresses that are played with, in a few far-apart clumps */
#define FRAMES 24
#define STEPS  3000

struct slot {
	unsigned frame; /* + 1; 0: nothing */
	unsigned prot;
};

static struct space {
	struct mmu_aspace as;
	bool exists, published;
	struct slot slots[PAGES];
} spaces[SPACES];
static struct space *loaded;
static bool repeats; /* one transaction may edit a page more than once */
static bool edited[PAGES];
static pfn_t frames[FRAMES];

static vaddr_t address_of(unsigned page)
{
	static const vaddr_t clumps[] = { 0x1000, 0x3ff000, UINT64_C(1) << 30, UINT64_C(3) << 39 };

	return clumps[page % 4] + (page / 4) * PAGE_SIZE;
}

static void load(struct space *s)
{
	mmu_load(s ? &s->as : &mmu_kernel);
	loaded = s;
}

static void query_check(struct space *s, unsigned page)
{
	const struct slot *slot = &s->slots[page];
	struct mmu_entry e;
	bool found = mmu_query(&s->as, address_of(page), &e);

	if (found != (slot->frame != 0) ||
		(found &&
			(e.pfn.n != frames[slot->frame - 1].n ||
				e.prot != (slot->prot | MMU_READ)))) {
		FAIL("space %ld, page %u: query says %d frame %lu prot %x, should be frame %u prot "
		     "%x",
			(long)(s - spaces), page, found, found ? e.pfn.n : 0, found ? e.prot : 0,
			slot->frame, slot->prot);
	}
}

static void access_check(unsigned page)
{
	const struct slot *slot = &loaded->slots[page];
	bool write = test_random_below(2);
	unsigned long mfn = 0;
	int err = model_user_access(address_of(page), write, false, &mfn);
	bool allowed = slot->frame && (!write || slot->prot & MMU_WRITE);

	if (allowed != !err || (allowed && mfn != model_pfn_to_mfn(frames[slot->frame - 1].n))) {
		FAIL("page %u: a %s gives %d, mfn %#lx; should be frame %u prot %x", page,
			write ? "write" : "read", err, mfn, slot->frame, slot->prot);
	}
}

static void space_check(struct space *s)
{
	for (unsigned i = 0; i < PAGES; i++) {
		query_check(s, i);
		if (s == loaded) {
			access_check(i);
		}
	}
}

/* One edit, in the space and in the map. */
static void edit(struct space *s)
{
	unsigned page = test_random_below(PAGES);
	struct slot *slot = &s->slots[page];
	unsigned prot = MMU_READ | MMU_USER | (test_random_below(2) ? MMU_WRITE : 0) |
		(test_random_below(4) ? 0 : MMU_EXEC);

	if (edited[page] && !repeats) {
		return;
	}
	edited[page] = true;
	switch (test_random_below(4)) {
	case 0:
		mmu_unmap(&s->as, address_of(page));
		*slot = (struct slot){ 0 };
		break;
	case 1:
		mmu_protect(&s->as, address_of(page), prot);
		slot->prot = slot->frame ? prot : 0;
		break;
	default:
		*slot = (struct slot){ 1 + test_random_below(FRAMES), prot };
		mmu_map(&s->as, address_of(page), frames[slot->frame - 1], prot);
	}
}

static void transaction(struct space *s)
{
	unsigned edits = 1 + test_random_below(test_random_below(8) ? 6 : 200);

	for (unsigned i = 0; i < 4; i++) {
		EXPECT_EQ(mmu_reserve(&s->as, address_of(i), PAGES / 4), 0);
	}
	memset(edited, 0, sizeof(edited));
	preempt_disable();
	for (unsigned i = 0; i < edits; i++) {
		edit(s);
	}
	mmu_commit(&s->as);
	preempt_enable_no_switch();
	if (model_tlb_stale()) {
		FAIL("%u TLB entries are stale after a commit", model_tlb_stale());
	}
	space_check(s);
}

static void retire(struct space *s)
{
	if (loaded == s) {
		load(NULL);
	}
	mmu_retire(&s->as);
	s->published = false;
}

static void end(struct space *s)
{
	if (s->published) {
		retire(s);
	}
	mmu_destroy(&s->as);
	memset(s, 0, sizeof(*s));
}

static void step(struct space *s)
{
	unsigned what = test_random_below(100);

	if (!s->exists) {
		EXPECT_EQ(mmu_create(&s->as), 0);
		s->exists = true;
	} else if (what < 5) {
		end(s);
	} else if (what < 15) {
		if (s->published) {
			retire(s);
		} else {
			mmu_publish(&s->as);
			s->published = true;
		}
	} else if (what < 30 && s->published) {
		load(s);
	} else {
		transaction(s);
	}
}

static unsigned long free_frames(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	return stats.free;
}

static void play(uint32_t seed, unsigned steps)
{
	struct model_totals before, after;
	unsigned long free_before;

	test_seed(seed);
	for (unsigned i = 0; i < FRAMES; i++) {
		struct page *page = page_alloc(0);

		EXPECT(page);
		frames[i] = page_pfn(page);
	}
	model_totals_get(&before);
	free_before = free_frames();
	for (unsigned i = 0; i < steps; i++) {
		step(&spaces[test_random_below(SPACES)]);
	}
	for (unsigned i = 0; i < SPACES; i++) {
		if (spaces[i].exists) {
			end(&spaces[i]);
		}
	}
	model_totals_get(&after);
	EXPECT_EQ(memcmp(&before, &after, sizeof(before)), 0);
	EXPECT_EQ(free_frames(), free_before);
}

TEST_MACHINE(lazy_tlb, .seed = 1, .tlb_prefetch = true)
{
	play(1, STEPS);
}

TEST_MACHINE(random_tlb, .seed = 2, .tlb = MODEL_TLB_RANDOM)
{
	play(2, STEPS);
}

TEST_MACHINE(eager_tlb, .seed = 3, .tlb = MODEL_TLB_EAGER)
{
	play(3, STEPS);
}

TEST_MACHINE(pages_edited_twice, .seed = 7, .tlb_prefetch = true)
{
	repeats = true;
	play(7, STEPS);
}

TEST_MACHINE(unbatched, .seed = 4, .tlb_prefetch = true)
{
	EXPECT_EQ(batch_limit_set(1), 0);
	play(4, STEPS / 4);
}

TEST_MACHINE(small_batches, .seed = 5, .tlb_prefetch = true)
{
	EXPECT_EQ(batch_limit_set(3), 0);
	play(5, STEPS / 2);
}

TEST_MACHINE(largest_batches, .seed = 6, .tlb_prefetch = true)
{
	EXPECT_EQ(batch_limit_set(BATCH_LIMIT_MAX), 0);
	play(6, STEPS / 2);
}
