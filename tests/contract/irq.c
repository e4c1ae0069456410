/* irq.c - masking interrupts, with the timer as the interrupt. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/interrupt.h>
#include <kernel/spinlock.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/timer.h>

#define SOON	 NSEC_PER_MSEC
#define PATIENCE (60 * NSEC_PER_SEC) /* the machine may stand still for seconds */

static unsigned fired;
static bool fired_with_interrupts_on;

static void fire(struct timer *timer)
{
	fired++;
	fired_with_interrupts_on |= irq_is_enabled();
}

static void spin_until(nsec_t when)
{
	while (clock_now() < when) {
		cpu_relax();
	}
}

static bool has_fired_within(nsec_t span)
{
	nsec_t end = clock_now() + span;

	while (!READ_ONCE(fired) && clock_now() < end) {
		cpu_relax();
	}
	return READ_ONCE(fired);
}

KTEST(irq_save_nests)
{
	irq_state_t outer, inner;

	KTEST_REQUIRE(irq_is_enabled());
	outer = irq_save();
	KTEST_EXPECT(!irq_is_enabled());
	inner = irq_save();
	KTEST_EXPECT(!irq_is_enabled());
	irq_restore(inner);
	KTEST_EXPECT(!irq_is_enabled());
	irq_restore(outer);
	KTEST_EXPECT(irq_is_enabled());
	irq_disable();
	KTEST_EXPECT(!irq_is_enabled());
	irq_enable();
	KTEST_EXPECT(irq_is_enabled());
}

/* Invariant C1 of arch/cpu.h. */
KTEST(irq_masked_is_not_lost)
{
	struct timer timer;
	irq_state_t irq;

	fired = 0;
	fired_with_interrupts_on = false;
	timer_init(&timer, fire);
	irq = irq_save();
	timer_set(&timer, clock_now() + SOON);
	spin_until(clock_now() + 20 * SOON);
	KTEST_EXPECT(!READ_ONCE(fired));
	irq_restore(irq);
	KTEST_EXPECT(has_fired_within(PATIENCE));
	KTEST_EXPECT(fired == 1 && !fired_with_interrupts_on);
	timer_cancel(&timer);
}

/* The same through irq_disable() and irq_enable(), again and again. */
KTEST(irq_unmasking_delivers)
{
	struct timer timer;

	timer_init(&timer, fire);
	for (unsigned i = 0; i < 20; i++) {
		fired = 0;
		irq_disable();
		timer_set(&timer, clock_now() + SOON / 10);
		spin_until(clock_now() + SOON);
		KTEST_EXPECT(!READ_ONCE(fired));
		irq_enable();
		KTEST_REQUIRE(has_fired_within(PATIENCE));
		KTEST_EXPECT(fired == 1);
	}
}

KTEST(spinlock_masks_and_nests)
{
	static struct spinlock a = SPINLOCK_INIT("ktest a"), b = SPINLOCK_INIT("ktest b");
	unsigned depth = cpu_this()->preempt_off;
	irq_state_t irq = spin_lock_irqsave(&a);

	KTEST_EXPECT(!irq_is_enabled() && spin_is_held(&a) && !spin_is_held(&b));
	spin_lock(&b);
	KTEST_EXPECT(spin_is_held(&b) && cpu_this()->preempt_off == depth + 2);
	spin_unlock(&b);
	KTEST_EXPECT(!irq_is_enabled() && !spin_is_held(&b));
	spin_unlock_irqrestore(&a, irq);
	KTEST_EXPECT(irq_is_enabled() && !spin_is_held(&a) && cpu_this()->preempt_off == depth);
}

static void timers_count(const struct interrupt_source *source, void *arg)
{
	if (!strcmp(source->name, "timer")) {
		*(uint64_t *)arg += source->counts[cpu_id()];
	}
}

static uint64_t timer_interrupts(void)
{
	uint64_t sum = 0;

	interrupt_source_for_each(timers_count, &sum);
	return sum;
}

KTEST(irq_sources_count)
{
	struct timer timer;
	uint64_t before;

	preempt_disable();
	before = timer_interrupts();
	timer_init(&timer, fire);
	fired = 0;
	timer_set(&timer, clock_now() + SOON);
	KTEST_EXPECT(has_fired_within(PATIENCE));
	KTEST_EXPECT(timer_interrupts() > before);
	timer_cancel_wait(&timer);
	preempt_enable();
}
