/*
 * mmu.c - address spaces: transactions, publishing, and that nothing is lost.
 *
 * What a mapping is good for is tried by threads that run in the space and
 * probe user addresses.
 */
#include <arch/mmu.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include "memory.h"

#define BASE	 ((vaddr_t)0x40000000) /* tables of several levels begin there */
#define OTHER	 (BASE / 2)
#define STRIDE	 (LAYOUT_USER_END / 64)
#define USER_RW	 (MMU_READ | MMU_WRITE | MMU_USER)
#define USER_RO	 (MMU_READ | MMU_USER)
#define USER_RX	 (MMU_READ | MMU_EXEC | MMU_USER)
#define ALL_PROT (MMU_READ | MMU_WRITE | MMU_EXEC | MMU_USER)

static vaddr_t page_at(size_t i)
{
	return BASE + i * PAGE_SIZE;
}

/* What is mapped at `va` is `p` with exactly `prot`. */
static bool is_mapped(struct mmu_aspace *as, vaddr_t va, pfn_t p, unsigned prot)
{
	struct mmu_entry e;

	return mmu_query(as, va, &e) && e.pfn.n == p.n && (e.prot & ALL_PROT) == prot;
}

static bool is_unmapped(struct mmu_aspace *as, vaddr_t va)
{
	struct mmu_entry e;

	return !mmu_query(as, va, &e);
}

static void map(struct mmu_aspace *as, vaddr_t va, pfn_t p, unsigned prot)
{
	preempt_disable();
	mmu_map(as, va, p, prot);
	mmu_commit(as);
	preempt_enable();
}

static void protect(struct mmu_aspace *as, vaddr_t va, unsigned prot)
{
	preempt_disable();
	mmu_protect(as, va, prot);
	mmu_commit(as);
	preempt_enable();
}

static void unmap(struct mmu_aspace *as, vaddr_t va)
{
	preempt_disable();
	mmu_unmap(as, va);
	mmu_commit(as);
	preempt_enable();
}

static bool reserve(struct mmu_aspace *as, vaddr_t va, size_t pages)
{
	int err;

	preempt_disable();
	err = mmu_reserve(as, va, pages);
	if (!err) {
		mmu_commit(as);
	}
	preempt_enable();
	return !err;
}

static pfn_t frame_new(void)
{
	struct page *page = page_alloc(0);

	return page ? page_pfn(page) : PFN_NONE;
}

static void frame_drop(pfn_t p)
{
	page_free(page_of(p), 0);
}

/* Map, change, replace and unmap single pages; works for private and published spaces. */
static void edits_check(struct mmu_aspace *as)
{
	pfn_t a = frame_new(), b = frame_new();

	KTEST_REQUIRE(!pfn_is_none(a) && !pfn_is_none(b) && reserve(as, BASE, 8));
	KTEST_EXPECT(is_unmapped(as, page_at(0)));
	map(as, page_at(0), a, USER_RW);
	map(as, page_at(1), b, USER_RX);
	map(as, page_at(2), a, USER_RO);
	KTEST_EXPECT(is_mapped(as, page_at(0), a, USER_RW));
	KTEST_EXPECT(is_mapped(as, page_at(1), b, USER_RX));
	KTEST_EXPECT(is_mapped(as, page_at(2) + 123, a, USER_RO));
	KTEST_EXPECT(is_unmapped(as, page_at(3)));
	protect(as, page_at(0), USER_RO);
	KTEST_EXPECT(is_mapped(as, page_at(0), a, USER_RO));
	protect(as, page_at(0), USER_RW);
	KTEST_EXPECT(is_mapped(as, page_at(0), a, USER_RW));
	map(as, page_at(0), b, USER_RO);
	KTEST_EXPECT(is_mapped(as, page_at(0), b, USER_RO));
	for (size_t i = 0; i < 4; i++) {
		unmap(as, page_at(i));
		KTEST_EXPECT(is_unmapped(as, page_at(i)));
	}
	protect(as, page_at(0), USER_RW);
	KTEST_EXPECT(is_unmapped(as, page_at(0)));
	frame_drop(a);
	frame_drop(b);
}

