/* timer.c - clocks and timers. Nothing here depends on how fast the machine is. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/cpu.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include <kernel/timer.h>

#define PATIENCE (60 * NSEC_PER_SEC) /* the machine may stand still for seconds */

KTEST(clock_is_monotonic)
{
	nsec_t last = clock_now();

	for (unsigned i = 0; i < 2000; i++) {
		nsec_t now = clock_now();

		KTEST_REQUIRE(now >= last);
		last = now;
	}
}

/* Two clocks of different sources agree about a span. */
/* How far both clocks are apart after running side by side for a while. */
static nsec_t clocks_drift(void)
{
	nsec_t wall = clock_wall(), start = clock_now(), span, wall_span;

	thread_sleep(100 * NSEC_PER_MSEC);
	wall_span = clock_wall() - wall;
	span = clock_now() - start;
	return span > wall_span ? span - wall_span : wall_span - span;
}

/* Tried again, because the machine may be stopped for a while between two readings. */
KTEST(clock_wall_runs)
{
	unsigned tries = 0;

	KTEST_EXPECT(clock_wall() > UINT64_C(1600000000) * NSEC_PER_SEC); /* 2020 */
	while (clocks_drift() > 20 * NSEC_PER_MSEC) {
		KTEST_REQUIRE(++tries < 50);
	}
}

/* ---- timers -------------------------------------------------------------- */

struct numbered {
	struct timer timer;
	unsigned number;
};

static unsigned order[8], order_len;
static bool was_early, was_out_of_order;
static nsec_t last_deadline;

static void note(struct timer *timer)
{
	struct numbered *n = container_of(timer, struct numbered, timer);

	was_early |= clock_now() < timer->deadline;
	was_out_of_order |= timer->deadline < last_deadline;
	last_deadline = timer->deadline;
	order[order_len++ % ARRAY_SIZE(order)] = n->number;
}

static void numbered_init(struct numbered *timers, unsigned count)
{
	order_len = 0;
	was_early = was_out_of_order = false;
	last_deadline = 0;
	for (unsigned i = 0; i < count; i++) {
		timer_init(&timers[i].timer, note);
		timers[i].number = i;
	}
}

static bool have_fired(unsigned count)
{
	nsec_t end = clock_now() + PATIENCE;

	while (READ_ONCE(order_len) < count && clock_now() < end) {
		cpu_relax();
	}
	return READ_ONCE(order_len) == count;
}

static bool fired_in_order(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return order[0] == a && order[1] == b && order[2] == c && order[3] == d;
}

KTEST(timer_order)
{
	struct numbered t[4];
	irq_state_t irq;
	nsec_t now;

	numbered_init(t, 4);
	irq = irq_save();
	now = clock_now();
	timer_set(&t[2].timer, now + 9 * NSEC_PER_MSEC);
	timer_set(&t[0].timer, now + 3 * NSEC_PER_MSEC);
	timer_set(&t[3].timer, now + 12 * NSEC_PER_MSEC);
	timer_set(&t[1].timer, now + 6 * NSEC_PER_MSEC);
	KTEST_EXPECT(t[0].timer.cpu == cpu_this() && order_len == 0);
	irq_restore(irq);
	KTEST_EXPECT(have_fired(4));
	KTEST_EXPECT(fired_in_order(0, 1, 2, 3) && !was_early);
	KTEST_EXPECT(!t[0].timer.cpu);
}

KTEST(timer_same_deadline)
{
	struct numbered t[4];
	nsec_t when;
	irq_state_t irq;

	numbered_init(t, 4);
	irq = irq_save();
	when = clock_now() + 2 * NSEC_PER_MSEC;
	timer_set(&t[3].timer, when);
	timer_set(&t[1].timer, when);
	timer_set(&t[0].timer, when);
	timer_set(&t[2].timer, when);
	irq_restore(irq);
	KTEST_EXPECT(have_fired(4));
	KTEST_EXPECT(fired_in_order(3, 1, 0, 2));
}

/* From the interrupt, not from timer_set(). */
KTEST(timer_in_the_past)
{
	struct numbered t[1];
	irq_state_t irq;

	numbered_init(t, 1);
	irq = irq_save();
	timer_set(&t[0].timer, 1);
	KTEST_EXPECT(order_len == 0);
	irq_restore(irq);
	KTEST_EXPECT(have_fired(1));
}

