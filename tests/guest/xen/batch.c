/*
 * batch.c - the batch against Xen itself: how many trips a sequence of entries
 * costs, and that every entry was really executed.
 *
 * The entry used is a query of Xen's version string: harmless, returns 0, and leaves a
 * trace in memory.
 */
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <xen/version.h>
#include <xen/xen.h>

#define ENTRIES 24u

static xen_extraversion_t answers[ENTRIES];

static uint64_t calls_of(unsigned nr)
{
	static struct hypercall_count sum; /* too large for a stack frame */

	hypercall_count_sum(&sum);
	return sum.calls[nr];
}

static uint64_t carried_of(unsigned nr)
{
	static struct hypercall_count sum; /* too large for a stack frame */

	hypercall_count_sum(&sum);
	return sum.entries[nr];
}

static void queue(unsigned count)
{
	memset(answers, 0, sizeof(answers));
	preempt_disable();
	for (unsigned i = 0; i < count; i++) {
		batch_call((const char *)queue + 1, __HYPERVISOR_xen_version, XENVER_extraversion,
			HC_ARG(answers[i]), 0, 0, 0);
	}
	batch_flush(BATCH_DEPENDS);
	preempt_enable();
}

static unsigned answered(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ENTRIES; i++) {
		count += answers[i][0] == '.';
	}
	return count;
}

KTEST(batch_single_entry_needs_no_multicall)
{
	uint64_t multicalls = calls_of(__HYPERVISOR_multicall);
	uint64_t versions = calls_of(__HYPERVISOR_xen_version);

	queue(1);
	KTEST_EXPECT(answered() == 1);
	KTEST_EXPECT(calls_of(__HYPERVISOR_multicall) == multicalls);
	KTEST_EXPECT(calls_of(__HYPERVISOR_xen_version) == versions + 1);
}

KTEST(batch_many_entries_are_one_multicall)
{
	unsigned limit = batch_limit();
	uint64_t multicalls, carried;

	KTEST_REQUIRE(batch_limit_set(ENTRIES + 1) == 0);
	multicalls = calls_of(__HYPERVISOR_multicall);
	carried = carried_of(__HYPERVISOR_xen_version);
	queue(ENTRIES);
	KTEST_EXPECT(answered() == ENTRIES);
	KTEST_EXPECT(calls_of(__HYPERVISOR_multicall) == multicalls + 1);
	KTEST_EXPECT(carried_of(__HYPERVISOR_xen_version) == carried + ENTRIES);
	KTEST_EXPECT(batch_limit_set(limit) == 0);
}

KTEST(batch_limit_one_is_no_batching)
{
	unsigned limit = batch_limit();
	uint64_t multicalls, versions;

	KTEST_REQUIRE(batch_limit_set(1) == 0);
	multicalls = calls_of(__HYPERVISOR_multicall);
	versions = calls_of(__HYPERVISOR_xen_version);
	queue(ENTRIES);
	KTEST_EXPECT(answered() == ENTRIES);
	KTEST_EXPECT(calls_of(__HYPERVISOR_multicall) == multicalls);
	KTEST_EXPECT(calls_of(__HYPERVISOR_xen_version) == versions + ENTRIES);
	KTEST_EXPECT(batch_limit_set(limit) == 0);
}

KTEST(batch_limit_is_bounded)
{
	unsigned limit = batch_limit();

	KTEST_EXPECT(batch_limit_set(0) < 0);
	KTEST_EXPECT(batch_limit_set(BATCH_LIMIT_MAX + 1) < 0);
	KTEST_EXPECT(batch_limit() == limit);
}

/* Raising the limit while entries wait must neither lose nor repeat them. */
KTEST(batch_limit_change_keeps_what_waits)
{
	unsigned limit = batch_limit();

	KTEST_REQUIRE(batch_limit_set(4) == 0);
	queue(ENTRIES);
	KTEST_EXPECT(answered() == ENTRIES);
	KTEST_REQUIRE(batch_limit_set(BATCH_LIMIT_MAX) == 0);
	queue(ENTRIES);
	KTEST_EXPECT(answered() == ENTRIES);
	KTEST_EXPECT(batch_limit_set(limit) == 0);
}

static void site_find(const struct batch_site *site, void *arg)
{
	struct batch_site *found = arg;

	if (site->pc == (const char *)queue + 1) {
		found->entries += site->entries;
		found->flushed[BATCH_DEPENDS] += site->flushed[BATCH_DEPENDS];
	}
}

KTEST(batch_counts_by_site)
{
	struct batch_site before = { 0 }, after = { 0 };

	queue(1); /* the site has a slot now */
	batch_site_for_each(site_find, &before);
	queue(3);
	batch_site_for_each(site_find, &after);
	KTEST_EXPECT(after.entries == before.entries + 3);
}
