/*
 * batch.c - the hypercall batch: what goes to Xen for what was queued.
 *
 * Page-table writes go to an ordinary frame, which Xen allows, so their effect can
 * be read back.
 */
#include "harness.h"

#include <drivers/xen/batch.h>
#include <drivers/xen/platform.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <xen/xen.h>

#define SITE ((const void *)batch_flush)

static volatile uint64_t *words; /* 512 of them */

static void setup(void)
{
	words = page_alloc_zeroed();
	EXPECT(words);
	preempt_disable();
	model_trace_clear();
}

static uint64_t machine_address(unsigned i)
{
	return (uint64_t)pfn_to_gfn(virt_to_pfn((const void *)words)).n << PAGE_SHIFT | i * 8;
}

static void queue_update(unsigned i, uint64_t value)
{
	batch_mmu_update(SITE, machine_address(i) | MMU_NORMAL_PT_UPDATE, value);
}

static void queue_ext(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	batch_mmuext(SITE, &op);
}

static void queue_call(void)
{
	batch_call(SITE, __HYPERVISOR_stack_switch, 0, 0, 0, 0, 0);
}

static void trace_is(const struct model_call *want, size_t count)
{
	static struct model_call got[4096];
	size_t n = model_trace_get(got, ARRAY_SIZE(got));

	EXPECT_EQ(n, count);
	for (size_t i = 0; i < count; i++) {
		if (got[i].nr != want[i].nr || got[i].count != want[i].count ||
			got[i].in_multicall != want[i].in_multicall) {
			FAIL("call %zu is %u with %u entries, not %u with %u", i, got[i].nr,
				got[i].count, want[i].nr, want[i].count);
		}
	}
	model_trace_clear();
}

TEST_MACHINE(nothing_costs_nothing)
{
	setup();
	batch_flush(BATCH_COMMIT);
	trace_is(NULL, 0);
}

TEST_MACHINE(one_entry_goes_plainly)
{
	setup();
	queue_update(3, 33);
	EXPECT_EQ(batch_pending(), 1);
	EXPECT_EQ(words[3], 0);
	batch_flush(BATCH_COMMIT);
	EXPECT_EQ(batch_pending(), 0);
	EXPECT_EQ(words[3], 33);
	trace_is((struct model_call[]){ { 1, 1, false } }, 1);
	queue_ext();
	batch_flush(BATCH_COMMIT);
	trace_is((struct model_call[]){ { 26, 1, false } }, 1);
	queue_call();
	batch_flush(BATCH_COMMIT);
	trace_is((struct model_call[]){ { 3, 1, false } }, 1);
}

TEST_MACHINE(neighbours_of_a_kind_merge)
{
	setup();
	for (unsigned i = 0; i < 100; i++) {
		queue_update(i, i);
	}
	batch_flush(BATCH_COMMIT);
	trace_is((struct model_call[]){ { 1, 100, false } }, 1);
	for (unsigned i = 0; i < 100; i++) {
		EXPECT_EQ(words[i], i);
	}
	queue_ext();
	queue_ext();
	batch_flush(BATCH_COMMIT);
	trace_is((struct model_call[]){ { 26, 2, false } }, 1);
	queue_call();
	queue_call();
	batch_flush(BATCH_COMMIT);
	trace_is((struct model_call[]){ { 13, 2, false }, { 3, 1, true }, { 3, 1, true } }, 3);
}

TEST_MACHINE(kinds_keep_their_order)
{
	setup();
	queue_update(0, 1);
	queue_update(0, 2);
	queue_ext();
	queue_update(0, 3);
	queue_call();
	queue_update(0, 4);
	queue_update(0, 5);
	batch_flush(BATCH_COMMIT);
	trace_is((struct model_call[]){ { 13, 5, false }, { 1, 2, true }, { 26, 1, true },
			 { 1, 1, true }, { 3, 1, true }, { 1, 2, true } },
		6);
	EXPECT_EQ(words[0], 5);
}

/* What a batch has to become, computed the simple way. */
static size_t expected(const unsigned *kinds, unsigned count, struct model_call *want)
{
	static const unsigned numbers[] = { 1, 26, 3 };
	size_t runs = 0;

	for (unsigned i = 0; i < count; i++) {
		if (i && kinds[i] == kinds[i - 1] && kinds[i] != 2) {
			want[runs].count++;
		} else {
			want[++runs] = (struct model_call){ numbers[kinds[i]], 1, true };
		}
	}
	if (runs == 1) {
		want[0] = (struct model_call){ want[1].nr, want[1].count, false };
		return 1;
	}
	want[0] = (struct model_call){ 13, (unsigned)runs, false };
	return runs + 1;
}

