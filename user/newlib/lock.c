/*
 * lock.c - the locks that newlib takes (--enable-newlib-retargetable-locking): around malloc(),
 * the list of streams, each stream, the environment and so on. All are recursive mutexes.
 */
#include "thread.h"

#include <stdlib.h>
#include <sys/lock.h>

struct __lock {
	pthread_mutex_t mutex;
};

#define LOCKS(LOCK)                                                                                \
	LOCK(__lock___atexit_recursive_mutex)                                                      \
	LOCK(__lock___at_quick_exit_mutex)                                                         \
	LOCK(__lock___sfp_recursive_mutex)                                                         \
	LOCK(__lock___sinit_recursive_mutex)                                                       \
	LOCK(__lock___env_recursive_mutex)                                                         \
	LOCK(__lock___tz_mutex)                                                                    \
	LOCK(__lock___dd_hash_mutex)                                                               \
	LOCK(__lock___arc4random_mutex)                                                            \
	LOCK(__lock___malloc_recursive_mutex)

#define DEFINE(name) struct __lock name = { PTHREAD_RECURSIVE_MUTEX_INITIALIZER };
LOCKS(DEFINE)

#define ADDRESS(name) &name,
static struct __lock *const all[] = { LOCKS(ADDRESS) };
#define LOCK_COUNT (sizeof(all) / sizeof(all[0]))

void __locks_hold(void)
{
	for (size_t i = 0; i < LOCK_COUNT; i++) {
		pthread_mutex_lock(&all[i]->mutex);
	}
}

void __locks_let_go(void)
{
	for (size_t i = LOCK_COUNT; i > 0; i--) {
		pthread_mutex_unlock(&all[i - 1]->mutex);
	}
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	*lock = malloc(sizeof(**lock));
	if (!*lock) {
		abort();
	}
	(*lock)->mutex = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER;
}

void __retarget_lock_init(_LOCK_T *lock)
{
	__retarget_lock_init_recursive(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	free(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
	__retarget_lock_close_recursive(lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	pthread_mutex_lock(&lock->mutex);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
	pthread_mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	return !pthread_mutex_trylock(&lock->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
	return !pthread_mutex_trylock(&lock->mutex);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
	pthread_mutex_unlock(&lock->mutex);
}
