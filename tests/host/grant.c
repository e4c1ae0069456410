/* grant.c - the grant table against a domain that maps, keeps and lets go. */
#include "harness.h"

#include <drivers/xen/grant.h>
#include <kernel/errno.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <kernel/thread.h>

static struct grant_stats stats_now(void)
{
	struct grant_stats stats;

	grant_stats_get(&stats);
	return stats;
}

static struct page *page_new(void)
{
	struct page *page = page_alloc(0);

	EXPECT(page);
	return page;
}

static unsigned long free_frames(void)
{
	struct page_stats stats;

	page_stats_get(&stats);
	return stats.free;
}

TEST_BOOTED(map_and_end, "")
{
	struct page *page = page_new();
	void *seen;
	gref_t ref;

	memset(page_address(page), 'g', PAGE_SIZE);
	EXPECT_EQ(grant_access(0, page_pfn(page), true, &ref), 0);
	EXPECT(ref.n >= 8);
	EXPECT_EQ(model_grant_map(ref.n, true, &seen), -1); /* read-only */
	EXPECT_EQ(model_grant_map(ref.n, false, &seen), 0);
	EXPECT_EQ(*(char *)seen, 'g');
	EXPECT_EQ(grant_try_end(ref), -EBUSY);
	EXPECT_EQ(model_grant_unmap(ref.n), 0);
	EXPECT_EQ(grant_try_end(ref), 0);
	EXPECT(model_grant_map(ref.n, false, &seen) < 0); /* revoked */
	page_free(page, 0);
}

TEST_BOOTED(writable_grant_is_written, "")
{
	struct page *page = page_new();
	char *seen;
	gref_t ref;

	memset(page_address(page), 0, PAGE_SIZE);
	EXPECT_EQ(grant_access(0, page_pfn(page), false, &ref), 0);
	EXPECT_EQ(model_grant_map(ref.n, true, (void **)&seen), 0);
	seen[100] = 'w';
	EXPECT_EQ(((char *)page_address(page))[100], 'w');
	EXPECT_EQ(model_grant_unmap(ref.n), 0);
	EXPECT_EQ(grant_try_end(ref), 0);
}

/* Ended while in use: the page stays out of use until the other side lets go. */
TEST_BOOTED(deferred_end, "")
{
	struct page *page = page_new();
	unsigned long free = free_frames();
	struct grant_stats before = stats_now();
	void *seen;
	gref_t ref;

	EXPECT_EQ(grant_access(0, page_pfn(page), false, &ref), 0);
	EXPECT_EQ(model_grant_map(ref.n, true, &seen), 0);
	grant_end(ref, page);
	EXPECT_EQ(stats_now().deferred, before.deferred + 1);
	thread_sleep(5 * NSEC_PER_SEC);
	EXPECT_EQ(stats_now().deferred, before.deferred + 1);
	EXPECT_EQ(free_frames(), free);
	*(volatile uint64_t *)seen = 1; /* it may, until it has let go */
	EXPECT_EQ(model_grant_unmap(ref.n), 0);
	thread_sleep(5 * NSEC_PER_SEC);
	EXPECT_EQ(stats_now().deferred, before.deferred);
	EXPECT_EQ(stats_now().free, before.free);
	EXPECT_EQ(free_frames(), free + 1);
}

/* All references the table can have, each once; then -ENOSPC; then all back. */
TEST_BOOTED(exhaustion, "", .grant_frames_max = 3)
{
	static gref_t refs[3 * 512];
	static bool taken[3 * 512];
	struct page *page = page_new();
	unsigned count = 0;

	while (!grant_access(0, page_pfn(page), true, &refs[count])) {
		EXPECT(refs[count].n >= 8 && refs[count].n < 3 * 512);
		EXPECT(!taken[refs[count].n]);
		taken[refs[count].n] = true;
		count++;
		EXPECT(count < ARRAY_SIZE(refs));
	}
	EXPECT_EQ(count, 3 * 512 - 8);
	EXPECT_EQ(stats_now().frames, 3);
	EXPECT_EQ(stats_now().free, 0);
	EXPECT(stats_now().full > 0);
	while (count > 0) {
		EXPECT_EQ(grant_try_end(refs[--count]), 0);
	}
	EXPECT_EQ(stats_now().free, 3 * 512 - 8);
	EXPECT_EQ(stats_now().in_use, 0);
}

TEST_BOOTED(reserve_grows, "", .grant_frames_max = 4)
{
	EXPECT_EQ(grant_reserve(1000), 0);
	EXPECT(stats_now().free >= 1000);
	EXPECT_EQ(grant_reserve(4 * 512), -ENOSPC);
}

TEST_BOOTED(double_end_panics, "")
{
	struct page *page = page_new();
	gref_t ref;

	EXPECT_EQ(grant_access(0, page_pfn(page), true, &ref), 0);
	EXPECT_EQ(grant_try_end(ref), 0);
	expect_panic("grant", NULL);
	(void)!grant_try_end(ref);
}

TEST_BOOTED(random_grants, "", .grant_frames_max = 2, .seed = 5)
{
	static struct {
		gref_t ref;
		struct page *page;
		bool in_use, mapped;
	} g[600];
	struct grant_stats before;
	unsigned long free;
	void *seen;

	test_seed(51);
	EXPECT_EQ(grant_reserve(1000), 0);
	before = stats_now();
	free = free_frames();
	for (unsigned i = 0; i < 20000; i++) {
		unsigned n = test_random_below(ARRAY_SIZE(g));

		if (!g[n].in_use) {
			g[n].page = page_new();
			EXPECT_EQ(grant_access(0, page_pfn(g[n].page), false, &g[n].ref), 0);
			g[n].in_use = true;
		} else if (!g[n].mapped && test_random_below(2)) {
			EXPECT_EQ(model_grant_map(g[n].ref.n, true, &seen), 0);
			g[n].mapped = true;
		} else if (g[n].mapped && test_random_below(2)) {
			EXPECT_EQ(model_grant_unmap(g[n].ref.n), 0);
			g[n].mapped = false;
		} else if (!g[n].mapped) {
			grant_end(g[n].ref, g[n].page);
			g[n].in_use = false;
		} else {
			EXPECT_EQ(grant_try_end(g[n].ref), -EBUSY);
		}
	}
	for (unsigned n = 0; n < ARRAY_SIZE(g); n++) {
		if (g[n].in_use) {
			grant_end(g[n].ref, g[n].page);
		}
		if (g[n].in_use && g[n].mapped) {
			EXPECT_EQ(model_grant_unmap(g[n].ref.n), 0);
		}
	}
	thread_sleep(5 * NSEC_PER_SEC);
	EXPECT_EQ(stats_now().free, before.free);
	EXPECT_EQ(stats_now().deferred, 0);
	EXPECT_EQ(free_frames(), free);
}
