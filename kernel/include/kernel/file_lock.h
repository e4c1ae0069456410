/*
 * file_lock.h - advisory locks on files: flock() on whole files, fcntl() on ranges.
 *
 * A range is owned by a process (its descriptor table) or by an open file; an
 * owner's ranges never overlap, and a new one replaces what it covers. flock()
 * locks are a world of their own, as on Linux. A circle of processes that wait
 * for each other is not found: a signal ends the wait.
 */
#ifndef KERNEL_FILE_LOCK_H
#define KERNEL_FILE_LOCK_H

#include <kernel/vfs.h>

enum lock_type { LOCK_SHARED, LOCK_EXCLUSIVE, LOCK_NONE };

struct lock_range {
	enum lock_type type;
	int64_t start, last; /* the last byte; INT64_MAX: all that come */
	int pid;	     /* who is told to have it; -1: an open file */
};

/* Lock, or unlock with LOCK_NONE. -EAGAIN unless `wait`; -ERESTARTSYS, -ENOMEM. */
int file_range_lock(struct file *file, const void *owner, const struct lock_range *range,
	bool wait) __must_check;
/* What stands in the way of `range`, or LOCK_NONE there. */
void file_range_query(struct file *file, const void *owner, struct lock_range *range);

/* The owner closed a descriptor of the file: it has no ranges of it any more. */
void file_locks_close(struct file *file, const void *owner);

int file_flock(struct file *file, enum lock_type type, bool wait) __must_check;

#endif
