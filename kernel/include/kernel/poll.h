/*
 * poll.h - waiting for files to become ready.
 *
 * One waiter can stand on many queues only through entries of its own: a
 * poll_table hangs one entry on each queue that a file names, and every wake-up
 * of such a queue wakes the table's owner.
 */
#ifndef KERNEL_POLL_H
#define KERNEL_POLL_H

#include <kernel/thread.h>
#include <linux/poll.h>

/* Called in the waker's context, the queue's lock held, interrupts masked. */
struct wait_hook {
	struct list link;
	void (*woken)(struct wait_hook *hook);
};

/* Stand on a queue without sleeping on it: every wake-up of it calls the hook, which stays. */
void wait_hook_add(struct wait_queue *q, struct wait_hook *hook);
void wait_hook_remove(struct wait_queue *q, struct wait_hook *hook);

#endif
