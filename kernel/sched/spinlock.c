/*
 * spinlock.c - ticket locks: first come, first served, no CPU can starve another.
 *
 * `holder` is written by the holder only, after it got the lock and before it
 * gives it up. So it equals this CPU exactly if this CPU holds the lock, with
 * nothing to be read from others in a particular order.
 *
 * A virtual CPU that waits may be waiting for one that the hypervisor has
 * taken off its processor, holder or next in line. Spinning for longer than a
 * critical section takes is then worth nothing: it gives the processor away
 * (smp_wait()). The path without waiting knows nothing of all that.
 */
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>

void spin_init(struct spinlock *lock, const char *name)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name);
}

bool spin_is_held(const struct spinlock *lock)
{
	return READ_ONCE(lock->holder) == cpu_this();
}

void spin_lock(struct spinlock *lock)
{
	uint32_t ticket;

	preempt_disable();
	if (unlikely(spin_is_held(lock))) {
		panic("spinlock %s: taken twice by cpu %u, now by %pS", lock->name, cpu_id(),
			__builtin_return_address(0));
	}
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	for (unsigned turns = 0; __atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket;
		turns++) {
		smp_wait(turns);
	}
	WRITE_ONCE(lock->holder, cpu_this());
}

static void release(struct spinlock *lock, const void *who)
{
	if (unlikely(!spin_is_held(lock))) {
		panic("spinlock %s: released by cpu %u, which does not hold it, by %pS", lock->name,
			cpu_id(), who);
	}
	WRITE_ONCE(lock->holder, NULL);
	__atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

void spin_unlock(struct spinlock *lock)
{
	release(lock, __builtin_return_address(0));
	preempt_enable();
}

irq_state_t spin_lock_irqsave(struct spinlock *lock)
{
	irq_state_t state = irq_save();

	if (unlikely(spin_is_held(lock))) {
		panic("spinlock %s: taken twice by cpu %u, now by %pS", lock->name, cpu_id(),
			__builtin_return_address(0));
	}
	spin_lock(lock);
	return state;
}

/* Interrupts come before preemption does: what they wake is part of the decision. */
void spin_unlock_irqrestore(struct spinlock *lock, irq_state_t state)
{
	release(lock, __builtin_return_address(0));
	irq_restore(state);
	preempt_enable();
}
