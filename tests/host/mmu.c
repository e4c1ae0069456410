/*
 * mmu.c - address spaces: the real walker and PV layer against the model's rules.
 *
 * Every test ends by comparing the model's sums of reference and type counts with
 * those before: nothing may be left behind.
 */
#include "harness.h"

#include <arch/mmu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/platform.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <x86/pt.h>

#define VA     UINT64_C(0x400000)
#define FAR_VA (UINT64_C(5) << 39)

static struct model_totals before;
static unsigned long free_before;

static unsigned long frames_free(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	return stats.free;
}

static void balance_note(void)
{
	model_totals_get(&before);
	free_before = frames_free();
}

static void balance_check(void)
{
	struct model_totals now;

	model_totals_get(&now);
	EXPECT_EQ(now.type_counts, before.type_counts);
	EXPECT_EQ(now.total_counts, before.total_counts);
	EXPECT_EQ(now.pinned, before.pinned);
	EXPECT_EQ(now.tables, before.tables);
	EXPECT_EQ(frames_free(), free_before);
	EXPECT_EQ(model_tlb_stale(), 0);
}

static pfn_t frame_new(uint64_t mark)
{
	uint64_t *memory = page_alloc_zeroed();

	EXPECT(memory);
	*memory = mark;
	return virt_to_pfn(memory);
}

static void frame_free(pfn_t p)
{
	page_free(page_of(p), 0);
}

static void map_one(struct mmu_aspace *as, vaddr_t va, pfn_t p, unsigned prot)
{
	EXPECT_EQ(mmu_reserve(as, va, 1), 0);
	preempt_disable();
	mmu_map(as, va, p, prot);
	mmu_commit(as);
	preempt_enable_no_switch();
}

static void unmap_one(struct mmu_aspace *as, vaddr_t va)
{
	preempt_disable();
	mmu_unmap(as, va);
	mmu_commit(as);
	preempt_enable_no_switch();
}

static void load(struct mmu_aspace *as)
{
	mmu_load(as);
}

static uint64_t user_value(vaddr_t va)
{
	uint64_t value = 0;

	EXPECT_EQ(model_user_read(va, &value, sizeof(value)), 0);
	return value;
}

TEST_MACHINE(private_space_is_plain_memory)
{
	static struct mmu_aspace as;
	struct mmu_entry e;
	pfn_t p;

	balance_note();
	p = frame_new(1);
	EXPECT_EQ(mmu_create(&as), 0);
	model_trace_clear();
	map_one(&as, VA, p, MMU_READ | MMU_WRITE | MMU_USER);
	map_one(&as, FAR_VA, p, MMU_READ | MMU_USER);
	EXPECT_EQ(model_trace_get(NULL, 0), 0); /* not one hypercall */
	EXPECT(mmu_query(&as, VA, &e));
	EXPECT_EQ(e.pfn.n, p.n);
	EXPECT_EQ(e.prot, MMU_READ | MMU_WRITE | MMU_USER);
	EXPECT_EQ(mmu_table_count(&as), 6);
	mmu_destroy(&as);
	frame_free(p);
	balance_check();
}

TEST_MACHINE(whole_life, .tlb_prefetch = true)
{
	static struct mmu_aspace as;
	struct model_frame f;
	unsigned long mfn;
	pfn_t a, b;

	balance_note();
	a = frame_new(0xa);
	b = frame_new(0xb);
	EXPECT_EQ(mmu_create(&as), 0);
	map_one(&as, VA, a, MMU_READ | MMU_WRITE | MMU_USER);
	mmu_publish(&as);
	EXPECT(model_frame_get(model_pfn_to_mfn(as.root.n), &f));
	EXPECT(f.pinned && f.type == 4);
	EXPECT(model_frame_get(model_pfn_to_mfn(as.user_root.n), &f));
	EXPECT(f.pinned && f.type == 4);

	load(&as);
	EXPECT_EQ(user_value(VA), 0xa);
	map_one(&as, VA, b, MMU_READ | MMU_WRITE | MMU_USER); /* replaces */
	EXPECT_EQ(model_tlb_stale(), 0);
	EXPECT_EQ(user_value(VA), 0xb);
	map_one(&as, FAR_VA, a, MMU_READ | MMU_USER); /* new tables, linked into both roots */
	EXPECT_EQ(user_value(FAR_VA), 0xa);
	EXPECT_EQ(model_user_access(FAR_VA, true, false, &mfn), -EFAULT);
	EXPECT_EQ(model_user_access(FAR_VA, false, true, &mfn), -EFAULT);

	preempt_disable();
	mmu_protect(&as, VA, MMU_READ | MMU_USER);
	mmu_commit(&as);
	preempt_enable_no_switch();
	EXPECT_EQ(model_user_access(VA, true, false, &mfn), -EFAULT);
	unmap_one(&as, VA);
	EXPECT_EQ(model_user_access(VA, false, false, &mfn), -EFAULT);

	load(&mmu_kernel);
	mmu_retire(&as);
	EXPECT(model_frame_get(model_pfn_to_mfn(as.root.n), &f));
	EXPECT(!f.pinned && f.type == MODEL_TYPE_WRITABLE);
	mmu_destroy(&as);
	frame_free(a);
	frame_free(b);
	balance_check();
}

