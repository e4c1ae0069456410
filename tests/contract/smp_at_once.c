/*
 * smp_at_once.c - what all CPUs use at once: a timer that each sets, blocks of memory that lie side by side,
 * translations that one changes and another has at hand. With one CPU the same tests run on that.
 */
#include "smp.h"

#include <arch/clock.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/page.h>
#include <kernel/timer.h>

#define BASE	((vaddr_t)0x40000000)
#define USER_RW (MMU_READ | MMU_WRITE | MMU_USER)
#define USER_RO (MMU_READ | MMU_USER)

/* ---- timers ---------------------------------------------------------------------- */

static struct timer shared_timer;

static void never_fire(struct timer *timer)
{
}

static void set_often(void *arg)
{
	for (unsigned i = 0; i < 50 * ROUNDS; i++) {
		timer_set(&shared_timer, clock_now() + 1000 * NSEC_PER_SEC);
	}
}

/* It is on one list, once, whoever was last; and the lists are whole: sleepers wake. */
KTEST(smp_timer_set_by_all)
{
	timer_init(&shared_timer, never_fire);
	KTEST_REQUIRE(smp_start_everywhere(set_often, NULL));
	smp_join_everywhere();
	KTEST_EXPECT(timer_cancel(&shared_timer));
	KTEST_EXPECT(!timer_cancel(&shared_timer));
	KTEST_EXPECT(!list_is_linked(&shared_timer.link));
	KTEST_EXPECT(smp_all_sleep());
}

static unsigned fire_began, fire_ended;

static void fire_slowly(struct timer *timer)
{
	smp_set(&fire_began, 1);
	smp_run_for(5 * NSEC_PER_MSEC);
	smp_set(&fire_ended, 1);
}

static void timer_arm(void *timer)
{
	timer_set(timer, clock_now());
	thread_sleep(20 * NSEC_PER_MSEC);
}

/* What runs on another CPU is over when cancelling it returns. */
KTEST(smp_timer_cancel_waits)
{
	struct thread *thread;
	struct timer timer;

	fire_began = fire_ended = 0;
	timer_init(&timer, fire_slowly);
	KTEST_REQUIRE(smp_start_on(&thread, cpu_count - 1, timer_arm, &timer));
	KTEST_EXPECT(smp_wait_for(&fire_began, 1));
	timer_cancel_wait(&timer);
	KTEST_EXPECT(__atomic_load_n(&fire_ended, __ATOMIC_ACQUIRE));
	thread_join(thread);
}

/* ---- memory ---------------------------------------------------------------------- */

static unsigned shared_blocks; /* that somebody else wrote to */

static bool mark_and_look(struct page *page, unsigned order, unsigned long mark)
{
	unsigned long *words = page_address(page);
	size_t step = PAGE_SIZE / sizeof(*words), count = step << order;
	bool is_mine = true;

	for (size_t i = 0; i < count; i += step) {
		WRITE_ONCE(words[i], mark);
	}
	for (size_t i = 0; i < count; i += step) {
		is_mine &= READ_ONCE(words[i]) == mark;
	}
	return is_mine;
}

/* Blocks of the sizes that a transfer takes: each CPU's is often the other's buddy. */
static void take_blocks(void *arg)
{
	unsigned long n = cpu_id() + 1;

	for (unsigned i = 0; i < 40 * ROUNDS; i++) {
		unsigned order = 1 + (n = n * 1103515245 + 12345) / 65536 % 4;
		struct page *page = page_alloc(order);

		if (page) {
			if (!mark_and_look(page, order, n)) {
				__atomic_add_fetch(&shared_blocks, 1, __ATOMIC_RELAXED);
			}
			page_free(page, order);
		}
	}
}

KTEST(smp_blocks_have_one_owner)
{
	shared_blocks = 0;
	KTEST_REQUIRE(smp_start_everywhere(take_blocks, NULL));
	smp_join_everywhere();
	KTEST_EXPECT(shared_blocks == 0);
}

/* ---- translations ---------------------------------------------------------------- */

/* A thread on the last CPU looks at one address of a space, whenever it is asked to. */
struct watcher {
	struct mmu_aspace as;
	unsigned asked, answered; /* 1, 2, ...; ~0: end */
	bool is_writing;
	int result;
};

static void watch(void *arg)
{
	struct watcher *w = arg;
	unsigned done = 0;
	char byte = 1;

	preempt_disable();
	thread_current()->aspace = &w->as;
	mmu_load(&w->as);
	preempt_enable();
	for (unsigned asked; (asked = __atomic_load_n(&w->asked, __ATOMIC_ACQUIRE)) != ~0u;) {
		if (asked == done) {
			thread_yield();
			continue;
		}
		w->result = w->is_writing ? memory_probe_write((void *)BASE, &byte, 1)
					  : memory_probe_read(&byte, (void *)BASE, 1);
		done = asked;
		smp_set(&w->answered, done);
	}
	thread_current()->aspace = NULL;
}

static int ask(struct watcher *w, bool is_writing)
{
	unsigned number = w->asked + 1;

	w->is_writing = is_writing;
	smp_set(&w->asked, number);
	return smp_wait_for(&w->answered, number) ? w->result : -ETIMEDOUT;
}

static void edit(struct mmu_aspace *as, pfn_t p, unsigned prot)
{
	preempt_disable();
	if (!prot) {
		mmu_unmap(as, BASE);
	} else if (pfn_is_none(p)) {
		mmu_protect(as, BASE, prot);
	} else {
		mmu_map(as, BASE, p, prot);
	}
	mmu_commit(as);
	preempt_enable();
}

static bool reserve(struct mmu_aspace *as)
{
	int err;

	preempt_disable();
	err = mmu_reserve(as, BASE, 1);
	if (!err) {
		mmu_commit(as);
	}
	preempt_enable();
	return !err;
}

/* Each time the last CPU has the translation at hand before it is changed. */
static void edits_watch(struct watcher *w, pfn_t p)
{
	for (unsigned round = 0; round < 20; round++) {
		edit(&w->as, p, USER_RW);
		KTEST_EXPECT(ask(w, true) == 0);
		edit(&w->as, PFN_NONE, USER_RO);
		KTEST_EXPECT(ask(w, true) == -EFAULT);
		KTEST_EXPECT(ask(w, false) == 0);
		edit(&w->as, PFN_NONE, 0);
		KTEST_EXPECT(ask(w, false) == -EFAULT);
	}
}

KTEST(smp_edits_are_seen_by_other_cpus)
{
	static struct watcher w;
	struct page *page = page_alloc(0);
	struct thread *thread;

	w = (struct watcher){ 0 };
	KTEST_REQUIRE(page && !mmu_create(&w.as));
	mmu_publish(&w.as);
	KTEST_REQUIRE(reserve(&w.as) && smp_start_on(&thread, cpu_count - 1, watch, &w));
	edits_watch(&w, page_pfn(page));
	smp_set(&w.asked, ~0u);
	thread_join(thread);
	mmu_retire(&w.as); /* the last CPU may have it loaded still */
	KTEST_EXPECT(!w.as.loaded_on);
	mmu_destroy(&w.as);
	page_free(page, 0);
}
