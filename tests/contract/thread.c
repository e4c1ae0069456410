/* thread.c - threads: life, switching, preemption. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include "memory.h"

#define PATIENCE (60 * NSEC_PER_SEC) /* the machine may stand still for seconds */

static void return_number(void *arg)
{
	thread_exit((int)(vaddr_t)arg);
}

static void do_nothing(void *arg)
{
}

KTEST(thread_join_gives_exit_code)
{
	struct thread *a, *b;

	KTEST_REQUIRE(!thread_create(&a, "ktest-a", return_number, (void *)42));
	KTEST_REQUIRE(!thread_create(&b, "ktest-b", do_nothing, NULL));
	KTEST_EXPECT(a->id != b->id && !strcmp(a->name, "ktest-a"));
	KTEST_EXPECT(thread_join(a) == 42);
	KTEST_EXPECT(thread_join(b) == 0);
}

/* Joined long after it ended. */
KTEST(thread_join_late)
{
	nsec_t end = clock_now() + PATIENCE;
	struct thread *t;

	KTEST_REQUIRE(!thread_create(&t, "ktest", return_number, (void *)7));
	while (!READ_ONCE(t->is_gone) && clock_now() < end) {
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(t->is_gone);
	KTEST_EXPECT(thread_join(t) == 7);
}

KTEST(thread_returns_all_memory)
{
	unsigned long before = frames_unclaimed();

	for (unsigned i = 0; i < 200; i++) {
		struct thread *t;

		KTEST_REQUIRE(!thread_create(&t, "ktest", do_nothing, NULL));
		thread_join(t);
	}
	KTEST_EXPECT(frames_unclaimed() == before);
}

/* Nobody joins them: the idle thread clears up. */
KTEST(thread_unclaimed)
{
	unsigned long before = frames_unclaimed();
	nsec_t end = clock_now() + PATIENCE;

	for (unsigned i = 0; i < 30; i++) {
		KTEST_REQUIRE(!thread_create(NULL, "ktest", do_nothing, NULL));
		thread_sleep(NSEC_PER_MSEC / 4);
	}
	while (frames_unclaimed() != before && clock_now() < end) {
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(frames_unclaimed() == before);
}

KTEST(thread_without_memory)
{
	unsigned long before = frames_unclaimed();
	struct thread *t = NULL;
	struct list hoard;

	for (unsigned spare = 0; spare < 3; spare++) {
		int err;

		hoard_fill(&hoard, ALL_FRAMES);
		hoard_release(&hoard, spare);
		err = thread_create(&t, "ktest", do_nothing, NULL);
		hoard_release(&hoard, ALL_FRAMES);
		KTEST_EXPECT(err == -ENOMEM && !t);
	}
	KTEST_EXPECT(frames_unclaimed() == before);
}

KTEST(thread_long_name)
{
	struct thread *t;

	KTEST_REQUIRE(!thread_create(
		&t, "a name that is longer than a thread has room for", do_nothing, NULL));
	KTEST_EXPECT(strlen(t->name) == THREAD_NAME_LEN - 1);
	thread_join(t);
}

/* ---- switching ------------------------------------------------------------- */

static char turns[16];
static unsigned turn_count;

static void take_turns(void *arg)
{
	for (unsigned i = 0; i < 4; i++) {
		turns[turn_count++] = (char)(vaddr_t)arg;
		thread_yield();
	}
}

/* Whether three threads that yield came in the order they were made, all the time. */
static bool turns_are_fair(void)
{
	struct thread *t[3];

	turn_count = 0;
	memset(turns, 0, sizeof(turns));
	preempt_disable();
	for (unsigned i = 0; i < 3; i++) {
		KTEST_EXPECT(
			!thread_create(&t[i], "ktest", take_turns, (void *)(vaddr_t)('a' + i)));
	}
	preempt_enable();
	for (unsigned i = 0; i < 3; i++) {
		thread_join(t[i]);
	}
	KTEST_EXPECT(turn_count == 12);
	return !memcmp(turns, "abcabcabcabc", 12);
}

/* Round robin. Tried again, because an interrupt may preempt one of them and so cost it a turn. */
KTEST(thread_yield_is_fair)
{
	unsigned tries = 0;

	while (!turns_are_fair()) {
		KTEST_REQUIRE(++tries < 50);
	}
}

#define DEPTH 20

/* Something on the stack of every depth, and in registers, over many switches. */
static unsigned __noinline sum_down(unsigned depth, unsigned seed)
{
	volatile unsigned mine = depth * seed;
	unsigned below;

	thread_yield();
	below = depth ? sum_down(depth - 1, seed) : 0;
	thread_yield();
	return below + mine;
}

static void sum_thread(void *arg)
{
	thread_exit((int)sum_down(DEPTH, (unsigned)(vaddr_t)arg));
}

KTEST(thread_keeps_its_context)
{
	struct thread *t[4];

	for (unsigned i = 0; i < 4; i++) {
		KTEST_REQUIRE(!thread_create(&t[i], "ktest", sum_thread, (void *)(vaddr_t)(i + 1)));
	}
	for (unsigned i = 0; i < 4; i++) {
		KTEST_EXPECT(thread_join(t[i]) == (int)((i + 1) * DEPTH * (DEPTH + 1) / 2));
	}
}

static void check_fresh(void *arg)
{
	vaddr_t here = (vaddr_t)__builtin_frame_address(0);
	const struct thread *self = thread_current();

	/* The ABI counts from what the caller pushed: above the frame's pointer and the return address. */
	*(bool *)arg = irq_is_enabled() && !preempt_is_off() && here >= self->stack_base &&
		here < self->stack_base + self->stack_size &&
		(here + 2 * sizeof(vaddr_t)) % 16 == 0 && self->state == THREAD_RUNNING;
}

KTEST(thread_starts_clean)
{
	bool is_clean = false;
	struct thread *t;

	KTEST_REQUIRE(!thread_create(&t, "ktest", check_fresh, &is_clean));
	thread_join(t);
	KTEST_EXPECT(is_clean);
}

#define LOCALS 448
#define LEVELS                                                                                     \
	((THREAD_STACK_SIZE - 4096) / (LOCALS + 64)) /* a port may need some of it to itself */

/* Something in every part of the stack, kept over a switch at the deepest point. */
static bool __noinline fill_down(unsigned level)
{
	volatile unsigned char locals[LOCALS];
	bool is_intact = true;

	for (unsigned i = 0; i < LOCALS; i++) {
		locals[i] = (unsigned char)(level + i);
	}
	if (level < LEVELS) {
		is_intact = fill_down(level + 1);
	} else {
		thread_sleep(NSEC_PER_MSEC);
	}
	for (unsigned i = 0; i < LOCALS; i++) {
		is_intact &= locals[i] == (unsigned char)(level + i);
	}
	return is_intact;
}

static void use_stack(void *arg)
{
	thread_exit(fill_down(0) ? 0 : 1);
}

KTEST(thread_has_its_whole_stack)
{
	struct thread *a, *b;

	KTEST_REQUIRE(!thread_create(&a, "ktest-a", use_stack, NULL));
	KTEST_REQUIRE(!thread_create(&b, "ktest-b", use_stack, NULL));
	KTEST_EXPECT(thread_join(a) == 0 && thread_join(b) == 0);
}

static unsigned seen;

static void count_thread(const struct thread *t, void *arg)
{
	seen += t == arg || !strcmp(t->name, "idle");
}

KTEST(thread_list)
{
	seen = 0;
	thread_for_each(count_thread, thread_current());
	KTEST_EXPECT(seen == 1 + cpu_count);
}

/* ---- preemption ------------------------------------------------------------- */

struct spinner {
	unsigned long count;
	bool stop;
};

static void spin(void *arg)
{
	struct spinner *s = arg;

	while (!READ_ONCE(s->stop)) {
		s->count++;
		cpu_relax();
	}
}

/* Nobody here gives up the CPU, and everybody gets it. */
KTEST(preempt_slices)
{
	struct spinner s[2] = { { 0 }, { 0 } };
	struct thread *t[2];
	nsec_t end = clock_now() + PATIENCE;

	for (unsigned i = 0; i < 2; i++) {
		KTEST_REQUIRE(!thread_create(&t[i], "ktest", spin, &s[i]));
	}
	while ((!READ_ONCE(s[0].count) || !READ_ONCE(s[1].count)) && clock_now() < end) {
		cpu_relax();
	}
	KTEST_EXPECT(READ_ONCE(s[0].count) && READ_ONCE(s[1].count));
	for (unsigned i = 0; i < 2; i++) {
		WRITE_ONCE(s[i].stop, true);
		thread_join(t[i]);
	}
}

/* A sleeper comes back among threads that never sleep. */
KTEST(preempt_for_sleeper)
{
	struct spinner s = { 0 };
	struct thread *t;
	nsec_t start;

	KTEST_REQUIRE(!thread_create(&t, "ktest", spin, &s));
	start = clock_now();
	for (unsigned i = 0; i < 5; i++) {
		thread_sleep(2 * NSEC_PER_MSEC);
	}
	KTEST_EXPECT(clock_now() - start < PATIENCE);
	WRITE_ONCE(s.stop, true);
	thread_join(t);
}

static bool has_run;

static void note_run(void *arg)
{
	WRITE_ONCE(has_run, true);
}

static void spin_for(nsec_t span)
{
	nsec_t end = clock_now() + span;

	while (clock_now() < end) {
		cpu_relax();
	}
}

KTEST(preempt_can_be_put_off)
{
	nsec_t end = clock_now() + PATIENCE;
	struct thread *t;

	has_run = false;
	preempt_disable();
	KTEST_EXPECT(!thread_create(&t, "ktest", note_run, NULL));
	spin_for(50 * NSEC_PER_MSEC); /* several slices */
	KTEST_EXPECT(!READ_ONCE(has_run));
	preempt_enable();
	while (!READ_ONCE(has_run) && clock_now() < end) {
		cpu_relax();
	}
	KTEST_EXPECT(READ_ONCE(has_run));
	thread_join(t);
}

/* Run for `span`, alone: an interrupt at most, no other thread. */
static void run_for(nsec_t span)
{
	preempt_disable();
	spin_for(span);
	preempt_enable();
}

/* CPU time this thread uses while it sleeps for `span`. */
static nsec_t time_asleep(nsec_t span)
{
	const struct thread *self = thread_current();
	nsec_t start = thread_run_time(self);

	thread_sleep(span);
	return thread_run_time(self) - start;
}

/* Time asleep is tried again, because the machine may be stopped while the thread runs. */
KTEST(thread_time_is_counted)
{
	const struct thread *self = thread_current();
	unsigned tries = 0;
	nsec_t start;

	while (time_asleep(40 * NSEC_PER_MSEC) > 20 * NSEC_PER_MSEC) {
		KTEST_REQUIRE(++tries < 50);
	}
	start = thread_run_time(self);
	run_for(20 * NSEC_PER_MSEC);
	KTEST_EXPECT(thread_run_time(self) - start >= 20 * NSEC_PER_MSEC);
}

/* Giving way to nobody is no reason to lose the time until then. */
KTEST(thread_time_is_counted_at_every_yield)
{
	const struct thread *self = thread_current();
	nsec_t start = READ_ONCE(self->run_time);

	run_for(5 * NSEC_PER_MSEC);
	thread_yield();
	KTEST_EXPECT(READ_ONCE(self->run_time) - start >= 5 * NSEC_PER_MSEC);
}

static void idle_find(const struct thread *t, void *arg)
{
	if (t->cpu == cpu_this() && !strcmp(t->name, "idle")) {
		*(const struct thread **)arg = t;
	}
}

KTEST(thread_time_of_who_waits_stands_still)
{
	const struct thread *idle = NULL;
	nsec_t before;

	thread_for_each(idle_find, &idle);
	KTEST_REQUIRE(idle);
	thread_sleep(NSEC_PER_MSEC);
	before = thread_run_time(idle);
	run_for(5 * NSEC_PER_MSEC);
	KTEST_EXPECT(idle->state == THREAD_READY);
	KTEST_EXPECT(thread_run_time(idle) == before);
}