TEST_MACHINE(reused_after_retire)
{
	static struct mmu_aspace as;
	pfn_t p;

	balance_note();
	p = frame_new(7);
	EXPECT_EQ(mmu_create(&as), 0);
	for (unsigned i = 0; i < 5; i++) {
		map_one(&as, VA + i * (UINT64_C(1) << 30), p, MMU_READ | MMU_WRITE | MMU_USER);
		mmu_publish(&as);
		load(&as);
		EXPECT_EQ(user_value(VA + i * (UINT64_C(1) << 30)), 7);
		load(&mmu_kernel);
		mmu_retire(&as);
	}
	mmu_destroy(&as);
	frame_free(p);
	balance_check();
}

/* M4, and what the head comment of mmu.c promises: new ground costs the link, not every entry. */
TEST_MACHINE(new_ground_costs_two_entries)
{
	static struct mmu_aspace as;
	static struct model_call calls[64];
	pfn_t p;
	size_t n;
	unsigned updates = 0;

	p = frame_new(1);
	EXPECT_EQ(mmu_create(&as), 0);
	map_one(&as, VA, p, MMU_READ | MMU_USER);
	mmu_publish(&as);
	load(&as);
	model_trace_clear();
	EXPECT_EQ(mmu_reserve(&as, VA + (UINT64_C(64) << 21), 512), 0);
	preempt_disable();
	for (unsigned i = 0; i < 512; i++) {
		mmu_map(&as, ALIGN_DOWN(VA + (UINT64_C(64) << 21), pt_span(2)) + i * PAGE_SIZE, p,
			MMU_READ | MMU_USER);
	}
	mmu_commit(&as);
	preempt_enable_no_switch();
	n = model_trace_get(calls, ARRAY_SIZE(calls));
	for (size_t i = 0; i < n; i++) {
		updates += calls[i].nr == 1 ? calls[i].count : 0;
	}
	EXPECT(updates <= 2 * 2); /* a second table where the range is not aligned */
}

static pfn_t left_table;

static void refusal_names_the_table(void)
{
	static char want[32];

	fmt_print(want, sizeof(want), "pfn %lu", left_table.n);
	EXPECT(strstr(model_refusal(), want));
}

/* M1: a table page that keeps a writable mapping cannot be registered, and the panic says who wanted it. */
TEST_MACHINE(writable_table_is_refused)
{
	static struct mmu_aspace as;
	void *alias;
	pfn_t p = frame_new(1);

	EXPECT_EQ(mmu_create(&as), 0);
	map_one(&as, VA, p, MMU_READ | MMU_USER);
	left_table = page_pfn(list_entry(list_first(&as.tables), struct page, link));
	alias = vmap(&left_table, 1, MMU_READ | MMU_WRITE);
	EXPECT(alias);
	expect_panic("batch: refused entry, queued by test_writable_table_is_refused",
		refusal_names_the_table);
	mmu_publish(&as);
}

static void fault_is_told(void)
{
	static char text[16384];

	log_read(text, sizeof(text));
	EXPECT(strstr(text, "read-only"));
}

TEST_MACHINE(store_to_live_table_faults)
{
	static struct mmu_aspace as;
	pfn_t p = frame_new(1);

	EXPECT_EQ(mmu_create(&as), 0);
	map_one(&as, VA, p, MMU_READ | MMU_USER);
	mmu_publish(&as);
	expect_panic("page fault: kernel tried to write", fault_is_told);
	*(volatile uint64_t *)pfn_to_virt(as.root) = 0;
}

TEST_MACHINE(edit_outside_reservation_panics)
{
	static struct mmu_aspace as;
	pfn_t p = frame_new(1);

	EXPECT_EQ(mmu_create(&as), 0);
	preempt_disable();
	expect_panic("M3", NULL);
	mmu_map(&as, VA, p, MMU_READ | MMU_USER);
}

