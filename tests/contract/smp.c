/*
 * smp.c - several CPUs and the scheduler: all of them run threads, hear calls, wait for locks, wake each other and
 * take part in the work. With one CPU the same tests run on that.
 */
#include "smp.h"

#include <arch/clock.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/smp.h>
#include <kernel/timer.h>

#define PATIENCE (60 * NSEC_PER_SEC)

static struct thread *threads[CONFIG_NR_CPUS * 2];

/* It yields, since a sleep so short may be over before it began, where setting a timer takes long. */
bool smp_wait_for(const unsigned *value, unsigned wanted)
{
	nsec_t end = clock_now() + PATIENCE;

	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) != wanted) {
		if (clock_now() > end) {
			return false;
		}
		thread_yield();
		thread_sleep(NSEC_PER_MSEC / 10);
	}
	return true;
}

void smp_set(unsigned *value, unsigned to)
{
	__atomic_store_n(value, to, __ATOMIC_RELEASE);
}

void smp_run_for(nsec_t span)
{
	nsec_t end = clock_now() + span;

	while (clock_now() < end) {
		cpu_relax();
	}
}

bool smp_start_on(struct thread **thread, unsigned cpu, void (*entry)(void *), void *arg)
{
	bool is_started;

	preempt_disable();
	is_started = !thread_create(thread, "ktest-smp", entry, arg) &&
		!thread_affinity_set(*thread, cpu_bit(cpu));
	preempt_enable();
	return is_started;
}

bool smp_start_everywhere(void (*entry)(void *), void *arg)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		if (!smp_start_on(&threads[i], i, entry, arg)) {
			return false;
		}
	}
	return true;
}

void smp_join_everywhere(void)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		thread_join(threads[i]);
	}
}

/* ---- running ------------------------------------------------------------------ */

static uint64_t ran_on;

static void run_here(void *arg)
{
	thread_sleep(NSEC_PER_MSEC); /* nor is it woken elsewhere */
	__atomic_or_fetch(&ran_on, cpu_bit(cpu_id()), __ATOMIC_RELAXED);
	thread_exit((int)cpu_id());
}

bool smp_all_sleep(void)
{
	ran_on = 0;
	if (!smp_start_everywhere(run_here, NULL)) {
		return false;
	}
	smp_join_everywhere();
	return ran_on == smp_running();
}

KTEST(smp_threads_stay_where_they_are_told)
{
	ran_on = 0;
	KTEST_REQUIRE(smp_start_everywhere(run_here, NULL));
	for (unsigned i = 0; i < cpu_count; i++) {
		KTEST_EXPECT(thread_join(threads[i]) == (int)i);
	}
	KTEST_EXPECT(ran_on == smp_running());
}

KTEST(smp_affinity_of_no_cpu)
{
	uint64_t before = thread_current()->allowed;

	KTEST_EXPECT(thread_affinity_set(thread_current(), 0) == -EINVAL);
	KTEST_EXPECT(thread_affinity_set(thread_current(), ~smp_running()) == -EINVAL);
	KTEST_EXPECT(thread_current()->allowed == before);
}

/* The caller itself goes round, and is where it should be as soon as the call returns. */
KTEST(smp_affinity_moves_the_caller)
{
	uint64_t before = thread_current()->allowed;

	for (unsigned round = 0; round < 20; round++) {
		for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
			KTEST_REQUIRE(!thread_affinity_set(thread_current(), cpu_bit(cpu)));
			KTEST_EXPECT(cpu_id() == cpu);
		}
	}
	KTEST_EXPECT(!thread_affinity_set(thread_current(), before));
}

static unsigned is_over, place;

static void tell_place(void *arg)
{
	while (!READ_ONCE(is_over)) {
		smp_set(&place, cpu_id());
		cpu_relax();
	}
}

/* One that runs all the time is taken off its CPU. */
KTEST(smp_affinity_moves_who_runs)
{
	unsigned last = cpu_count - 1;

	smp_set(&is_over, 0);
	KTEST_REQUIRE(smp_start_on(&threads[0], last, tell_place, NULL));
	KTEST_EXPECT(smp_wait_for(&place, last));
	KTEST_EXPECT(!thread_affinity_set(threads[0], cpu_bit(0)));
	KTEST_EXPECT(smp_wait_for(&place, 0));
	smp_set(&is_over, 1);
	thread_join(threads[0]);
}

