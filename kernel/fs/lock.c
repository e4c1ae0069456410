/*
 * lock.c - advisory locks: see file_lock.h.
 *
 * Invariants, under locks_lock:
 *   L1  Of one owner no two ranges of a file overlap.
 *   L2  Of two owners no two ranges overlap, unless both are shared.
 */
#include <kernel/errno.h>
#include <kernel/file_lock.h>
#include <kernel/heap.h>
#include <kernel/panic.h>
#include <kernel/signal.h>
#include "fs.h"

struct lock {
	struct list link;
	struct inode *inode; /* the owner has the file open, so it lives */
	const void *owner;
	bool is_flock;
	struct lock_range range;
};

static struct mutex locks_lock = MUTEX_INIT(locks_lock, "file locks");
static struct list locks = LIST_INIT(locks);
static struct wait_queue freed = WAIT_QUEUE_INIT(freed);
static unsigned generation; /* of `locks`: grows when something is unlocked */

/* ---- the list ------------------------------------------------------------------------- */

static bool is_overlapping(const struct lock *l, const struct lock *other)
{
	return l->inode == other->inode && l->is_flock == other->is_flock &&
		l->range.start <= other->range.last && other->range.start <= l->range.last;
}

/* L2 */
static struct lock *conflict_find(const struct lock *wanted)
{
	list_for_each(node, &locks) {
		struct lock *l = list_entry(node, struct lock, link);

		if (l->owner != wanted->owner && is_overlapping(l, wanted) &&
			(l->range.type == LOCK_EXCLUSIVE || wanted->range.type == LOCK_EXCLUSIVE)) {
			return l;
		}
	}
	return NULL;
}

static void lock_drop(struct lock *l)
{
	list_remove(&l->link);
	heap_free(l);
}

/* What remains of `l` behind `cut`, in `behind`, which was allocated before. */
static void lock_split(struct lock *l, const struct lock *cut, struct lock *behind)
{
	assert_that(behind, "at most one is split");
	*behind = *l;
	behind->range.start = cut->range.last + 1;
	list_init(&behind->link);
	list_push_back(&locks, &behind->link);
	l->range.last = cut->range.start - 1;
}

/* L1: the owner's locks leave the range. At most one is split. */
static void range_clear(const struct lock *cut, struct lock **rest)
{
	list_for_each_safe(node, &locks) {
		struct lock *l = list_entry(node, struct lock, link);
		bool begins, ends;

		if (l->owner != cut->owner || !is_overlapping(l, cut)) {
			continue;
		}
		begins = l->range.start < cut->range.start;
		ends = l->range.last > cut->range.last;
		if (begins && ends) {
			lock_split(l, cut, *rest);
			*rest = NULL;
		} else if (begins) {
			l->range.last = cut->range.start - 1;
		} else if (ends) {
			l->range.start = cut->range.last + 1;
		} else {
			lock_drop(l);
		}
	}
}

static void waiters_wake(void)
{
	__atomic_add_fetch(&generation, 1, __ATOMIC_RELEASE);
	wait_wake_all(&freed);
}

/* ---- setting ----------------------------------------------------------------------------- */

/* 0 or -EAGAIN; takes over both allocations on success. */
static int try(struct lock **wanted, struct lock **rest)
{
	struct lock *l = *wanted;

	if (l->range.type != LOCK_NONE && conflict_find(l)) {
		return -EAGAIN;
	}
	range_clear(l, rest);
	if (l->range.type != LOCK_NONE) {
		list_push_back(&locks, &l->link);
		*wanted = NULL;
	}
	waiters_wake();
	return 0;
}

static int try_until(struct lock **wanted, struct lock **rest, bool wait)
{
	for (;;) {
		unsigned before;
		int err;

		mutex_lock(&locks_lock);
		err = try(wanted, rest);
		before = READ_ONCE(generation);
		mutex_unlock(&locks_lock);
		if (!err || !wait) {
			return err;
		}
		if (signal_is_pending()) {
			return -ERESTARTSYS;
		}
		wait_until(&freed, READ_ONCE(generation) != before || signal_is_pending(),
			WAIT_FOREVER);
	}
}

static int set(
	struct file *file, const void *owner, bool is_flock, struct lock_range range, bool wait)
{
	struct lock *wanted = heap_alloc(sizeof(*wanted)), *rest = heap_alloc(sizeof(*rest));
	int err = -ENOMEM;

	if (wanted && rest) {
		*wanted = (struct lock){
			.inode = file->inode, .owner = owner, .is_flock = is_flock, .range = range
		};
		list_init(&wanted->link);
		err = try_until(&wanted, &rest, wait);
	}
	heap_free(wanted);
	heap_free(rest);
	return err;
}

int file_range_lock(struct file *file, const void *owner, const struct lock_range *range, bool wait)
{
	return file->inode ? set(file, owner, false, *range, wait) : -EBADF;
}

int file_flock(struct file *file, enum lock_type type, bool wait)
{
	struct lock_range all = { .type = type, .last = INT64_MAX };

	return file->inode ? set(file, file, true, all, wait) : -EBADF;
}

void file_range_query(struct file *file, const void *owner, struct lock_range *range)
{
	struct lock wanted = { .inode = file->inode, .owner = owner, .range = *range };
	struct lock *found;

	mutex_lock(&locks_lock);
	found = conflict_find(&wanted);
	if (found) {
		*range = found->range;
	} else {
		range->type = LOCK_NONE;
	}
	mutex_unlock(&locks_lock);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void owner_drop(const struct inode *inode, const void *owner)
{
	bool was_any = false;

	if (!inode || list_is_empty(&locks)) {
		return;
	}
	mutex_lock(&locks_lock);
	list_for_each_safe(node, &locks) {
		struct lock *l = list_entry(node, struct lock, link);

		if (l->inode == inode && l->owner == owner) {
			lock_drop(l);
			was_any = true;
		}
	}
	mutex_unlock(&locks_lock);
	if (was_any) {
		waiters_wake();
	}
}

void file_locks_drop(struct file *file)
{
	owner_drop(file->inode, file);
}

void file_locks_close(struct file *file, const void *owner)
{
	owner_drop(file->inode, owner);
}