/* Walked through `count` at a time: found in order, no others, and no more than asked for. */
static void next_walk(
	struct mmu_aspace *as, const size_t *mapped, size_t mapped_count, pfn_t p, size_t count)
{
	struct mmu_entry e[8] = { 0 };
	vaddr_t va = BASE;
	size_t seen = 0, found;

	KTEST_REQUIRE(count <= ARRAY_SIZE(e));
	while ((found = mmu_next(as, &va, page_at(2048), e, count))) {
		KTEST_REQUIRE(found <= count && seen + found <= mapped_count);
		for (size_t i = 0; i < found; i++, seen++) {
			KTEST_EXPECT(e[i].va == page_at(mapped[seen]) && e[i].pfn.n == p.n &&
				(e[i].prot & ALL_PROT) == USER_RO);
		}
		KTEST_EXPECT(va > e[found - 1].va && va <= page_at(2048));
	}
	KTEST_EXPECT(seen == mapped_count && va == page_at(2048));
}

/* Pages in the first, the second and the fourth table, where there is no third. */
static void next_check(struct mmu_aspace *as)
{
	static const size_t mapped[] = { 0, 2, 3, 4, 511, 512, 1536 + 511 };
	struct mmu_entry e;
	vaddr_t va = BASE;
	pfn_t p = frame_new();

	KTEST_REQUIRE(
		!pfn_is_none(p) && reserve(as, BASE, 1024) && reserve(as, page_at(1536), 512));
	KTEST_EXPECT(!mmu_next(as, &va, page_at(2048), &e, 1) && va == page_at(2048));
	for (size_t i = 0; i < ARRAY_SIZE(mapped); i++) {
		map(as, page_at(mapped[i]), p, USER_RO);
	}
	next_walk(as, mapped, ARRAY_SIZE(mapped), p, 1);
	next_walk(as, mapped, ARRAY_SIZE(mapped), p, 2);
	next_walk(as, mapped, ARRAY_SIZE(mapped), p, 8);
	va = page_at(5);
	KTEST_EXPECT(!mmu_next(as, &va, page_at(511), &e, 1)); /* the end is not part of it */
	for (size_t i = 0; i < ARRAY_SIZE(mapped); i++) {
		unmap(as, page_at(mapped[i]));
	}
	frame_drop(p);
}

KTEST(mmu_private_edits)
{
	unsigned long before = frames_free();
	struct mmu_aspace as;
	unsigned long own; /* tables that a port gives each space from the start */

	KTEST_REQUIRE(!mmu_create(&as));
	own = mmu_table_count(&as);
	edits_check(&as);
	next_check(&as);
	KTEST_EXPECT(mmu_table_count(&as) > own);
	mmu_destroy(&as);
	KTEST_EXPECT(frames_free() == before);
}

KTEST(mmu_published_edits)
{
	unsigned long before = frames_free();
	struct mmu_aspace as;

	KTEST_REQUIRE(!mmu_create(&as));
	mmu_publish(&as);
	edits_check(&as);
	next_check(&as);
	mmu_retire(&as);
	mmu_destroy(&as);
	KTEST_EXPECT(frames_free() == before);
}

/* What was mapped before publishing is there after it, and after retiring. */
/* Whoever retires the space that this CPU runs on is on the kernel's own afterwards. */
KTEST(mmu_retire_while_loaded)
{
	struct mmu_aspace as;

	KTEST_REQUIRE(!mmu_create(&as));
	mmu_publish(&as);
	preempt_disable();
	mmu_load(&as);
	mmu_retire(&as);
	mmu_load(&mmu_kernel); /* it is: nothing to do */
	preempt_enable();
	mmu_destroy(&as);
}

