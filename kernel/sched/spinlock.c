/*
 * spinlock.c - locks for short sections: whoever comes first when it is free has it.
 *
 * There is no queue. A virtual CPU that waits may have been taken off its processor
 * by the hypervisor; were it next in line, all others would wait for it to be run again.
 * So whoever runs may take the lock, and a waiter that has spun for longer than a
 * section takes gives its processor away (smp_wait()): perhaps the holder needs it.
 * The path without waiting knows nothing of all that, and is in the header.
 *
 * A lock is one word, its holder. It equals this CPU exactly if this CPU holds the lock, since
 * no other CPU writes that; so both mistakes are seen by whoever makes them.
 */
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>

void spin_init(struct spinlock *lock, const char *name)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name);
}

static bool take(struct spinlock *lock)
{
	uintptr_t none = 0;

	return __atomic_compare_exchange_n(&lock->holder, &none, (uintptr_t)cpu_this(), false,
		__ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Waiting reads, and so keeps the line shared, until there is something to be had. */
static void __noinline wait_and_take(struct spinlock *lock)
{
	if (spin_is_held(lock)) {
		panic("spinlock %s: taken twice by cpu %u", lock->name, cpu_id());
	}
	for (unsigned turns = 0; READ_ONCE(lock->holder) || !take(lock); turns++) {
		smp_wait(turns);
	}
}

static void __noinline __noreturn not_held(const struct spinlock *lock)
{
	panic("spinlock %s: released by cpu %u, which does not hold it", lock->name, cpu_id());
}

static void release(struct spinlock *lock)
{
	if (unlikely(!spin_is_held(lock))) {
		not_held(lock);
	}
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

void __leaf spin_lock(struct spinlock *lock)
{
	preempt_disable();
	if (unlikely(!take(lock))) {
		wait_and_take(lock);
	}
}

void __leaf spin_unlock(struct spinlock *lock)
{
	release(lock);
	preempt_enable();
}

irq_state_t __leaf spin_lock_irqsave(struct spinlock *lock)
{
	irq_state_t state = irq_save();

	preempt_disable();
	if (unlikely(!take(lock))) {
		wait_and_take(lock);
	}
	return state;
}

/* Interrupts come before preemption does: what they wake is part of the decision. */
void __leaf spin_unlock_irqrestore(struct spinlock *lock, irq_state_t state)
{
	release(lock);
	irq_restore(state);
	preempt_enable();
}