/* Random sequences under a limit: full batches go at once, the rest with the flush. */
static void sequence_play(unsigned limit)
{
	static unsigned kinds[1100];
	static struct model_call want[4096];
	unsigned total = 1 + test_random_below(MIN(3 * limit, 1000u)), start = 0;
	size_t calls = 0;

	EXPECT_EQ(batch_limit_set(limit), 0);
	model_trace_clear();
	for (unsigned i = 0; i < total; i++) {
		kinds[i] = test_random_below(4) ? 0 : test_random_below(3);
		switch (kinds[i]) {
		case 0:
			queue_update(i % 512, i);
			break;
		case 1:
			queue_ext();
			break;
		default:
			queue_call();
		}
		EXPECT(batch_pending() < limit);
		if (i + 1 - start == limit) {
			EXPECT_EQ(batch_pending(), 0);
			calls += expected(kinds + start, limit, want + calls);
			start = i + 1;
		}
	}
	if (start < total) {
		calls += expected(kinds + start, total - start, want + calls);
	}
	batch_flush(BATCH_COMMIT);
	trace_is(want, calls);
	for (unsigned i = total; i-- > 0 && i + 512 > total;) {
		EXPECT(kinds[i] != 0 || words[i % 512] == i);
	}
}

TEST_MACHINE(every_limit)
{
	static const unsigned limits[] = { 1, 2, 3, 7, 64, 127, 128, 129, 511, 512, 1000, 1023,
		1024 };

	test_seed(41);
	setup();
	for (unsigned round = 0; round < 6; round++) {
		for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
			sequence_play(limits[i]);
		}
	}
	EXPECT_EQ(batch_limit_set(0), -EINVAL);
	EXPECT_EQ(batch_limit_set(BATCH_LIMIT_MAX + 1), -EINVAL);
	EXPECT_EQ(batch_limit(), 1024);
}

TEST_MACHINE(statistics_add_up)
{
	struct batch_stats before, after;

	setup();
	batch_stats_sum(&before);
	for (unsigned i = 0; i < 5; i++) {
		queue_update(i, 1);
	}
	batch_flush(BATCH_SWITCH);
	queue_ext();
	batch_flush(BATCH_COMMIT);
	batch_stats_sum(&after);
	EXPECT_EQ(after.trips - before.trips, 2);
	EXPECT_EQ(after.entries - before.entries, 6);
	EXPECT_EQ(after.flushed[BATCH_SWITCH] - before.flushed[BATCH_SWITCH], 1);
	EXPECT_EQ(after.flushed[BATCH_COMMIT] - before.flushed[BATCH_COMMIT], 1);
	EXPECT_EQ(after.sizes[2] - before.sizes[2], 1); /* 4 to 7 */
	EXPECT_EQ(after.sizes[0] - before.sizes[0], 1);
}

static char logged[32768];

/* The one in the middle of a merged run, within a multicall whose arguments Xen has scribbled over. */
static void culprit_is_third(void)
{
	log_read(logged, sizeof(logged));
	EXPECT(strstr(logged, "entry 3 of 6"));
	EXPECT(strstr(logged, ">   3 mmu_update"));
	EXPECT(strstr(logged, "batch_flush"));
	/* What was before it is done, and so is the call behind the failed list. */
	EXPECT_EQ(words[1], 11);
	EXPECT_EQ(words[2], 22);
	EXPECT_EQ(words[5], 55);
}

TEST_MACHINE(refused_entry_is_named)
{
	setup();
	queue_ext();
	queue_update(1, 11);
	queue_update(2, 22);
	batch_mmu_update(SITE, 0x1234000, 1); /* no frame of ours */
	queue_ext();
	queue_update(5, 55);
	expect_panic("batch: refused entry", culprit_is_third);
	batch_flush(BATCH_COMMIT);
}

TEST_MACHINE(refused_single_is_named)
{
	setup();
	expect_panic("batch: refused entry, queued by batch_flush", NULL);
	batch_mmu_update(SITE, 0x1234000, 1);
	batch_flush(BATCH_COMMIT);
}

TEST_MACHINE(refused_multicall_panics)
{
	setup();
	queue_ext();
	queue_update(1, 1);
	model_refuse_next(__HYPERVISOR_multicall, 38);
	expect_panic("multicall of 2", NULL);
	batch_flush(BATCH_COMMIT);
}

TEST_MACHINE(preemptible_use_panics)
{
	irq_state_t irq = irq_save();

	setup();
	preempt_enable_no_switch();
	irq_restore(irq);
	irq_enable();
	expect_panic("B1", NULL);
	queue_ext();
}