KTEST(mmu_publish_keeps_mappings)
{
	unsigned long before = frames_free();
	struct mmu_aspace as;
	pfn_t p = frame_new();

	KTEST_REQUIRE(!pfn_is_none(p) && !mmu_create(&as));
	KTEST_REQUIRE(reserve(&as, BASE, 1));
	map(&as, BASE, p, USER_RW);
	mmu_publish(&as);
	KTEST_EXPECT(is_mapped(&as, BASE, p, USER_RW));
	KTEST_REQUIRE(reserve(&as, OTHER, 1));
	map(&as, OTHER, p, USER_RO);
	mmu_retire(&as);
	KTEST_EXPECT(is_mapped(&as, BASE, p, USER_RW) && is_mapped(&as, OTHER, p, USER_RO));
	map(&as, BASE, p, USER_RO);
	mmu_publish(&as);
	KTEST_EXPECT(is_mapped(&as, BASE, p, USER_RO));
	mmu_retire(&as);
	mmu_destroy(&as);
	frame_drop(p);
	KTEST_EXPECT(frames_free() == before);
}

/* Many pages in one transaction, over several tables, filled in a published space. */
KTEST(mmu_many_pages)
{
	unsigned long before = frames_free();
	struct mmu_aspace as;
	pfn_t p = frame_new();
	const size_t count = 1500;

	KTEST_REQUIRE(!pfn_is_none(p) && !mmu_create(&as));
	mmu_publish(&as);
	preempt_disable();
	KTEST_EXPECT(!mmu_reserve(&as, BASE, count));
	for (size_t i = 0; i < count; i++) {
		mmu_map(&as, page_at(i), p, i % 2 ? USER_RW : USER_RX);
	}
	mmu_commit(&as);
	for (size_t i = 0; i < count; i++) {
		KTEST_EXPECT(is_mapped(&as, page_at(i), p, i % 2 ? USER_RW : USER_RX));
	}
	for (size_t i = 0; i < count; i++) {
		mmu_protect(&as, page_at(i), USER_RO);
	}
	mmu_commit(&as);
	for (size_t i = 0; i < count; i++) {
		KTEST_EXPECT(is_mapped(&as, page_at(i), p, USER_RO));
		mmu_unmap(&as, page_at(i));
	}
	mmu_commit(&as);
	preempt_enable();
	KTEST_EXPECT(is_unmapped(&as, BASE) && is_unmapped(&as, page_at(count - 1)));
	mmu_retire(&as);
	mmu_destroy(&as);
	frame_drop(p);
	KTEST_EXPECT(frames_free() == before);
}

/* Pages so far apart that each needs tables of its own, reserved in one transaction. */
KTEST(mmu_scattered_pages)
{
	unsigned long before = frames_free();
	struct mmu_aspace as;
	pfn_t p = frame_new();

	KTEST_REQUIRE(!pfn_is_none(p) && !mmu_create(&as));
	mmu_publish(&as);
	preempt_disable();
	for (unsigned i = 0; i < 30; i++) {
		KTEST_EXPECT(!mmu_reserve(&as, BASE + i * STRIDE, 1));
		mmu_map(&as, BASE + i * STRIDE, p, USER_RW);
	}
	mmu_commit(&as);
	preempt_enable();
	KTEST_EXPECT(mmu_table_count(&as) >= 30);
	for (unsigned i = 0; i < 30; i++) {
		KTEST_EXPECT(is_mapped(&as, BASE + i * STRIDE, p, USER_RW));
		KTEST_EXPECT(is_unmapped(&as, BASE + i * STRIDE + PAGE_SIZE));
	}
	mmu_retire(&as);
	mmu_destroy(&as);
	frame_drop(p);
	KTEST_EXPECT(frames_free() == before);
}

/* Edits of the ends of user space, and of what was never reserved where that does nothing. */
KTEST(mmu_edges)
{
	struct mmu_aspace as;
	pfn_t p = frame_new();
	vaddr_t last = LAYOUT_USER_END - PAGE_SIZE;

	KTEST_REQUIRE(!pfn_is_none(p) && !mmu_create(&as));
	mmu_publish(&as);
	unmap(&as, BASE);
	protect(&as, BASE, USER_RO);
	KTEST_REQUIRE(reserve(&as, last, 1) && reserve(&as, 0, 1));
	map(&as, last, p, USER_RW);
	map(&as, 0, p, USER_RO);
	KTEST_EXPECT(is_mapped(&as, last, p, USER_RW) && is_mapped(&as, 0, p, USER_RO));
	mmu_retire(&as);
	mmu_destroy(&as);
	frame_drop(p);
}

