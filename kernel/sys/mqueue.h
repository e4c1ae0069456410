/*
 * mqueue.h - a POSIX message queue, for the files that make it (mqueue.c) and move messages (mqueue_message.c).
 *
 * Invariants, under `mqueue_lock`:
 *   Q1  messages are in descending order of priority; those of one priority as they came.
 *   Q2  count is their number, and at most attr.messages_max.
 *   Q3  A queue is in the list of all exactly while it has its name.
 */
#ifndef SYS_MQUEUE_H
#define SYS_MQUEUE_H

#include <kernel/thread.h>
#include <kernel/vfs.h>
#include <linux/mqueue.h>
#include <linux/signal.h>

struct message {
	struct list link;
	unsigned priority;
	size_t len;
	char data[];
};

struct mqueue {
	struct list link;
	unsigned refs; /* open files, and the name */
	uint32_t uid, gid, mode;
	struct linux_mq_attr attr;
	struct list messages;
	unsigned count, receivers; /* who wait */
	size_t cost;		   /* for its owner's RLIMIT_MSGQUEUE */
	int notified;		   /* the process that wants to hear of a message; 0: nobody */
	struct linux_sigevent event;
	struct wait_queue readable, writable;
	char name[NAME_LEN_MAX + 1];
};

/* One for all queues; what is read without it is read once. */
extern struct mutex mqueue_lock;
extern const struct file_ops mqueue_ops;

#endif
