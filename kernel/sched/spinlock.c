/*
 * spinlock.c - locks for short sections: whoever comes first when it is free has it.
 *
 * There is no queue. A virtual CPU that waits may have been taken off its processor
 * by the hypervisor; were it next in line, all others would wait for it to be run again.
 * So whoever runs may take the lock, and a waiter that has spun for longer than a
 * section takes gives its processor away: perhaps the holder needs it. It sleeps until the lock
 * is released, and whoever releases it kicks one of those who sleep.
 *
 * A lock is one word, its holder, with SLEEPERS in it where somebody may sleep. Without that it
 * equals this CPU exactly if this CPU holds the lock, since no other CPU writes that; so both
 * mistakes are seen by whoever makes them, and so are sleepers, by the one comparison that the
 * path without waiting makes in any case. It knows nothing of all this.
 *
 * A waiter first says that it will sleep (cpu->sleeps_for, then SLEEPERS), turns some more,
 * and sleeps if SLEEPERS is still there.
 *
 * Invariants:
 *   K1  While a CPU sleeps for a lock that is held, SLEEPERS is in its word, or a CPU that is awake
 *       waits for the lock and will put it there: by taking it, or before it sleeps itself.
 *   K2  K1 has one gap: releasing reads the word and then stores, which is not one step, and what
 *       a waiter put there in between is lost. It would have to sleep before that store is
 *       seen; then it sleeps no longer than smp_kick_wait() lets it.
 *   K3  A CPU sleeps for one lock at a time. An interrupt that comes while it does, and waits for
 *       another lock, yields instead: it would take away the kick.
 */
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>

void spin_init(struct spinlock *lock, const char *name)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name);
}

#define TURNS_BEFORE_SLEEP 256u /* and as many again once it was said */

static bool take(struct spinlock *lock, uintptr_t sleepers)
{
	uintptr_t none = 0;

	return __atomic_compare_exchange_n(&lock->holder, &none, (uintptr_t)cpu_this() | sleepers,
		false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Of those who sleep for the lock, or are about to, the next in number after this CPU; NULL: none. */
static struct cpu *sleeper_of(const struct spinlock *lock)
{
	for (unsigned i = 1; i < CONFIG_NR_CPUS; i++) {
		struct cpu *cpu = READ_ONCE(cpus[(cpu_id() + i) % CONFIG_NR_CPUS]);

		if (cpu && __atomic_load_n(&cpu->sleeps_for, __ATOMIC_ACQUIRE) == lock) {
			return cpu;
		}
	}
	return NULL;
}

/* What was kicked before the word is looked at is of no interest any more. */
static void say_or_sleep(struct spinlock *lock, struct cpu *cpu)
{
	uintptr_t holder;

	smp_kick_forget();
	holder = __atomic_load_n(&lock->holder, __ATOMIC_SEQ_CST);
	if (cpu->sleeps_for && holder & SPINLOCK_SLEEPERS) {
		smp_kick_wait();
		cpu->sleeps_for = NULL; /* awake: the next kick is for another */
	} else if (holder) {
		__atomic_store_n(&cpu->sleeps_for, lock, __ATOMIC_RELEASE);
		(void)__atomic_compare_exchange_n(&lock->holder, &holder,
			holder | SPINLOCK_SLEEPERS, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	}
}

/* Waiting reads, and so keeps the line shared, until there is something to be had. */
static void __noinline wait_and_take(struct spinlock *lock)
{
	struct cpu *cpu = cpu_this();
	bool may_sleep = !cpu->sleeps_for; /* K3 */

	if (spin_is_held(lock)) {
		panic("spinlock %s: taken twice by cpu %u", lock->name, cpu_id());
	}
	for (unsigned turns = 1;
		READ_ONCE(lock->holder) || !take(lock, sleeper_of(lock) ? SPINLOCK_SLEEPERS : 0);
		turns++) {
		if (!may_sleep) {
			smp_wait(turns);
		} else if (turns % TURNS_BEFORE_SLEEP) {
			smp_poll();
			cpu_relax();
		} else {
			say_or_sleep(lock, cpu);
		}
	}
	if (may_sleep) {
		cpu->sleeps_for = NULL;
	}
}

/* The word is not this CPU: it has SLEEPERS besides, or the lock is another's. */
static void __noinline release_and_kick(struct spinlock *lock)
{
	struct cpu *sleeper;

	if (!spin_is_held(lock)) {
		panic("spinlock %s: released by cpu %u, which does not hold it", lock->name,
			cpu_id());
	}
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
	sleeper = sleeper_of(lock);
	if (sleeper) {
		smp_kick(sleeper);
	}
}

/* Holding it, with nobody asleep: all there is to do is one store. */
static bool release(struct spinlock *lock)
{
	if (unlikely(READ_ONCE(lock->holder) != (uintptr_t)cpu_this())) {
		return false;
	}
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
	return true;
}

void __leaf spin_lock(struct spinlock *lock)
{
	preempt_disable();
	if (unlikely(!take(lock, 0))) {
		wait_and_take(lock);
	}
}

void __leaf spin_unlock(struct spinlock *lock)
{
	if (!release(lock)) {
		release_and_kick(lock);
	}
	preempt_enable();
}

irq_state_t __leaf spin_lock_irqsave(struct spinlock *lock)
{
	irq_state_t state = irq_save();

	preempt_disable();
	if (unlikely(!take(lock, 0))) {
		wait_and_take(lock);
	}
	return state;
}

static void __noinline unlock_and_kick(struct spinlock *lock, irq_state_t state)
{
	release_and_kick(lock);
	irq_restore(state);
	preempt_enable();
}

/* Interrupts come before preemption does: what they wake is part of the decision. */
void __leaf spin_unlock_irqrestore(struct spinlock *lock, irq_state_t state)
{
	if (!release(lock)) {
		unlock_and_kick(lock, state); /* by itself, that nothing need be kept here */
		return;
	}
	irq_restore(state);
	preempt_enable();
}