KTEST(timer_cancelled)
{
	struct numbered t[2];
	irq_state_t irq;
	nsec_t now;

	numbered_init(t, 2);
	KTEST_EXPECT(!timer_cancel(&t[0].timer));
	irq = irq_save();
	now = clock_now();
	timer_set(&t[0].timer, now + 2 * NSEC_PER_MSEC);
	timer_set(&t[1].timer, now + 8 * NSEC_PER_MSEC);
	KTEST_EXPECT(timer_cancel(&t[0].timer) && !timer_cancel(&t[0].timer));
	irq_restore(irq);
	KTEST_EXPECT(have_fired(1) && order[0] == 1);
	KTEST_EXPECT(!timer_cancel(&t[1].timer));
}

/* The second timer is due at 6 ms; the first is set to one time and then moved to another. */
static void move_first(struct numbered t[2], nsec_t from, nsec_t to)
{
	irq_state_t irq;
	nsec_t now;

	numbered_init(t, 2);
	irq = irq_save();
	now = clock_now();
	timer_set(&t[0].timer, now + from);
	timer_set(&t[1].timer, now + 6 * NSEC_PER_MSEC);
	timer_set(&t[0].timer, now + to);
	irq_restore(irq);
	KTEST_EXPECT(have_fired(2) && !was_early);
}

KTEST(timer_moved)
{
	struct numbered t[2];

	move_first(t, PATIENCE, 3 * NSEC_PER_MSEC);
	KTEST_EXPECT(order[0] == 0);
	move_first(t, 3 * NSEC_PER_MSEC, 9 * NSEC_PER_MSEC);
	KTEST_EXPECT(order[0] == 1);
}

static unsigned rounds;

static void again(struct timer *timer)
{
	if (++rounds < 50) {
		timer_set(timer, timer->deadline + NSEC_PER_MSEC / 5);
	}
}

KTEST(timer_sets_itself)
{
	struct timer timer;
	nsec_t end = clock_now() + PATIENCE;

	rounds = 0;
	timer_init(&timer, again);
	timer_set(&timer, clock_now());
	while (READ_ONCE(rounds) < 50 && clock_now() < end) {
		cpu_relax();
	}
	KTEST_EXPECT(READ_ONCE(rounds) == 50);
	timer_cancel(&timer);
}

/* Many timers, set in no order, every other one cancelled: the rest fire by deadline. */
KTEST(timer_many)
{
	static struct numbered t[200];
	uint32_t random = 12345;
	irq_state_t irq;
	nsec_t now;

	numbered_init(t, ARRAY_SIZE(t));
	irq = irq_save();
	now = clock_now();
	for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
		random = random * 1664525 + 1013904223;
		timer_set(&t[i].timer, now + random % (30 * NSEC_PER_MSEC));
	}
	for (unsigned i = 1; i < ARRAY_SIZE(t); i += 2) {
		timer_cancel(&t[i].timer);
	}
	irq_restore(irq);
	KTEST_EXPECT(have_fired(ARRAY_SIZE(t) / 2));
	KTEST_EXPECT(!was_early && !was_out_of_order);
	for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
		KTEST_EXPECT(!timer_cancel(&t[i].timer));
	}
}

static unsigned recurring_count;

static void fire_and_set(struct timer *timer)
{
	recurring_count++;
	timer_set(timer, clock_now() + NSEC_PER_MSEC);
}

/* One that is always due is stopped, and then it is nobody's any more. */
KTEST(timer_cancel_wait_ends_a_recurring_one)
{
	nsec_t patience = clock_now() + PATIENCE;
	struct timer timer;
	unsigned count;

	timer_init(&timer, fire_and_set);
	recurring_count = 0;
	KTEST_EXPECT(!timer_cancel_wait(&timer));
	timer_set(&timer, clock_now() + NSEC_PER_MSEC);
	KTEST_EXPECT(timer_cancel_wait(&timer));
	timer_set(&timer, clock_now() + NSEC_PER_MSEC);
	while (!READ_ONCE(recurring_count) && clock_now() < patience) {
		thread_yield();
	}
	timer_cancel_wait(&timer);
	count = READ_ONCE(recurring_count);
	KTEST_EXPECT(count > 0);
	thread_sleep(5 * NSEC_PER_MSEC);
	KTEST_EXPECT(READ_ONCE(recurring_count) == count && !timer.cpu);
}

/* ---- sleeping -------------------------------------------------------------- */

KTEST(sleep_lasts)
{
	for (unsigned ms = 0; ms <= 30; ms += 10) {
		nsec_t start = clock_now(), slept;

		thread_sleep(ms * NSEC_PER_MSEC);
		slept = clock_now() - start;
		KTEST_EXPECT(slept >= ms * NSEC_PER_MSEC);
		KTEST_EXPECT(slept < PATIENCE);
	}
	thread_sleep_until(1); /* long gone */
}