KTEST(mmu_spaces_are_separate)
{
	struct mmu_aspace a, b;
	pfn_t p = frame_new(), q = frame_new();

	KTEST_REQUIRE(!pfn_is_none(p) && !pfn_is_none(q) && !mmu_create(&a) && !mmu_create(&b));
	mmu_publish(&a);
	mmu_publish(&b);
	KTEST_REQUIRE(reserve(&a, BASE, 1) && reserve(&b, BASE, 1));
	map(&a, BASE, p, USER_RW);
	KTEST_EXPECT(is_unmapped(&b, BASE));
	map(&b, BASE, q, USER_RO);
	KTEST_EXPECT(is_mapped(&a, BASE, p, USER_RW) && is_mapped(&b, BASE, q, USER_RO));
	unmap(&a, BASE);
	KTEST_EXPECT(is_mapped(&b, BASE, q, USER_RO));
	mmu_retire(&a);
	mmu_destroy(&a);
	KTEST_EXPECT(is_mapped(&b, BASE, q, USER_RO));
	mmu_retire(&b);
	mmu_destroy(&b);
	frame_drop(p);
	frame_drop(q);
}

/* With ever more frames to spare, reserve fails later and later, and never loses any. */
KTEST(mmu_reserve_without_memory)
{
	unsigned long before = frames_free();
	bool has_succeeded = false, is_published = false;

	for (unsigned spare = 0; spare < 8; spare++, is_published = !is_published) {
		struct mmu_aspace as;
		struct list hoard;
		pfn_t p = frame_new();
		bool got;

		KTEST_REQUIRE(!pfn_is_none(p) && !mmu_create(&as));
		if (is_published) {
			mmu_publish(&as);
		}
		hoard_fill(&hoard, ALL_FRAMES);
		hoard_release(&hoard, spare);
		got = reserve(&as, BASE - PAGE_SIZE, 2);
		hoard_release(&hoard, ALL_FRAMES);
		has_succeeded |= got;
		KTEST_EXPECT(reserve(&as, BASE - PAGE_SIZE, 2)); /* it is still usable */
		map(&as, BASE, p, USER_RW);
		KTEST_EXPECT(is_mapped(&as, BASE, p, USER_RW));
		if (is_published) {
			mmu_retire(&as);
		}
		mmu_destroy(&as);
		frame_drop(p);
		KTEST_EXPECT(spare > 0 || !got);
	}
	KTEST_EXPECT(has_succeeded && frames_free() == before);
}

KTEST(mmu_create_without_memory)
{
	unsigned long before = frames_free();
	struct mmu_aspace as;
	struct list hoard;
	int err;

	hoard_fill(&hoard, ALL_FRAMES);
	err = mmu_create(&as);
	hoard_release(&hoard, ALL_FRAMES);
	KTEST_EXPECT(err == -ENOMEM && frames_free() == before);
}

/* ---- loaded ------------------------------------------------------------------ */

/* Run `entry` in `as` and return its exit code; afterwards no CPU has the space loaded. */
static int run_in(struct mmu_aspace *as, void (*entry)(void *arg), void *arg)
{
	struct thread *t;
	int code;

	preempt_disable();
	if (thread_create(&t, "ktest-in", entry, arg)) {
		preempt_enable();
		ktest_verdict(KTEST_ERROR, "no memory for a thread");
		return -1;
	}
	t->aspace = as; /* before it runs: preemption is off */
	preempt_enable();
	code = thread_join(t);
	return code;
}

static void do_nothing(void *arg)
{
}

static void unload(void)
{
	run_in(&mmu_kernel, do_nothing, NULL);
}

static bool reads(vaddr_t va, uint64_t expected)
{
	uint64_t word = 0;

	return !memory_probe_read(&word, (const void *)va, sizeof(word)) && word == expected;
}

static bool writes(vaddr_t va, uint64_t word)
{
	return !memory_probe_write((void *)va, &word, sizeof(word));
}

