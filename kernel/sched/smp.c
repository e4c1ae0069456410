/*
 * smp.c - calls to other CPUs, and stopping them.
 *
 * Each CPU has one place for the call it makes; it waits, so it needs no more.
 * The bit of the caller in calls_from tells a CPU whose place to look at.
 *
 * Invariants:
 *   C1  calls[c] is written by CPU c only while `waiting` is 0.
 *   C2  A CPU that waits for another carries out what others call for: calls
 *       between CPUs, and waits for spinlocks, cannot block each other.
 *   C3  Called functions take no lock and make no call, so they may run anywhere
 *       that C2 lets them.
 */
#include <arch/clock.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include "sched.h"

#define SPINS_BEFORE_YIELD 512u
#define STOP_PATIENCE	   (100 * NSEC_PER_MSEC)
#define STOP_TURNS	   10000000u /* where the clock stands still */

struct call {
	void (*fn)(void *arg);
	void *arg;
	unsigned waiting; /* atomic: CPUs that are not through */
};

static struct call calls[CONFIG_NR_CPUS];
static struct cpu *stopper;	      /* who ends the machine: all others stop */
static uint64_t running = 1, stopped; /* atomic */

uint64_t smp_running(void)
{
	return __atomic_load_n(&running, __ATOMIC_ACQUIRE);
}

void smp_running_add(unsigned cpu)
{
	__atomic_or_fetch(&running, cpu_bit(cpu), __ATOMIC_SEQ_CST);
}

static void __noinline calls_run(struct cpu *cpu)
{
	uint64_t from = __atomic_exchange_n(&cpu->calls_from, 0, __ATOMIC_SEQ_CST);

	if (unlikely(__atomic_load_n(&stopper, __ATOMIC_RELAXED))) {
		__atomic_or_fetch(&stopped, cpu_bit(cpu->id), __ATOMIC_SEQ_CST);
		smp_halt();
	}
	for (; from; from &= from - 1) {
		struct call *call = &calls[__builtin_ctzll(from)];

		call->fn(call->arg);
		__atomic_sub_fetch(&call->waiting, 1, __ATOMIC_RELEASE);
	}
}

void smp_poll(void)
{
	irq_state_t irq;

	if (unlikely(READ_ONCE(
		    cpu_this()->calls_from))) { /* another CPU's, if moved: nothing is missed */
		irq = irq_save();
		calls_run(cpu_this());
		irq_restore(irq);
	}
}

void smp_wait(unsigned turns)
{
	smp_poll();
	if (turns % SPINS_BEFORE_YIELD == SPINS_BEFORE_YIELD - 1) {
		smp_yield();
	} else {
		cpu_relax();
	}
}

static unsigned count_of(uint64_t set)
{
	unsigned count = 0;

	for (; set; set &= set - 1) {
		count++;
	}
	return count;
}

static void call_send(uint64_t set)
{
	uint64_t me = cpu_bit(cpu_id());

	for (; set; set &= set - 1) {
		struct cpu *cpu = cpus[__builtin_ctzll(set)];

		__atomic_or_fetch(&cpu->calls_from, me, __ATOMIC_SEQ_CST);
		smp_interrupt(cpu);
	}
}

void smp_call(uint64_t set, void (*fn)(void *arg), void *arg)
{
	irq_state_t irq = irq_save();
	struct call *call = &calls[cpu_id()];

	set &= smp_running() & ~cpu_bit(cpu_id());
	assert_that(!call->waiting, "C3");
	*call = (struct call){ fn, arg, count_of(set) };
	call_send(set);
	for (unsigned turns = 0; __atomic_load_n(&call->waiting, __ATOMIC_ACQUIRE); turns++) {
		smp_wait(turns);
	}
	irq_restore(irq);
}

/* One stops all; a second who wants to is one of those that stop. */
static void stopper_be(void)
{
	struct cpu *other = NULL;

	if (!__atomic_compare_exchange_n(
		    &stopper, &other, cpu_this(), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
		other != cpu_this()) {
		__atomic_or_fetch(&stopped, cpu_bit(cpu_id()), __ATOMIC_SEQ_CST);
		smp_halt();
	}
}

void smp_stop_others(void)
{
	uint64_t others = smp_running() & ~cpu_bit(cpu_id());
	nsec_t end;

	if (!others) {
		return; /* so early, perhaps, that there is no clock */
	}
	stopper_be();
	end = clock_now() + STOP_PATIENCE;
	call_send(others & ~__atomic_load_n(&stopped, __ATOMIC_ACQUIRE));
	for (unsigned turns = 0; turns < STOP_TURNS && clock_now() < end; turns++) {
		if (!(others & ~__atomic_load_n(&stopped, __ATOMIC_ACQUIRE))) {
			return;
		}
		smp_yield();
	}
}
