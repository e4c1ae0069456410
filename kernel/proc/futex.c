/*
 * futex.c - sleeping on a word of user memory (futex(2); Franke, Russell, Kirkwood 2002).
 *
 * A waiter is keyed by where the word is: the space and the address for private
 * futexes, the frame and offset for shared ones. Waiters hang in a small hash of
 * queues; the value is compared under the bucket's mutex, so a wake-up between
 * the comparison and the sleep is not lost.
 */
#include "proc.h"

#include <arch/mmu.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/futex.h>
#include <kernel/heap.h>
#include <linux/futex.h>

#define BUCKETS	   64u
#define ROBUST_MAX 2048 /* entries followed: the list is the program's, and may be a ring */

struct futex_key {
	uintptr_t space; /* or frame */
	uintptr_t offset;
};

/* A thread that sleeps, for one word or for several; and each word that it sleeps for. */
struct sleeper {
	struct wait_queue queue;
	bool is_woken;
};

struct bucket {
	struct mutex lock;
	struct list waiters;
};

struct waiter {
	struct list link;
	struct futex_key key;  /* under the lock of `bucket` */
	struct bucket *bucket; /* changes under the locks of both, the old one and the new */
	uint32_t bits;
	bool is_woken;
	struct sleeper *sleeper;
};

static struct bucket buckets[BUCKETS];
static bool is_ready;

static struct bucket *bucket_of(struct futex_key key)
{
	uint64_t hash = (key.space ^ key.offset * UINT64_C(0x9e3779b97f4a7c15)) *
		UINT64_C(0x9e3779b97f4a7c15);

	return &buckets[hash >> 58];
}

void futex_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		mutex_init(&buckets[i].lock, "futex");
		list_init(&buckets[i].waiters);
	}
	is_ready = true;
}

/* A shared word is known by its frame. */
static int key_make(struct futex_key *key, vaddr_t word, bool is_private)
{
	struct vm_space *vm = process_current()->vm;
	struct page *page;
	int err;

	if (word % sizeof(uint32_t)) {
		return -EINVAL;
	}
	*key = (struct futex_key){ (uintptr_t)vm, word };
	if (is_private) {
		return 0;
	}
	err = vm_page_get(vm, word, MMU_READ, &page);
	if (err) {
		return err == -ENOMEM ? err : -EFAULT;
	}
	*key = (struct futex_key){ page_pfn(page).n, word & ~PAGE_MASK };
	vm_page_put(page);
	return 0;
}

static bool key_equals(struct futex_key a, struct futex_key b)
{
	return a.space == b.space && a.offset == b.offset;
}

/* Off the list; a requeue may move it to another bucket while we wait for this one's lock. */
static void waiter_leave(struct waiter *w)
{
	for (;;) {
		struct bucket *bucket = READ_ONCE(w->bucket);

		mutex_lock(&bucket->lock);
		if (bucket == READ_ONCE(w->bucket)) {
			list_remove(&w->link);
			mutex_unlock(&bucket->lock);
			return;
		}
		mutex_unlock(&bucket->lock);
	}
}

/* On the list, if the word holds what is expected: 0, -EAGAIN, -EFAULT. */
static int waiter_enter(struct waiter *w, vaddr_t word, uint32_t expected)
{
	struct bucket *bucket = bucket_of(w->key);
	uint32_t value;
	int err;

	mutex_lock(&bucket->lock);
	err = user_copy_in(&value, word, sizeof(value));
	if (!err && value != expected) {
		err = -EAGAIN;
	}
	if (!err) {
		w->bucket = bucket;
		list_push_back(&bucket->waiters, &w->link);
	}
	mutex_unlock(&bucket->lock);
	return err;
}

/* Until one of its words is woken, a signal comes, or the deadline: then false. */
static bool sleep_until_woken(struct sleeper *s, nsec_t deadline)
{
	return wait_until(&s->queue, READ_ONCE(s->is_woken) || signal_is_pending(), deadline);
}

long futex_wait(vaddr_t word, bool is_private, uint32_t expected, uint32_t bits, nsec_t deadline)
{
	struct sleeper sleeper = { .is_woken = false };
	struct waiter w = { .bits = bits, .sleeper = &sleeper };
	bool in_time;
	int err = bits ? key_make(&w.key, word, is_private) : -EINVAL;

	if (err) {
		return err;
	}
	wait_queue_init(&sleeper.queue);
	err = waiter_enter(&w, word, expected);
	if (err) {
		return err;
	}
	in_time = sleep_until_woken(&sleeper, deadline);
	waiter_leave(&w);
	if (w.is_woken) {
		return 0;
	}
	if (!in_time) {
		return -ETIMEDOUT;
	}
	return deadline == WAIT_FOREVER ? -ERESTARTSYS : -EINTR;
}

/* Which one of these was woken, the last if several were; -1: none. */
static long waiters_leave(struct waiter *waiters, unsigned count)
{
	long woken = -1;

	for (unsigned i = 0; i < count; i++) {
		waiter_leave(&waiters[i]);
		if (waiters[i].is_woken) {
			woken = i;
		}
	}
	return woken;
}

/* With their keys. */
static long wait_for_any(
	struct waiter *waiters, const struct futex_wanted *wanted, unsigned count, nsec_t deadline)
{
	struct sleeper sleeper = { .is_woken = false };
	unsigned entered = 0;
	bool in_time = true;
	long woken;
	int err = 0;

