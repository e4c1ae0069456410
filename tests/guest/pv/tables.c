/*
 * tables.c - registered page tables: what a transaction costs, and what Xen refuses.
 *
 * The costs are counted in entries that Xen is told, not in time: they are the
 * same on every machine.
 */
#include <arch/mmu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/hypercall.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include <port/roots.h>
#include <x86/pt.h>
#include <xen/xen.h>

#define SPOT                                                                                       \
	((vaddr_t)0x12400000) /* a user address with nothing around it, where a leaf table begins */

static uint64_t entries_now(void)
{
	struct batch_stats stats;

	batch_stats_sum(&stats);
	return stats.entries;
}

static uint64_t trips_now(void)
{
	struct batch_stats stats;

	batch_stats_sum(&stats);
	return stats.trips;
}

/* A published space with nothing in it; false when memory is out. */
static bool space_make(struct mmu_aspace *as)
{
	if (mmu_create(as)) {
		ktest_verdict(KTEST_ERROR, "no memory for an address space");
		return false;
	}
	mmu_publish(as);
	return true;
}

static void space_end(struct mmu_aspace *as)
{
	mmu_retire(as);
	mmu_destroy(as);
}

KTEST(pv_publish_is_one_trip)
{
	struct mmu_aspace as;
	uint64_t trips;

	KTEST_REQUIRE(mmu_create(&as) == 0);
	KTEST_REQUIRE(mmu_reserve(&as, SPOT, 1) == 0);
	trips = trips_now();
	mmu_publish(&as);
	if (batch_limit() >= 8) {
		KTEST_EXPECT(trips_now() - trips == 1);
	}
	space_end(&as);
}

/* New ground costs its tables' protection and one link, however many pages are mapped on it. */
KTEST(pv_new_ground_is_filled_privately)
{
	struct mmu_aspace as;
	struct page *page = page_alloc(0);
	struct mmu_entry e;
	uint64_t before;

	KTEST_REQUIRE(page);
	if (!space_make(&as)) {
		return;
	}
	preempt_disable();
	before = entries_now();
	KTEST_EXPECT(mmu_reserve(&as, SPOT, PT_ENTRIES) == 0);
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		mmu_map(&as, SPOT + i * PAGE_SIZE, page_pfn(page), MMU_READ | MMU_USER);
	}
	mmu_commit(&as);
	/* A table of each level below the root made read-only, one link in each root. */
	KTEST_EXPECT(entries_now() - before == PT_LEVELS - 1 + PT_LOAD_OPS);
	preempt_enable();
	KTEST_EXPECT(mmu_query(&as, SPOT + 511 * PAGE_SIZE, &e) && e.pfn.n == page_pfn(page).n);
	space_end(&as);
	page_free(page, 0);
}

/* On ground that stands, an edit is one entry; a batch of them is one trip. */
KTEST(pv_edits_are_one_trip)
{
	struct mmu_aspace as;
	struct page *page = page_alloc(0);
	unsigned limit = batch_limit();
	uint64_t entries, trips;

	KTEST_REQUIRE(page);
	if (!space_make(&as)) {
		return;
	}
	preempt_disable();
	KTEST_EXPECT(mmu_reserve(&as, SPOT, 16) == 0);
	mmu_commit(&as);
	entries = entries_now();
	trips = trips_now();
	for (unsigned i = 0; i < 16; i++) {
		mmu_map(&as, SPOT + i * PAGE_SIZE, page_pfn(page), MMU_READ | MMU_USER);
	}
	mmu_commit(&as);
	KTEST_EXPECT(entries_now() - entries == 16);
	KTEST_EXPECT(trips_now() - trips == (limit >= 16 ? 1 : DIV_ROUND_UP(16u, limit)));
	preempt_enable();
	space_end(&as);
	page_free(page, 0);
}

/* M1, seen through the direct map. */
KTEST(pv_live_table_is_read_only)
{
	struct mmu_aspace as;

	if (!space_make(&as)) {
		return;
	}
	KTEST_EXPECT(!(pv_direct_slot(as.root)->v & PTE_WRITE));
	/* User mode has a root of its own where it has no ring of its own. */
	KTEST_EXPECT(pfn_is_none(as.user_root) || !(pv_direct_slot(as.user_root)->v & PTE_WRITE));
	space_end(&as);
}

BREAKAGE(refused_batch_entry, "batch: refused entry, queued by ktest_run_refused_batch_entry")
{
	const void *site = (const char *)ktest_run_refused_batch_entry + 1;

	preempt_disable();
	/* A pin of a machine frame that exists nowhere, between two entries that are fine. It has to be that
	 * of a root: to a 32-bit domain Xen says yes to a pin of level 4 whatever it names. */
	batch_mmuext(site, &(struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_LOCAL });
	batch_mmuext(site,
		&(struct mmuext_op){
			.cmd = MMUEXT_PIN_L1_TABLE + PT_LEVELS - 1, .arg1.mfn = ~0ul >> 12 });
	batch_mmuext(site, &(struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_LOCAL });
	batch_flush(BATCH_DEPENDS);
	preempt_enable();
}

static bool flush_in_event(evtchn_port_t port, void *arg)
{
	batch_mmuext(arg, &(struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_LOCAL });
	batch_flush(BATCH_DEPENDS);
	return true;
}

/* It may have interrupted who was queueing. */
BREAKAGE(batch_in_an_event, "batch_flush: broken: B1")
{
	struct evtchn_handler handler = {
		.handle = flush_in_event, .arg = (void *)flush_in_event, .name = "test"
	};
	int port = evtchn_bind_ipi(0, handler);

	KTEST_REQUIRE(port > 0);
	evtchn_unmask((evtchn_port_t)port);
	KTEST_EXPECT(evtchn_send((evtchn_port_t)port) == 0);
	thread_sleep(NSEC_PER_SEC);
}

BREAKAGE(writable_table_at_pin, "M1 broken: the level-1 table in frame")
{
	struct mmu_aspace as;
	struct mmu_entry e;

	KTEST_REQUIRE(mmu_create(&as) == 0 && mmu_reserve(&as, SPOT, 1) == 0);
	mmu_map(&as, SPOT, virt_to_pfn(pv_p2m), MMU_READ | MMU_USER);
	KTEST_REQUIRE(mmu_query(&as, SPOT, &e));
	/* The newest table is the leaf: publishing will not find it, so it stays writable. */
	list_remove(as.tables.prev);
	mmu_publish(&as);
}