static void work(void *arg)
{
	nsec_t end = clock_now() + PATIENCE;

	KTEST_EXPECT(!thread_affinity_set(thread_current(), CPUS_ALL));
	while (READ_ONCE(ran_on) != smp_running() && clock_now() < end) {
		smp_run_for(NSEC_PER_MSEC);
		__atomic_or_fetch(&ran_on, cpu_bit(cpu_id()), __ATOMIC_RELAXED);
	}
}

/* Twice as many as CPUs, all made ready on one: the others come and take them. */
KTEST(smp_work_spreads)
{
	ran_on = 0;
	for (unsigned i = 0; i < 2 * cpu_count; i++) {
		KTEST_REQUIRE(!thread_create(&threads[i], "ktest-smp", work, NULL));
	}
	for (unsigned i = 0; i < 2 * cpu_count; i++) {
		thread_join(threads[i]);
	}
	KTEST_EXPECT(ran_on == smp_running());
}

static void make_threads(void *arg)
{
	for (unsigned i = 0; i < 20; i++) {
		struct thread *child;

		KTEST_REQUIRE(!thread_create(&child, "ktest-smp", run_here, NULL));
		thread_join(child);
	}
}

KTEST(smp_threads_made_everywhere)
{
	KTEST_REQUIRE(smp_start_everywhere(make_threads, NULL));
	smp_join_everywhere();
}

/* ---- calls and locks ------------------------------------------------------------ */

static unsigned called[CONFIG_NR_CPUS];

static void count_call(void *arg)
{
	if (!irq_is_enabled()) {
		*(unsigned *)arg += 0; /* the argument is ours to read */
		called[cpu_id()]++;
	}
}

KTEST(smp_call_reaches_all_others)
{
	unsigned argument = 0;

	for (unsigned i = 0; i < cpu_count; i++) {
		called[i] = 0;
	}
	preempt_disable();
	for (unsigned round = 0; round < ROUNDS; round++) {
		smp_call(CPUS_ALL, count_call, &argument);
	}
	for (unsigned i = 0; i < cpu_count; i++) {
		KTEST_EXPECT(called[i] == (i == cpu_id() ? 0 : ROUNDS));
	}
	preempt_enable();
}

static void call_all(void *arg)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		preempt_disable();
		smp_call(CPUS_ALL, count_call, arg);
		preempt_enable();
	}
}

/* All at once, and so across each other. */
KTEST(smp_calls_cross)
{
	unsigned argument = 0;

	for (unsigned i = 0; i < cpu_count; i++) {
		called[i] = 0;
	}
	KTEST_REQUIRE(smp_start_everywhere(call_all, &argument));
	smp_join_everywhere();
	for (unsigned i = 0; i < cpu_count; i++) {
		KTEST_EXPECT(called[i] == ROUNDS * (cpu_count - 1));
	}
}

static struct spinlock lock = SPINLOCK_INIT("ktest-smp");
static unsigned arrived;
static bool is_ours;
static unsigned is_held;
static unsigned long total;

static void lock_masked(void *arg)
{
	irq_state_t irq;

	while (!__atomic_load_n(&is_ours, __ATOMIC_ACQUIRE)) {
		thread_yield();
	}
	__atomic_add_fetch(&arrived, 1, __ATOMIC_RELEASE);
	irq = spin_lock_irqsave(&lock);
	total++;
	spin_unlock_irqrestore(&lock, irq);
}

/* Who waits for our lock, interrupts masked, hears our call all the same. */
KTEST(smp_call_while_others_wait_for_our_lock)
{
	unsigned argument = 0, others = cpu_count - 1;

	arrived = 0;
	is_ours = false;
	total = 0;
	for (unsigned i = 1; i < cpu_count; i++) {
		KTEST_REQUIRE(smp_start_on(&threads[i], i, lock_masked, NULL));
	}
	spin_lock(&lock);
	__atomic_store_n(&is_ours, true, __ATOMIC_RELEASE);
	for (nsec_t end = clock_now() + PATIENCE;
		__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < others && clock_now() < end;) {
		cpu_relax();
	}
	smp_run_for(NSEC_PER_MSEC);
	smp_call(CPUS_ALL, count_call, &argument);
	KTEST_EXPECT(total == 0);
	spin_unlock(&lock);
	for (unsigned i = 1; i < cpu_count; i++) {
		thread_join(threads[i]);
	}
	KTEST_EXPECT(total == others);
}

static void lock_often(void *arg)
{
	for (unsigned i = 0; i < 20 * ROUNDS; i++) {
		unsigned long seen;

		spin_lock(&lock);
		seen = READ_ONCE(total);
		barrier();
		WRITE_ONCE(total, seen + 1);
		spin_unlock(&lock);
	}
}

