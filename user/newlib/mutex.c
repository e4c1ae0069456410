/*
 * mutex.c - mutexes and condition variables on futexes (Drepper, "Futexes Are Tricky", 2011: the
 * mutex with three states; a condition is a sequence number of its signals).
 */
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

int __futex_wait(unsigned int *word, unsigned int value, int clock, const struct timespec *deadline)
{
	int saved = errno, result = 0;
	int op = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;

	if (clock == CLOCK_REALTIME) {
		op |= FUTEX_CLOCK_REALTIME;
	}
	if (syscall(SYS_futex, word, op, value, deadline, 0, FUTEX_BITSET_MATCH_ANY)) {
		result = errno;
	}
	errno = saved;
	return result;
}

void __futex_wake(unsigned int *word, unsigned int count)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count);
	errno = saved;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	*mutex = (pthread_mutex_t){ .type = attr ? attr->type : PTHREAD_MUTEX_DEFAULT };
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	return __atomic_load_n(&mutex->word, __ATOMIC_RELAXED) ? EBUSY : 0;
}

static bool mutex_take(pthread_mutex_t *mutex)
{
	unsigned int is_free = 0;

	return __atomic_compare_exchange_n(
		&mutex->word, &is_free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void mutex_owned(pthread_mutex_t *mutex)
{
	__atomic_store_n(&mutex->owner, thread_self(), __ATOMIC_RELAXED);
}

/* Held already by the caller: one deeper, or the error of its type; -1 if it is not. */
static int mutex_again(pthread_mutex_t *mutex)
{
	if (mutex->type == PTHREAD_MUTEX_NORMAL ||
		__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != thread_self()) {
		return -1;
	}
	if (mutex->type == PTHREAD_MUTEX_ERRORCHECK) {
		return EDEADLK;
	}
	mutex->depth++;
	return 0;
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline)
{
	int err = mutex_again(mutex);

	if (err >= 0) {
		return err;
	}
	err = 0;
	if (!mutex_take(mutex)) {
		while (__atomic_exchange_n(&mutex->word, 2, __ATOMIC_ACQUIRE)) {
			err = __futex_wait(&mutex->word, 2, CLOCK_REALTIME, deadline);
			if (err == ETIMEDOUT || err == EINVAL) {
				return err;
			}
		}
	}
	mutex_owned(mutex);
	return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	return pthread_mutex_timedlock(mutex, NULL);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	int err = mutex_again(mutex);

	if (err >= 0) {
		return err == EDEADLK ? EBUSY : err;
	}
	if (!mutex_take(mutex)) {
		return EBUSY;
	}
	mutex_owned(mutex);
	return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (mutex->type != PTHREAD_MUTEX_NORMAL) {
		if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != thread_self()) {
			return EPERM;
		}
		if (mutex->depth) {
			mutex->depth--;
			return 0;
		}
	}
	__atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(&mutex->word, 0, __ATOMIC_RELEASE) == 2) {
		__futex_wake(&mutex->word, 1);
	}
	return 0;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
	attr->type = PTHREAD_MUTEX_DEFAULT;
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
	if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK) {
		return EINVAL;
	}
	attr->type = type;
	return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attr, int *type)
{
	*type = attr->type;
	return 0;
}

int pthread_condattr_init(pthread_condattr_t *attr)
{
	attr->clock = CLOCK_REALTIME;
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr)
{
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
		return EINVAL;
	}
	attr->clock = clock;
	return 0;
}

int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	*cond = (pthread_cond_t){ .clock = attr ? attr->clock : CLOCK_REALTIME };
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
	return 0;
}

int pthread_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *deadline)
{
	unsigned int sequence = __atomic_load_n(&cond->sequence, __ATOMIC_RELAXED);
	int err;

	pthread_mutex_unlock(mutex);
	err = __futex_wait(&cond->sequence, sequence, cond->clock, deadline);
	pthread_mutex_lock(mutex);
	return err == ETIMEDOUT || err == EINVAL ? err : 0;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return pthread_cond_timedwait(cond, mutex, NULL);
}

int pthread_cond_signal(pthread_cond_t *cond)
{
	__atomic_fetch_add(&cond->sequence, 1, __ATOMIC_RELAXED);
	__futex_wake(&cond->sequence, 1);
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
	__atomic_fetch_add(&cond->sequence, 1, __ATOMIC_RELAXED);
	__futex_wake(&cond->sequence, INT_MAX);
	return 0;
}
