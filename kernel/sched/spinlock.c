/*
 * spinlock.c - locks for short sections: whoever comes first when it is free has it.
 *
 * There is no queue. A virtual CPU that waits may have been taken off its processor
 * by the hypervisor; were it next in line, all others would wait for it to be run again.
 * So whoever runs may take the lock, and a waiter that has spun for longer than a
 * section takes gives its processor away (smp_wait()): perhaps the holder needs it.
 * The path without waiting knows nothing of all that.
 *
 * `holder` is written by the holder only, after it got the lock and before it
 * gives it up. So it equals this CPU exactly if this CPU holds the lock, with
 * nothing to be read from others in a particular order.
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

/* Waiting reads, and so keeps the line shared, until there is something to be had. */
static bool try_take(struct spinlock *lock)
{
	return !__atomic_load_n(&lock->is_taken, __ATOMIC_RELAXED) &&
		!__atomic_exchange_n(&lock->is_taken, true, __ATOMIC_ACQUIRE);
}

void spin_lock(struct spinlock *lock)
{
	preempt_disable();
	if (unlikely(spin_is_held(lock))) {
		panic("spinlock %s: taken twice by cpu %u, now by %pS", lock->name, cpu_id(),
			__builtin_return_address(0));
	}
	for (unsigned turns = 0; !try_take(lock); turns++) {
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
	__atomic_store_n(&lock->is_taken, false, __ATOMIC_RELEASE);
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
