/*
 * thread.h - what each thread has, and what the files beside this one share.
 *
 * The thread pointer (%fs, on i386 %gs) points to the thread's descriptor; below it lie its thread-local variables (variant II of
 * "ELF Handling For Thread-Local Storage": the first word of the descriptor is its own address).
 * The first thread uses newlib's global `struct _reent`, whose clean-up flushes stdio at exit();
 * others have their own.
 */
#ifndef USER_THREAD_H
#define USER_THREAD_H

#include <pthread.h>
#include <reent.h>
#include <stdbool.h>

#define KEYS_MAX 64

enum thread_state { THREAD_JOINABLE, THREAD_DETACHED, THREAD_ENDING };

struct thread {
	struct thread *self;
	struct _reent *reent;
	unsigned int tid; /* a futex: the kernel clears it and wakes at the thread's end */
	unsigned int state;
	void *(*start)(void *);
	void *argument, *result;
	void *map; /* what to unmap when the thread is no more: stack, TLS and this */
	size_t map_len;
	struct _pthread_cleanup_context *cleanup;
	const void *specific[KEYS_MAX];
	struct _reent own_reent;
};

#include <width/thread.h>

/* Room for a thread's variables and descriptor, in bytes; and its descriptor, made at the end of
 * such room (16-byte aligned), variables initialized. */
size_t __tls_len(void);
struct thread *__tls_make(void *room);

/* Sleep while *word is `value`, until `deadline` (absolute, of `clock`; NULL: for ever) or a wake-up:
 * 0 or an error number. */
int __futex_wait(
	unsigned int *word, unsigned int value, int clock, const struct timespec *deadline);
void __futex_wake(unsigned int *word, unsigned int count);

/* fork() in the presence of threads: newlib's locks are held across it (lock.c). */
void __locks_hold(void);
void __locks_let_go(void);

/* The destructors of its thread-specific data (pthread_more.c). */
void __specific_end(struct thread *self);

extern unsigned int __thread_count;

long __syscall_failed(long result);
long __clone(unsigned long flags, void *stack, unsigned int *parent_tid, unsigned int *child_tid,
	void *tls);
void __thread_start(void) __attribute__((noreturn));
void __unmap_and_exit(void *base, size_t len) __attribute__((noreturn));

#endif
