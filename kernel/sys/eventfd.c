/*
 * eventfd.c - a counter as a file: writing adds, reading takes all of it, or one
 * at a time (EFD_SEMAPHORE), and waits while it is 0. The counter stays below
 * UINT64_MAX: a write that would reach it waits.
 */
#include "user_path.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/signal.h>
#include <kernel/string.h>
#include <linux/epoll.h>
#include <linux/fcntl.h>

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	struct spinlock lock; /* for the next one; it is read without */
	uint64_t count;
	bool is_semaphore;
	struct wait_queue readable, writable;
};

/* What was taken, 0: nothing there. */
static uint64_t count_take(struct eventfd *e)
{
	uint64_t taken;

	spin_lock(&e->lock);
	taken = e->is_semaphore ? MIN(e->count, UINT64_C(1)) : e->count;
	e->count -= taken;
	spin_unlock(&e->lock);
	return taken;
}

static bool has_room(const struct eventfd *e, uint64_t more)
{
	return COUNT_MAX - READ_ONCE(e->count) >= more;
}

static bool count_add(struct eventfd *e, uint64_t more)
{
	bool fits;

	spin_lock(&e->lock);
	fits = has_room(e, more);
	e->count += fits ? more : 0;
	spin_unlock(&e->lock);
	return fits;
}

/* Until the other side has done something: 0, -EAGAIN, -ERESTARTSYS. */
#define event_wait(file, q, cond)                                                                  \
	({                                                                                         \
		long wait_err_ = READ_ONCE((file)->flags) & O_NONBLOCK ? -EAGAIN : 0;              \
		if (!wait_err_) {                                                                  \
			wait_until(q, (cond) || signal_is_pending(), WAIT_FOREVER);                \
			wait_err_ = !(cond) && signal_is_pending() ? -ERESTARTSYS : 0;             \
		}                                                                                  \
		wait_err_;                                                                         \
	})

static long event_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct eventfd *e = file->private;
	uint64_t taken;

	if (len < sizeof(taken)) {
		return -EINVAL;
	}
	while (!(taken = count_take(e))) {
		long err = event_wait(file, &e->readable, READ_ONCE(e->count));

		if (err) {
			return err;
		}
	}
	memcpy(buf, &taken, sizeof(taken));
	wait_wake_all(&e->writable);
	return sizeof(taken);
}

static long event_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct eventfd *e = file->private;
	uint64_t more;

	if (len < sizeof(more)) {
		return -EINVAL;
	}
	memcpy(&more, buf, sizeof(more));
	if (more > COUNT_MAX) {
		return -EINVAL;
	}
	while (!count_add(e, more)) {
		long err = event_wait(file, &e->writable, has_room(e, more));

		if (err) {
			return err;
		}
	}
	wait_wake_all(&e->readable);
	return sizeof(more);
}

static unsigned event_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *e = file->private;

	poll_wait_for(table, &e->readable, POLLIN);
	poll_wait_for(table, &e->writable, POLLOUT);
	return (READ_ONCE(e->count) ? POLLIN : 0) | (has_room(e, 1) ? POLLOUT : 0);
}

static void event_release(struct file *file)
{
	heap_free(file->private);
}

static const struct file_ops event_ops = {
	.read = event_read,
	.write = event_write,
	.poll = event_poll,
	.release = event_release,
	.kind = "[eventfd]",
};

static struct file *event_create(uint64_t count, unsigned flags)
{
	struct eventfd *e = heap_alloc(sizeof(*e));
	struct file *file = NULL;

	if (e) {
		spin_init(&e->lock, "eventfd");
		e->count = count;
		e->is_semaphore = flags & EFD_SEMAPHORE;
		wait_queue_init(&e->readable);
		wait_queue_init(&e->writable);
		file = file_create(&event_ops, O_RDWR | (flags & EFD_NONBLOCK), e);
	}
	if (!file) {
		heap_free(e);
	}
	return file;
}

long sys_eventfd2(sys_uint count, sys_flags flags)
{
	if (flags & ~(unsigned)(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)) {
		return -EINVAL;
	}
	return user_file_install(event_create(count, flags), flags);
}

long sys_eventfd(sys_uint count)
{
	return sys_eventfd2(count, 0);
}
