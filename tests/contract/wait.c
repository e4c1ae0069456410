/* wait.c - wait queues, time-outs, mutexes. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/thread.h>
#include <kernel/timer.h>

#define PATIENCE (60 * NSEC_PER_SEC) /* the machine may stand still for seconds */

static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static unsigned tokens, woken;

static nsec_t soon(void)
{
	return clock_now() + PATIENCE;
}

static void give(unsigned count)
{
	__atomic_add_fetch(&tokens, count, __ATOMIC_RELAXED);
}

static bool take(void)
{
	unsigned have = READ_ONCE(tokens);

	while (have > 0) {
		if (__atomic_compare_exchange_n(
			    &tokens, &have, have - 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			return true;
		}
	}
	return false;
}

/* Takes one token, and says with its exit code whether it got it in time. */
static void taker(void *arg)
{
	bool got = wait_until(&queue, take(), clock_now() + 3 * PATIENCE);

	__atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
	thread_exit(got);
}

static bool takers_start(struct thread **t, unsigned count)
{
	tokens = woken = 0;
	for (unsigned i = 0; i < count; i++) {
		if (thread_create(&t[i], "ktest", taker, NULL)) {
			ktest_verdict(KTEST_ERROR, "no memory for threads");
			return false;
		}
	}
	thread_sleep(5 * NSEC_PER_MSEC); /* they block */
	return true;
}

static bool have_woken(unsigned count)
{
	nsec_t end = soon();

	while (READ_ONCE(woken) < count && clock_now() < end) {
		thread_sleep(NSEC_PER_MSEC);
	}
	thread_sleep(5 * NSEC_PER_MSEC); /* not more either */
	return READ_ONCE(woken) == count;
}

static unsigned takers_join(struct thread **t, unsigned count)
{
	unsigned got = 0;

	for (unsigned i = 0; i < count; i++) {
		got += (unsigned)thread_join(t[i]);
	}
	return got;
}

KTEST(wait_true_already)
{
	nsec_t before = clock_now();

	tokens = 1;
	KTEST_EXPECT(wait_until(&queue, take(), WAIT_FOREVER));
	KTEST_EXPECT(wait_until(&queue, true, 0));
	KTEST_EXPECT(clock_now() - before < PATIENCE && list_is_empty(&queue.waiters));
}

KTEST(wait_wakes_one)
{
	struct thread *t[3];

	if (!takers_start(t, 3)) {
		return;
	}
	KTEST_EXPECT(woken == 0);
	give(1);
	wait_wake_one(&queue);
	KTEST_EXPECT(have_woken(1));
	give(2);
	wait_wake_one(&queue);
	wait_wake_one(&queue);
	KTEST_EXPECT(takers_join(t, 3) == 3);
	KTEST_EXPECT(tokens == 0 && list_is_empty(&queue.waiters));
}

KTEST(wait_wakes_all)
{
	struct thread *t[4];

	if (!takers_start(t, 4)) {
		return;
	}
	give(4);
	wait_wake_all(&queue);
	KTEST_EXPECT(have_woken(4));
	KTEST_EXPECT(takers_join(t, 4) == 4 && tokens == 0);
}

/* Woken for nothing, they go on waiting. */
KTEST(wait_spurious_wake)
{
	struct thread *t[2];

	if (!takers_start(t, 2)) {
		return;
	}
	for (unsigned i = 0; i < 5; i++) {
		wait_wake_all(&queue);
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(woken == 0);
	give(2);
	wait_wake_all(&queue);
	KTEST_EXPECT(have_woken(2));
	KTEST_EXPECT(takers_join(t, 2) == 2);
}

KTEST(wait_times_out)
{
	nsec_t start = clock_now();

	tokens = 0;
	KTEST_EXPECT(!wait_until(&queue, take(), start + 20 * NSEC_PER_MSEC));
	KTEST_EXPECT(clock_now() - start >= 20 * NSEC_PER_MSEC);
	KTEST_EXPECT(clock_now() - start < PATIENCE);
	KTEST_EXPECT(!wait_until(&queue, take(), 0)); /* does not sleep */
	KTEST_EXPECT(list_is_empty(&queue.waiters));
}

/* After a time-out a thread can be woken as before, and its old timer is gone. */
KTEST(wait_after_time_out)
{
	struct thread *t[1];

	KTEST_EXPECT(!wait_until(&queue, take(), clock_now() + 2 * NSEC_PER_MSEC));
	if (!takers_start(t, 1)) {
		return;
	}
	KTEST_EXPECT(!wait_until(&queue, false, clock_now() + 2 * NSEC_PER_MSEC));
	give(1);
	wait_wake_all(&queue);
	KTEST_EXPECT(takers_join(t, 1) == 1);
}

/* Between the two steps of falling asleep the thread runs as any other, and a wake-up counts. */
KTEST(wait_woken_before_blocking)
{
	wait_prepare(&queue);
	thread_yield();
	KTEST_EXPECT(!list_is_empty(&queue.waiters));
	wait_wake_one(&queue);
	KTEST_EXPECT(list_is_empty(&queue.waiters));
	KTEST_EXPECT(wait_block(&queue, WAIT_FOREVER));
	wait_prepare(&queue);
	wait_wake_all(&queue);
	KTEST_EXPECT(wait_block(&queue, 1)); /* woken, though too late */
	wait_prepare(&queue);
	wait_finish(&queue);
	KTEST_EXPECT(list_is_empty(&queue.waiters));
}

static void wake_from_interrupt(struct timer *timer)
{
	give(1);
	wait_wake_one(&queue);
}

KTEST(wait_woken_from_interrupt)
{
	struct timer timer;

	tokens = 0;
	timer_init(&timer, wake_from_interrupt);
	for (unsigned i = 0; i < 20; i++) {
		timer_set(&timer, clock_now() + NSEC_PER_MSEC / 4);
		KTEST_REQUIRE(wait_until(&queue, take(), soon()));
	}
	timer_cancel(&timer);
}

/* The interrupt that wakes falls anywhere: before, between and after the steps of falling asleep. */
KTEST(wait_no_wake_is_lost)
{
	struct timer timer;

	tokens = 0;
	timer_init(&timer, wake_from_interrupt);
	for (unsigned i = 0; i < 300; i++) {
		timer_set(&timer, clock_now() + (i % 100) * 500);
		KTEST_REQUIRE(wait_until(&queue, take(), soon()));
	}
	timer_cancel(&timer);
}

/* ---- ping-pong ---------------------------------------------------------------- */

#define ROUNDS 500

static struct wait_queue ping = WAIT_QUEUE_INIT(ping), pong = WAIT_QUEUE_INIT(pong);
static unsigned ball; /* odd: the other's */

static void player(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		wait_until(&pong, READ_ONCE(ball) % 2, WAIT_FOREVER);
		WRITE_ONCE(ball, ball + 1);
		wait_wake_one(&ping);
	}
}

KTEST(wait_ping_pong)
{
	struct thread *t;

	ball = 0;
	KTEST_REQUIRE(!thread_create(&t, "ktest", player, NULL));
	for (unsigned i = 0; i < ROUNDS; i++) {
		WRITE_ONCE(ball, ball + 1);
		wait_wake_one(&pong);
		KTEST_REQUIRE(wait_until(&ping, READ_ONCE(ball) % 2 == 0, soon()));
	}
	thread_join(t);
	KTEST_EXPECT(ball == 2 * ROUNDS);
}

/* ---- mutex -------------------------------------------------------------------- */

static struct mutex mutex = MUTEX_INIT(mutex, "ktest");
static unsigned long shared, inside;
static bool overlapped;

static void work(void *arg)
{
	for (unsigned i = 0; i < 100; i++) {
		unsigned long value;

		mutex_lock(&mutex);
		overlapped |= inside++ != 0;
		value = READ_ONCE(shared);
		if (i % 3 == 0) {
			thread_yield();
		} else if (i % 17 == 0) {
			thread_sleep(NSEC_PER_MSEC / 10);
		}
		WRITE_ONCE(shared, value + 1);
		inside--;
		mutex_unlock(&mutex);
	}
}

KTEST(mutex_excludes)
{
	struct thread *t[4];

	shared = inside = 0;
	overlapped = false;
	for (unsigned i = 0; i < 4; i++) {
		KTEST_REQUIRE(!thread_create(&t[i], "ktest", work, NULL));
	}
	for (unsigned i = 0; i < 4; i++) {
		thread_join(t[i]);
	}
	KTEST_EXPECT(shared == 400 && !overlapped && !mutex.holder);
}

static void try_it(void *arg)
{
	bool got = mutex_try_lock(&mutex);

	if (got) {
		mutex_unlock(&mutex);
	}
	thread_exit(got);
}

KTEST(mutex_try)
{
	struct thread *t;

	KTEST_EXPECT(mutex_try_lock(&mutex) && mutex.holder == thread_current());
	KTEST_REQUIRE(!thread_create(&t, "ktest", try_it, NULL));
	KTEST_EXPECT(thread_join(t) == 0);
	mutex_unlock(&mutex);
	KTEST_REQUIRE(!thread_create(&t, "ktest", try_it, NULL));
	KTEST_EXPECT(thread_join(t) == 1);
}
