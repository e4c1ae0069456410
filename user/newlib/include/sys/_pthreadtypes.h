/*
 * sys/_pthreadtypes.h - the types of <pthread.h> for the threads of user/newlib/pthread_*.c.
 * Each word that is slept on is a futex.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/sched.h>

typedef struct thread *pthread_t;

#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1

typedef struct {
	void *stack; /* the caller's, or NULL */
	size_t size; /* 0: the default */
	int detachstate;
} pthread_attr_t;

#define PTHREAD_STACK_MIN 16384

#define PTHREAD_MUTEX_NORMAL	 0
#define PTHREAD_MUTEX_RECURSIVE	 1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT	 PTHREAD_MUTEX_NORMAL

typedef struct {
	int type;
} pthread_mutexattr_t;

typedef struct {
	unsigned int word; /* 0: free, 1: held, 2: held and waited for */
	int type;
	pthread_t owner;
	unsigned int depth; /* times more that its owner has it */
} pthread_mutex_t;

#define _PTHREAD_MUTEX_INITIALIZER                                                                 \
	{                                                                                          \
		0, PTHREAD_MUTEX_NORMAL, 0, 0                                                      \
	}
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER                                                        \
	{                                                                                          \
		0, PTHREAD_MUTEX_RECURSIVE, 0, 0                                                   \
	}

typedef struct {
	int clock;
} pthread_condattr_t;

typedef struct {
	unsigned int sequence; /* of signals */
	int clock;	       /* CLOCK_* that timeouts are of */
} pthread_cond_t;

#define _PTHREAD_COND_INITIALIZER                                                                  \
	{                                                                                          \
		0, 0                                                                               \
	}

typedef unsigned int pthread_key_t;

typedef struct {
	unsigned int state; /* 0: not begun, 1: running, 2: running and waited for, 3: done */
} pthread_once_t;

#define _PTHREAD_ONCE_INIT                                                                         \
	{                                                                                          \
		0                                                                                  \
	}

typedef struct {
	int unused;
} pthread_barrierattr_t;

typedef struct {
	pthread_mutex_t lock;
	pthread_cond_t all_came;
	unsigned int needed, came, round;
} pthread_barrier_t;

typedef struct {
	int unused;
} pthread_rwlockattr_t;

typedef struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int readers;
	unsigned int writers_waiting;
	int is_written;
} pthread_rwlock_t;

#define _PTHREAD_RWLOCK_INITIALIZER                                                                \
	{                                                                                          \
		_PTHREAD_MUTEX_INITIALIZER, _PTHREAD_COND_INITIALIZER, 0, 0, 0                     \
	}

#endif