	wait_queue_init(&sleeper.queue);
	while (entered < count && !err) {
		struct waiter *w = &waiters[entered];

		w->sleeper = &sleeper;
		w->bits = FUTEX_BITSET_MATCH_ANY;
		err = waiter_enter(w, wanted[entered].word, wanted[entered].expected);
		entered += !err;
	}
	if (!err) {
		in_time = sleep_until_woken(&sleeper, deadline);
	}
	woken = waiters_leave(waiters, entered);
	if (woken >= 0) {
		return woken;
	}
	return err ? err : in_time ? -ERESTARTSYS : -ETIMEDOUT;
}

long futex_wait_any(const struct futex_wanted *wanted, unsigned count, nsec_t deadline)
{
	struct waiter *waiters = heap_alloc(count * sizeof(*waiters));
	long result = waiters ? 0 : -ENOMEM;

	for (unsigned i = 0; i < count && !result; i++) {
		result = key_make(&waiters[i].key, wanted[i].word, wanted[i].is_private);
	}
	if (!result) {
		result = wait_for_any(waiters, wanted, count, deadline);
	}
	heap_free(waiters);
	return result;
}

/* Bucket locked. */
static void waiter_wake(struct waiter *w)
{
	list_remove(&w->link);
	w->is_woken = true;
	WRITE_ONCE(w->sleeper->is_woken, true);
	wait_wake_all(&w->sleeper->queue);
}

long futex_wake(vaddr_t word, bool is_private, unsigned count, uint32_t bits)
{
	struct futex_key key;
	struct bucket *bucket;
	long woken = 0;
	int err = bits ? key_make(&key, word, is_private) : -EINVAL;

	if (err) {
		return err;
	}
	bucket = bucket_of(key);
	mutex_lock(&bucket->lock);
	list_for_each_safe(node, &bucket->waiters) {
		struct waiter *w = list_entry(node, struct waiter, link);

		if (woken < (long)count && key_equals(w->key, key) && w->bits & bits) {
			waiter_wake(w);
			woken++;
		}
	}
	mutex_unlock(&bucket->lock);
	return woken;
}

/* Two buckets are locked in the order of their addresses. */
static void buckets_lock(struct bucket *a, struct bucket *b)
{
	mutex_lock(&MIN(a, b)->lock);
	if (a != b) {
		mutex_lock(&MAX(a, b)->lock);
	}
}

static void buckets_unlock(struct bucket *a, struct bucket *b)
{
	mutex_unlock(&a->lock);
	if (a != b) {
		mutex_unlock(&b->lock);
	}
}

long futex_requeue(vaddr_t word, vaddr_t to, bool is_private, unsigned wake, unsigned move,
	const uint32_t *expected)
{
	struct futex_key from_key, to_key;
	struct bucket *from, *target;
	long done = 0, woken = 0, moved = 0;
	bool is_same;
	int err = key_make(&from_key, word, is_private);

	if (!err) {
		err = key_make(&to_key, to, is_private);
	}
	if (err) {
		return err;
	}
	from = bucket_of(from_key);
	target = bucket_of(to_key);
	/* They stay where they are then, or they would be met again at the end of the list. */
	is_same = key_equals(from_key, to_key);
	buckets_lock(from, target);
	if (expected) {
		uint32_t value;

		err = user_copy_in(&value, word, sizeof(value));
		if (!err && value != *expected) {
			err = -EAGAIN;
		}
	}
	list_for_each_safe(node, &from->waiters) {
		struct waiter *w = list_entry(node, struct waiter, link);

		if (err || !key_equals(w->key, from_key)) {
			continue;
		}
		if (woken < (long)wake) {
			waiter_wake(w);
			woken++;
		} else if (moved < (long)move) {
			moved++;
			if (!is_same) {
				list_remove(node);
				w->key = to_key;
				WRITE_ONCE(w->bucket, target);
				list_push_back(&target->waiters, node);
			}
		}
	}
	buckets_unlock(from, target);
	done = woken + moved;
	return err ? err : done;
}

/* ---- the end of a thread --------------------------------------------------- */

/* A mutex whose owner died: marked, and a waiter woken to find out. */
static void owner_died(vaddr_t word, int tid)
{
	uint32_t value;

	if (user_copy_in(&value, word, sizeof(value))) {
		return;
	}
	while ((value & FUTEX_TID_MASK) == (uint32_t)tid) {
		uint32_t old = value;

		if (user_cmpxchg32(word, &old, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED)) {
			return;
		}
		if (old == value) {
			if (value & FUTEX_WAITERS && futex_wake(word, false, 1, ~0u) < 0) {
				return;
			}
			return;
		}
		value = old;
	}
}

/* Linux's struct robust_list_head: the list, the futex's distance from an entry, one being worked on. */
static void robust_list_walk(struct task *task)
{
	struct {
		vaddr_t next;
		long offset;
		vaddr_t pending;
	} head;
	vaddr_t entry;

	if (!task->robust_list || user_copy_in(&head, task->robust_list, sizeof(head))) {
		return;
	}
	entry = head.next;
	for (unsigned i = 0; i < ROBUST_MAX && entry != task->robust_list; i++) {
		if ((entry & ~1ul) != head.pending) {
			owner_died((entry & ~1ul) + (vaddr_t)head.offset, task->tid);
		}
		if (user_copy_in(&entry, entry & ~1ul, sizeof(entry))) {
			break;
		}
	}
	if (head.pending) {
		owner_died((head.pending & ~1ul) + (vaddr_t)head.offset, task->tid);
	}
}

void futex_task_exit(struct task *task)
{
	uint32_t zero = 0;

	if (!is_ready || !task->process->vm) {
		return;
	}
	robust_list_walk(task);
	if (task->clear_tid && !user_copy_out(task->clear_tid, &zero, sizeof(zero))) {
		if (futex_wake(task->clear_tid, false, 1, ~0u) < 0) {
			return;
		}
	}
}
