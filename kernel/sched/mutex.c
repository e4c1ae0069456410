/* mutex.c - locks that sleep: a holder, and a queue of those who wait for there to be none. */
#include <kernel/panic.h>
#include <kernel/thread.h>

void mutex_init(struct mutex *m, const char *name)
{
	m->holder = NULL;
	m->name = name;
	wait_queue_init(&m->waiters);
}

bool mutex_try_lock(struct mutex *m)
{
	struct thread *nobody = NULL;

	return __atomic_compare_exchange_n(
		&m->holder, &nobody, thread_current(), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void mutex_lock(struct mutex *m)
{
	if (unlikely(READ_ONCE(m->holder) == thread_current())) {
		panic("mutex %s: thread %s takes it twice, now by %pS", m->name,
			thread_current()->name, __builtin_return_address(0));
	}
	wait_until(&m->waiters, mutex_try_lock(m), WAIT_FOREVER);
}

void mutex_unlock(struct mutex *m)
{
	if (unlikely(READ_ONCE(m->holder) != thread_current())) {
		panic("mutex %s: thread %s, which does not hold it, releases it by %pS", m->name,
			thread_current()->name, __builtin_return_address(0));
	}
	__atomic_store_n(&m->holder, NULL, __ATOMIC_RELEASE);
	wait_wake_one(&m->waiters);
}
