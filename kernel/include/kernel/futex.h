/* futex.h - sleeping on a word of user memory; see kernel/proc/futex.c. */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include <kernel/types.h>

/* Boot. */
void futex_init(void);

/*
 * Sleep while the word holds `expected`, until woken with one of `bits` or
 * `deadline` passes. 0, -EAGAIN (another value), -ETIMEDOUT, -EFAULT, -EINVAL,
 * -ERESTARTSYS or, with a deadline, -EINTR.
 */
long futex_wait(vaddr_t word, bool is_private, uint32_t expected, uint32_t bits, nsec_t deadline);

/* A word to sleep for, and what it has to hold. */
struct futex_wanted {
	vaddr_t word;
	uint32_t expected;
	bool is_private;
};

/*
 * Sleep for several words at a time: the place of the one that was woken, or the last of them. The errors of
 * futex_wait(), -EAGAIN if one holds another value; -ENOMEM. Always -ERESTARTSYS for a signal.
 */
long futex_wait_any(const struct futex_wanted *wanted, unsigned count, nsec_t deadline);

/* Wake at most `count` waiters that wait for one of `bits`: how many. */
long futex_wake(vaddr_t word, bool is_private, unsigned count, uint32_t bits);

/* Wake some and let others wait at `to` instead, if the word holds *expected (NULL: whatever it holds): how many in all. */
long futex_requeue(vaddr_t word, vaddr_t to, bool is_private, unsigned wake, unsigned move,
	const uint32_t *expected);

#endif
