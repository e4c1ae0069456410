/*
 * lock.c - waiting for a spinlock whose holder Xen has taken off its processor.
 *
 * The holder, on the last CPU, sleeps at Xen with the lock held. The one that waits for it may not
 * keep a processor busy for that time, which the holder perhaps needs: it is blocked as well, as
 * Xen sees it (one that yields is runnable), and then woken by the release.
 */
#include <arch/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/hypercall.h>
#include <kernel/ktest.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>
#include <xen/vcpu.h>

#define AWAY	   (10 * NSEC_PER_MSEC)
#define PATIENCE   (NSEC_PER_SEC / 2)
#define ROUNDS	   10u
#define ROUNDS_MAX 200u /* until it was kicked once */

static struct spinlock lock = SPINLOCK_INIT("ktest-lock");
static bool is_held, is_wanted;
static uint64_t kicks;
static unsigned waiter;
static nsec_t blocked_before; /* of the waiter */

static uint64_t sends_here(void)
{
	return hypercall_counts[cpu_id()].calls[__HYPERVISOR_event_channel_op];
}

static void stay_away(nsec_t span)
{
	nsec_t end = clock_now() + span;
	evtchn_port_t none = 0;

	while (clock_now() < end) {
		evtchn_poll_any(&none, 0, end);
	}
}

static nsec_t blocked(unsigned cpu)
{
	struct vcpu_runstate_info info;

	KTEST_EXPECT(!xen_vcpu_op(VCPUOP_get_runstate_info, cpu, &info));
	return info.time[RUNSTATE_blocked];
}

static void hold_and_go_away(void *arg)
{
	irq_state_t irq = spin_lock_irqsave(&lock);
	nsec_t end = clock_now() + PATIENCE;
	uint64_t before;

	__atomic_store_n(&is_held, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&is_wanted, __ATOMIC_ACQUIRE)) {
		stay_away(NSEC_PER_MSEC / 10);
	}
	do { /* where turning is slow, it takes a while to sleep */
		stay_away(AWAY);
	} while (blocked(waiter) < blocked_before + NSEC_PER_MSEC && clock_now() < end);
	before = sends_here();
	spin_unlock(&lock);
	kicks += sends_here() - before;
	irq_restore(irq);
}

/* How long this CPU was blocked. Preemption off. */
static nsec_t take(bool is_masked)
{
	nsec_t after;
	irq_state_t irq;

	waiter = cpu_id();
	blocked_before = blocked(waiter);
	__atomic_store_n(&is_wanted, true, __ATOMIC_RELEASE);
	if (is_masked) {
		irq = spin_lock_irqsave(&lock);
		after = blocked(waiter);
		spin_unlock_irqrestore(&lock, irq);
	} else {
		spin_lock(&lock);
		after = blocked(waiter);
		spin_unlock(&lock);
	}
	return after - blocked_before;
}

static void wait_once(bool is_masked, nsec_t *sum)
{
	struct thread *holder;

	is_held = is_wanted = false;
	preempt_disable(); /* it does not begin here */
	KTEST_REQUIRE(!thread_create(&holder, "ktest-lock", hold_and_go_away, NULL));
	KTEST_REQUIRE(!thread_affinity_set(holder, cpu_bit(cpu_count - 1)));
	preempt_enable();
	while (!__atomic_load_n(&is_held, __ATOMIC_ACQUIRE)) {
		thread_sleep(NSEC_PER_MSEC / 10);
	}
	preempt_disable();
	*sum += take(is_masked);
	preempt_enable();
	thread_join(holder);
}

/* Not each time: it may be about to sleep, or just awake, when the lock is released. */
KTEST(lock_waits_asleep_for_a_holder_that_is_away)
{
	nsec_t sums[2] = { 0 };
	unsigned round;

	KTEST_SKIP_IF(cpu_count == 1, "one CPU does not wait for another");
	kicks = 0;
	for (round = 0; round < ROUNDS || (!kicks && round < ROUNDS_MAX); round++) {
		wait_once(round % 2, &sums[round % 2]);
	}
	KTEST_EXPECT(sums[0] >= NSEC_PER_MSEC && sums[1] >= NSEC_PER_MSEC);
	KTEST_EXPECT(kicks >= 1 && kicks <= round);
}
