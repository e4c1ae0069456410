/* mutex.c - locks that sleep: a holder, and a queue of those who wait for there to be none. */
#include <kernel/panic.h>
#include <kernel/thread.h>

void mutex_init(struct mutex *m, const char *name)
{
	m->holder = NULL;
	m->name = name;
	wait_queue_init(&m->waiters);
}

static bool try_lock(struct mutex *m)
{
	struct thread *nobody = NULL;

	return __atomic_compare_exchange_n(
		&m->holder, &nobody, thread_current(), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

bool mutex_try_lock(struct mutex *m)
{
	return try_lock(m);
}

static void __noinline wait_and_lock(struct mutex *m)
{
	if (unlikely(READ_ONCE(m->holder) == thread_current())) {
		panic("mutex %s: thread %s takes it twice", m->name, thread_current()->name);
	}
	wait_until(&m->waiters, mutex_try_lock(m), WAIT_FOREVER);
}

static void __noinline __noreturn not_held(const struct mutex *m)
{
	panic("mutex %s: thread %s, which does not hold it, releases it", m->name,
		thread_current()->name);
}

void __leaf mutex_lock(struct mutex *m)
{
	if (unlikely(!try_lock(m))) {
		wait_and_lock(m);
	}
}

void __leaf mutex_unlock(struct mutex *m)
{
	if (unlikely(READ_ONCE(m->holder) != thread_current())) {
		not_held(m);
	}
	__atomic_store_n(&m->holder, NULL, __ATOMIC_RELEASE);
	wait_wake_one(&m->waiters);
}
