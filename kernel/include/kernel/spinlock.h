/*
 * spinlock.h - the kernel's only busy-waiting lock.
 *
 * Holding one disables preemption. A lock that an interrupt handler takes must
 * be taken with the irqsave form everywhere. The holder is recorded, so taking
 * a lock twice, or releasing one that is not held, panics and names it.
 *
 * The kernel's lock order is one list, in docs/locking.md; a lock may be taken
 * only while those held stand before it there.
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <kernel/cpu.h>
#include <arch/cpu.h>

struct spinlock {
	uintptr_t holder; /* atomic: the CPU's struct cpu, perhaps with SLEEPERS; 0: free */
	const char *name;
};

#define SPINLOCK_SLEEPERS ((uintptr_t)1) /* whoever releases it has to wake somebody (spinlock.c) */

#define SPINLOCK_INIT(lock_name)                                                                   \
	{                                                                                          \
		.name = (lock_name)                                                                \
	}

void spin_init(struct spinlock *lock, const char *name);
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* Mask interrupts, then lock; the result goes to spin_unlock_irqrestore(). */
irq_state_t spin_lock_irqsave(struct spinlock *lock) __must_check;
void spin_unlock_irqrestore(struct spinlock *lock, irq_state_t state);

static inline bool spin_is_held(const struct spinlock *lock) /* by this CPU */
{
	return (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) & ~SPINLOCK_SLEEPERS) ==
		(uintptr_t)cpu_this();
}

#endif