/* Each edit is followed by the access that would notice a stale TLB. */
static void edits_seen(void *arg)
{
	struct mmu_aspace *as = arg;
	pfn_t p = frame_new(), q = frame_new();
	uint64_t *at_p = pfn_to_virt(p), *at_q = pfn_to_virt(q);

	KTEST_REQUIRE(!pfn_is_none(p) && !pfn_is_none(q) && reserve(as, BASE, 2));
	*at_p = 1;
	*at_q = 2;
	KTEST_EXPECT(!reads(BASE, 0) && !writes(BASE, 0));
	map(as, BASE, p, USER_RW);
	KTEST_EXPECT(reads(BASE, 1) && writes(BASE, 11) && *at_p == 11);
	protect(as, BASE, USER_RO);
	KTEST_EXPECT(reads(BASE, 11) && !writes(BASE, 0));
	map(as, BASE, q, USER_RO);
	KTEST_EXPECT(reads(BASE, 2) && !writes(BASE, 0));
	protect(as, BASE, USER_RW);
	KTEST_EXPECT(writes(BASE, 22) && *at_q == 22 && *at_p == 11);
	unmap(as, BASE);
	KTEST_EXPECT(!reads(BASE, 22) && !writes(BASE, 0) && *at_q == 22);
	frame_drop(p);
	frame_drop(q);
}

static void edits_try(void)
{
	struct mmu_aspace as;

	KTEST_REQUIRE(!mmu_create(&as));
	mmu_publish(&as);
	run_in(&as, edits_seen, &as);
	unload();
	mmu_retire(&as);
	mmu_destroy(&as);
}

/* Twice: what the first round needs anew, after a test that left no memory, the heap keeps. */
KTEST(mmu_edits_of_loaded_space)
{
	unsigned long before;

	edits_try();
	before = frames_unclaimed();
	edits_try();
	KTEST_EXPECT(frames_unclaimed() == before);
}

#define MANY 40

/* More pages than are flushed one by one. */
static void many_edits_seen(void *arg)
{
	struct mmu_aspace *as = arg;
	pfn_t p = frame_new();

	KTEST_REQUIRE(!pfn_is_none(p) && reserve(as, BASE, MANY));
	*(uint64_t *)pfn_to_virt(p) = 5;
	preempt_disable();
	for (size_t i = 0; i < MANY; i++) {
		mmu_map(as, page_at(i), p, USER_RW);
	}
	mmu_commit(as);
	for (size_t i = 0; i < MANY; i++) {
		KTEST_EXPECT(reads(page_at(i), 5));
	}
	for (size_t i = 0; i < MANY; i++) {
		mmu_unmap(as, page_at(i));
	}
	mmu_commit(as);
	for (size_t i = 0; i < MANY; i++) {
		KTEST_EXPECT(!reads(page_at(i), 5));
	}
	preempt_enable();
	frame_drop(p);
}

KTEST(mmu_many_edits_of_loaded_space)
{
	struct mmu_aspace as;

	KTEST_REQUIRE(!mmu_create(&as));
	mmu_publish(&as);
	run_in(&as, many_edits_seen, &as);
	unload();
	mmu_retire(&as);
	mmu_destroy(&as);
}

static void read_base(void *arg)
{
	uint64_t word = 0;

	thread_exit(memory_probe_read(&word, (const void *)BASE, sizeof(word)) ? -1 : (int)word);
}

/* Switching threads switches what an address means. */
KTEST(mmu_switch_changes_space)
{
	struct mmu_aspace as[2];
	pfn_t p[2];

	for (int i = 0; i < 2; i++) {
		p[i] = frame_new();
		KTEST_REQUIRE(
			!pfn_is_none(p[i]) && !mmu_create(&as[i]) && reserve(&as[i], BASE, 1));
		*(uint64_t *)pfn_to_virt(p[i]) = (uint64_t)i + 100;
		map(&as[i], BASE, p[i], USER_RO);
		mmu_publish(&as[i]);
	}
	for (int i = 0; i < 6; i++) {
		KTEST_EXPECT(run_in(&as[i % 2], read_base, NULL) == i % 2 + 100);
	}
	KTEST_EXPECT(run_in(&mmu_kernel, read_base, NULL) == -1);
	for (int i = 0; i < 2; i++) {
		mmu_retire(&as[i]);
		mmu_destroy(&as[i]);
		frame_drop(p[i]);
	}
}