KTEST(smp_spinlock_keeps_others_out)
{
	total = 0;
	KTEST_REQUIRE(smp_start_everywhere(lock_often, NULL));
	smp_join_everywhere();
	KTEST_EXPECT(total == 20ul * ROUNDS * cpu_count);
}

/* Longer than any waiter turns: they sleep, and are woken one after the other, masked or not. */
static void lock_long(void *arg)
{
	for (unsigned i = 0; i < 20; i++) {
		irq_state_t irq = irq_save();

		if (i % 2) {
			irq_restore(irq);
		}
		spin_lock(&lock);
		smp_run_for(NSEC_PER_MSEC / 4);
		total++;
		spin_unlock(&lock);
		if (!(i % 2)) {
			irq_restore(irq);
		}
	}
}

KTEST(smp_spinlock_held_for_long)
{
	total = 0;
	KTEST_REQUIRE(smp_start_everywhere(lock_long, NULL));
	smp_join_everywhere();
	KTEST_EXPECT(total == 20ul * cpu_count);
}

static struct spinlock inner_lock = SPINLOCK_INIT("ktest-smp-inner");
static unsigned inner_wanted, inner_taken;

static void fire_and_lock(struct timer *timer)
{
	irq_state_t irq;

	smp_set(&inner_wanted, 1);
	irq = spin_lock_irqsave(&inner_lock);
	smp_set(&inner_taken, 1);
	spin_unlock_irqrestore(&inner_lock, irq);
}

/* And then for longer than anybody turns. */
static void run_until(const unsigned *value)
{
	nsec_t end = clock_now() + PATIENCE;

	while (!__atomic_load_n(value, __ATOMIC_ACQUIRE) && clock_now() < end) {
		cpu_relax();
	}
	smp_run_for(2 * NSEC_PER_MSEC);
}

static void hold_both(void *arg)
{
	irq_state_t irq;

	preempt_disable();
	spin_lock(&lock);
	irq = spin_lock_irqsave(&inner_lock);
	smp_set(&is_held, 1);
	run_until(&inner_wanted);
	spin_unlock_irqrestore(&inner_lock, irq);
	run_until(&inner_taken);
	total = 1;
	spin_unlock(&lock);
	preempt_enable();
}

/* An interrupt that comes while its CPU waits for a lock waits for another. */
KTEST(smp_spinlock_wait_within_a_wait)
{
	struct timer timer;

	KTEST_SKIP_IF(cpu_count == 1, "one CPU does not wait for another");
	total = inner_wanted = inner_taken = is_held = 0;
	timer_init(&timer, fire_and_lock);
	KTEST_REQUIRE(smp_start_on(&threads[0], cpu_count - 1, hold_both, NULL));
	KTEST_EXPECT(smp_wait_for(&is_held, 1));
	preempt_disable();
	timer_set(&timer, clock_now() + 2 * NSEC_PER_MSEC);
	spin_lock(&lock);
	KTEST_EXPECT(total == 1 && inner_taken);
	spin_unlock(&lock);
	preempt_enable();
	timer_cancel_wait(&timer);
	thread_join(threads[0]);
}

/* ---- waking -------------------------------------------------------------------- */

static struct wait_queue turn_queue = WAIT_QUEUE_INIT(turn_queue);
static unsigned turn;

static void take_turns(void *arg)
{
	unsigned mine = cpu_id();

	for (unsigned round = 0; round < ROUNDS; round++) {
		wait_until(&turn_queue, READ_ONCE(turn) % cpu_count == mine, WAIT_FOREVER);
		WRITE_ONCE(turn, turn + 1);
		wait_wake_all(&turn_queue);
	}
}

/* Each wakes the next, on the next CPU, and no wake-up is lost. */
KTEST(smp_wakes_go_round)
{
	turn = 0;
	KTEST_REQUIRE(smp_start_everywhere(take_turns, NULL));
	smp_join_everywhere();
	KTEST_EXPECT(turn == ROUNDS * cpu_count);
}

/* ---- time ------------------------------------------------------------------------- */

KTEST(smp_times_of_cpus)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		struct sched_times before, after;
		nsec_t stolen = clock_stolen(i);

		sched_times_get(i, &before);
		thread_sleep(2 * NSEC_PER_MSEC);
		sched_times_get(i, &after);
		KTEST_EXPECT(after.idle + after.kernel + after.programs >=
			before.idle + before.kernel + before.programs + NSEC_PER_MSEC);
		KTEST_EXPECT(clock_stolen(i) >= stolen);
	}
}