/* Edits of one page within one transaction: the last one counts. */
TEST_MACHINE(edits_keep_their_order)
{
	static struct mmu_aspace as;
	struct mmu_entry e;
	pfn_t a, b;

	a = frame_new(1);
	b = frame_new(2);
	EXPECT_EQ(mmu_create(&as), 0);
	map_one(&as, VA, a, MMU_READ | MMU_USER);
	map_one(&as, VA + PAGE_SIZE, a, MMU_READ | MMU_WRITE | MMU_USER);
	mmu_publish(&as);
	load(&as);
	preempt_disable();
	mmu_unmap(&as, VA);
	mmu_map(&as, VA, b, MMU_READ | MMU_USER);
	mmu_map(&as, VA + 2 * PAGE_SIZE, b, MMU_READ | MMU_USER);
	mmu_unmap(&as, VA + 2 * PAGE_SIZE);
	mmu_map(&as, VA + PAGE_SIZE, b, MMU_READ | MMU_WRITE | MMU_USER);
	mmu_protect(&as, VA + PAGE_SIZE, MMU_READ | MMU_USER);
	mmu_commit(&as);
	preempt_enable_no_switch();
	EXPECT(mmu_query(&as, VA, &e));
	EXPECT_EQ(e.pfn.n, b.n);
	EXPECT(!mmu_query(&as, VA + 2 * PAGE_SIZE, &e));
	EXPECT(mmu_query(&as, VA + PAGE_SIZE, &e));
	EXPECT_EQ(e.pfn.n, b.n);
	EXPECT_EQ(e.prot, MMU_READ | MMU_USER);
}

/* Memory runs out at every possible step: -ENOMEM, and nothing is lost. */
TEST_MACHINE(reserve_fails_cleanly, .frames = 1024)
{
	static struct mmu_aspace as;
	static struct page *eaten[4096];
	unsigned count = 0;

	balance_note();
	while ((eaten[count] = page_alloc(0))) {
		count++;
	}
	for (unsigned give = 0; give < 6; give++) {
		int err = mmu_create(&as);

		if (!err) {
			err = mmu_reserve(&as, VA, 1);
			EXPECT_EQ(err, give < 2 + 3 ? -ENOMEM : 0);
			mmu_publish(&as);
			mmu_retire(&as);
			mmu_destroy(&as);
		} else {
			EXPECT(give < 2);
		}
		page_free(eaten[--count], 0);
	}
	while (count > 0) {
		page_free(eaten[--count], 0);
	}
	balance_check();
}

TEST_MACHINE(vmap_has_guards)
{
	pfn_t p[3];
	struct mmu_entry e;
	uint64_t *va;

	for (unsigned i = 0; i < 3; i++) {
		p[i] = frame_new(i + 1);
	}
	va = vmap(p, 3, MMU_READ | MMU_WRITE);
	EXPECT(va);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT_EQ(va[i * 512], i + 1);
		va[i * 512 + 1] = 99;
		EXPECT_EQ(((uint64_t *)pfn_to_virt(p[i]))[1], 99);
	}
	EXPECT(!mmu_query(&mmu_kernel, (vaddr_t)va - 1, &e));
	EXPECT(!mmu_query(&mmu_kernel, (vaddr_t)va + 3 * PAGE_SIZE, &e));
	vunmap(va, 3);
	EXPECT_EQ(model_tlb_stale(), 0);
	expect_panic("page fault: kernel tried to read", NULL);
	(void)*(volatile uint64_t *)va;
}

TEST_MACHINE(vmap_gives_back)
{
	static pfn_t p[200];
	struct model_totals now;

	for (unsigned i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = frame_new(i);
	}
	vunmap(vmap(p, ARRAY_SIZE(p), MMU_READ | MMU_WRITE), ARRAY_SIZE(p)); /* its tables stay */
	balance_note();
	for (unsigned round = 0; round < 20; round++) {
		uint64_t *va = vmap(p, ARRAY_SIZE(p), MMU_READ | MMU_WRITE);

		EXPECT(va);
		EXPECT_EQ(va[512 * 199], 199);
		vunmap(va, ARRAY_SIZE(p));
	}
	/* An area is reused as late as possible, so leaf tables were added; each is held once more. */
	model_totals_get(&now);
	EXPECT(now.tables > before.tables);
	EXPECT_EQ(now.type_counts, before.type_counts);
	EXPECT_EQ(now.total_counts - before.total_counts, now.tables - before.tables);
	EXPECT_EQ(free_before - frames_free(), now.tables - before.tables);
	EXPECT_EQ(model_tlb_stale(), 0);
}

/* Foreign frames: M2P says something for them, so the answer must be checked. */
TEST_MACHINE(foreign_frame_has_no_pfn)
{
	pte_t e = { (uint64_t)(model_start.m2p_count - 1) << PAGE_SHIFT | PTE_PRESENT };
	unsigned foreign = 0;

	for (unsigned long mfn = 0x40000; mfn < model_start.m2p_count; mfn++) {
		struct model_frame f;

		EXPECT(model_frame_get(mfn, &f));
		if (f.owner != 1) {
			foreign++;
			e.v = (uint64_t)mfn << PAGE_SHIFT | PTE_PRESENT;
			EXPECT(pfn_is_none(pte_pfn(e)));
		}
	}
	EXPECT(foreign > 100);
}
