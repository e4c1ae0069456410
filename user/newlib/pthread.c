/*
 * pthread.c - threads: one clone() each, in a mapping that holds a guard page, the stack, the
 * thread-local variables and the descriptor.
 *
 * Who frees the mapping is settled by one exchange of `state`: a thread that ends and was detached
 * unmaps itself; otherwise whoever joins it (or detaches it too late) does, once the kernel has
 * cleared `tid` and so left the stack. There is no cancellation.
 */
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GUARD_LEN 4096ul
#define STACK_LEN (256 * 1024ul)
#define CLONE_THREAD_FLAGS                                                                         \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS |         \
		CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

void __sinit(struct _reent *reent);

unsigned int __thread_count = 1;

void __thread_start(void)
{
	struct thread *self = thread_self();

	pthread_exit(self->start(self->argument));
}

int pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument)
{
	size_t stack_len = attr && attr->size ? attr->size : STACK_LEN;
	size_t len = (GUARD_LEN + stack_len + __tls_len() + GUARD_LEN - 1) / GUARD_LEN * GUARD_LEN;
	struct thread *new;
	char *map, *top;
	long tid;

	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		return EAGAIN;
	}
	mprotect(map, GUARD_LEN, PROT_NONE);
	/* exit() flushes by the global one, which may not have been used yet. */
	__sinit(_GLOBAL_REENT);
	top = map + GUARD_LEN + stack_len;
	new = __tls_make(top);
	_REENT_INIT_PTR_ZEROED(&new->own_reent);
	new->start = start;
	new->argument = argument;
	new->map = map;
	new->map_len = len;
	new->state = attr && attr->detachstate == PTHREAD_CREATE_DETACHED ? THREAD_DETACHED
									  : THREAD_JOINABLE;
	__atomic_fetch_add(&__thread_count, 1, __ATOMIC_RELAXED);
	if (attr && attr->stack) {
		top = (char *)attr->stack + attr->size;
	}
	tid = __clone(
		CLONE_THREAD_FLAGS, (void *)((uintptr_t)top & ~15ul), &new->tid, &new->tid, new);
	if (tid < 0) {
		__atomic_fetch_sub(&__thread_count, 1, __ATOMIC_RELAXED);
		munmap(map, len);
		return (int)-tid;
	}
	*thread = new;
	return 0;
}

void pthread_exit(void *result)
{
	struct thread *self = thread_self();
	sigset_t all = ~0ul;

	while (self->cleanup) {
		_pthread_cleanup_pop(self->cleanup, 1);
	}
	__specific_end(self);
	self->result = result;
	if (__atomic_sub_fetch(&__thread_count, 1, __ATOMIC_ACQ_REL) == 0) {
		exit(0);
	}
	if (self->reent == &self->own_reent) {
		_reclaim_reent(self->reent);
	}
	/* No handler may run on a stack that is about to go. */
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (__atomic_exchange_n(&self->state, THREAD_ENDING, __ATOMIC_ACQ_REL) == THREAD_DETACHED &&
		self->map) {
		set_tid_address(NULL);
		__unmap_and_exit(self->map, self->map_len);
	}
	for (;;) {
		syscall(SYS_exit, 0);
	}
}

int pthread_join(pthread_t thread, void **result)
{
	unsigned int tid;

	if (thread == thread_self()) {
		return EDEADLK;
	}
	if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == THREAD_DETACHED) {
		return EINVAL;
	}
	/* The kernel wakes a shared futex: not FUTEX_PRIVATE. */
	while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE))) {
		syscall(SYS_futex, &thread->tid, FUTEX_WAIT, tid, NULL);
	}
	if (result) {
		*result = thread->result;
	}
	if (thread->map) {
		munmap(thread->map, thread->map_len);
	}
	return 0;
}

int pthread_detach(pthread_t thread)
{
	unsigned int state = THREAD_JOINABLE;

	if (__atomic_compare_exchange_n(&thread->state, &state, THREAD_DETACHED, false,
		    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		return 0;
	}
	return state == THREAD_DETACHED ? EINVAL : pthread_join(thread, NULL);
}

pthread_t pthread_self(void)
{
	return thread_self();
}

int pthread_equal(pthread_t a, pthread_t b)
{
	return a == b;
}

int pthread_kill(pthread_t thread, int signal)
{
	return tgkill(getpid(), (pid_t)thread->tid, signal) ? errno : 0;
}

int pthread_sigmask(int how, const sigset_t *new, sigset_t *old)
{
	return sigprocmask(how, new, old) ? errno : 0;
}

/* Nothing is ever cancelled: newlib's stdio asks for it all the same. */
int pthread_setcancelstate(int state, int *old)
{
	if (old) {
		*old = PTHREAD_CANCEL_ENABLE;
	}
	return 0;
}

int pthread_attr_init(pthread_attr_t *attr)
{
	*attr = (pthread_attr_t){ .detachstate = PTHREAD_CREATE_JOINABLE };
	return 0;
}

int pthread_attr_destroy(pthread_attr_t *attr)
{
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
	if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED) {
		return EINVAL;
	}
	attr->detachstate = state;
	return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
	if (size < PTHREAD_STACK_MIN) {
		return EINVAL;
	}
	attr->size = size;
	return 0;
}

int pthread_attr_setstack(pthread_attr_t *attr, void *stack, size_t size)
{
	if (size < PTHREAD_STACK_MIN) {
		return EINVAL;
	}
	attr->stack = stack;
	attr->size = size;
	return 0;
}

/* Only the caller is there in the child; what newlib's locks guard is in order. */
pid_t fork(void)
{
	pid_t pid;

	__locks_hold();
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		thread_self()->tid = (unsigned int)gettid();
		__thread_count = 1;
	}
	__locks_let_go();
	return pid;
}
