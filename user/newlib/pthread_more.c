/* pthread_more.c - thread-specific data, once, clean-up handlers, barriers, reader-writer locks. */
#include "thread.h"

#include <errno.h>
#include <limits.h>

#define DESTRUCTOR_ROUNDS 4 /* PTHREAD_DESTRUCTOR_ITERATIONS */

static pthread_mutex_t keys_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool is_used;
	void (*destructor)(void *);
} keys[KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	int err = EAGAIN;

	pthread_mutex_lock(&keys_lock);
	for (unsigned int i = 0; i < KEYS_MAX; i++) {
		if (!keys[i].is_used) {
			keys[i].is_used = true;
			keys[i].destructor = destructor;
			*key = i;
			err = 0;
			break;
		}
	}
	pthread_mutex_unlock(&keys_lock);
	return err;
}

/* The values that threads still have are theirs to free first: POSIX calls no destructor here. */
int pthread_key_delete(pthread_key_t key)
{
	if (key >= KEYS_MAX || !keys[key].is_used) {
		return EINVAL;
	}
	keys[key].is_used = false;
	return 0;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	if (key >= KEYS_MAX || !keys[key].is_used) {
		return EINVAL;
	}
	thread_self()->specific[key] = value;
	return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
	return key < KEYS_MAX && keys[key].is_used ? (void *)thread_self()->specific[key] : NULL;
}

void __specific_end(struct thread *self)
{
	bool is_again = true;

	for (int round = 0; round < DESTRUCTOR_ROUNDS && is_again; round++) {
		is_again = false;
		for (unsigned int i = 0; i < KEYS_MAX; i++) {
			void *value = (void *)self->specific[i];

			self->specific[i] = NULL;
			if (value && keys[i].is_used && keys[i].destructor) {
				is_again = true;
				keys[i].destructor(value);
			}
		}
	}
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
	unsigned int state = 0;

	if (__atomic_compare_exchange_n(
		    &once->state, &state, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		routine();
		if (__atomic_exchange_n(&once->state, 3, __ATOMIC_RELEASE) == 2) {
			__futex_wake(&once->state, INT_MAX);
		}
		return 0;
	}
	while (state != 3) {
		if (state == 2 ||
			__atomic_compare_exchange_n(&once->state, &state, 2, false,
				__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
			__futex_wait(&once->state, 2, CLOCK_MONOTONIC, NULL);
			state = __atomic_load_n(&once->state, __ATOMIC_ACQUIRE);
		}
	}
	return 0;
}

void _pthread_cleanup_push(
	struct _pthread_cleanup_context *context, void (*routine)(void *), void *argument)
{
	struct thread *self = thread_self();

	context->_routine = routine;
	context->_arg = argument;
	context->_previous = self->cleanup;
	self->cleanup = context;
}

void _pthread_cleanup_pop(struct _pthread_cleanup_context *context, int is_executed)
{
	thread_self()->cleanup = context->_previous;
	if (is_executed) {
		context->_routine(context->_arg);
	}
}

int pthread_barrier_init(
	pthread_barrier_t *barrier, const pthread_barrierattr_t *attr, unsigned int count)
{
	if (count == 0) {
		return EINVAL;
	}
	*barrier = (pthread_barrier_t){ .needed = count };
	return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	return 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	unsigned int round;
	int result = 0;

	pthread_mutex_lock(&barrier->lock);
	round = barrier->round;
	if (++barrier->came == barrier->needed) {
		barrier->came = 0;
		barrier->round++;
		pthread_cond_broadcast(&barrier->all_came);
		result = PTHREAD_BARRIER_SERIAL_THREAD;
	}
	while (round == barrier->round) {
		pthread_cond_wait(&barrier->all_came, &barrier->lock);
	}
	pthread_mutex_unlock(&barrier->lock);
	return result;
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr)
{
	*lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	return 0;
}

/* A writer that waits goes before new readers. */
int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	pthread_mutex_lock(&lock->lock);
	while (lock->is_written || lock->writers_waiting) {
		pthread_cond_wait(&lock->changed, &lock->lock);
	}
	lock->readers++;
	pthread_mutex_unlock(&lock->lock);
	return 0;
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	pthread_mutex_lock(&lock->lock);
	lock->writers_waiting++;
	while (lock->is_written || lock->readers) {
		pthread_cond_wait(&lock->changed, &lock->lock);
	}
	lock->writers_waiting--;
	lock->is_written = 1;
	pthread_mutex_unlock(&lock->lock);
	return 0;
}

static int rwlock_try(pthread_rwlock_t *lock, bool is_writer)
{
	int err = EBUSY;

	pthread_mutex_lock(&lock->lock);
	if (!lock->is_written && (is_writer ? !lock->readers : !lock->writers_waiting)) {
		lock->is_written = is_writer;
		lock->readers += !is_writer;
		err = 0;
	}
	pthread_mutex_unlock(&lock->lock);
	return err;
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	return rwlock_try(lock, false);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	return rwlock_try(lock, true);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	pthread_mutex_lock(&lock->lock);
	if (lock->is_written) {
		lock->is_written = 0;
	} else {
		lock->readers--;
	}
	pthread_cond_broadcast(&lock->changed);
	pthread_mutex_unlock(&lock->lock);
	return 0;
}
