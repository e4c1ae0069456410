/*
 * pipe.c - pipes and fifos.
 *
 * A pipe belongs to an inode: that of a fifo, or one of its own that only the
 * two ends know. It lives while the inode is open.
 *
 * Invariants, under the pipe's lock:
 *   P1  readers and writers count the open files that read and write.
 *   P2  Whoever changes what another may wait for wakes the queue, after the change.
 *   P3  Bytes leave the pipe when they have arrived: a reader's bad address loses none.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/pipe.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <kernel/poll.h>
#include <linux/stat.h>
#include "../sys/transfer.h"
#include "open.h"
#include "pipe_state.h"

#define SIGNAL_PIPE 13

static struct mutex open_lock = MUTEX_INIT(open_lock, "pipe open");
static const struct file_ops pipe_ops;

/* Of the inodes that only two ends know. */
static const struct filesystem_type pipefs_type = { .name = "pipefs" };
static struct filesystem pipefs = { .type = &pipefs_type };

static struct pipe *pipe_of(struct file *file)
{
	return file->private;
}

struct pipe *pipe_behind(struct file *file)
{
	return file->ops == &pipe_ops ? pipe_of(file) : NULL;
}

/* ---- life --------------------------------------------------------------------------------- */

static struct pipe *pipe_make(void)
{
	struct pipe *pipe = heap_alloc(sizeof(*pipe));

	if (!pipe) {
		return NULL;
	}
	if (pipe_ring_init(&pipe->ring, PIPE_SIZE)) {
		heap_free(pipe);
		return NULL;
	}
	mutex_init(&pipe->lock, "pipe");
	wait_queue_init(&pipe->readable);
	wait_queue_init(&pipe->writable);
	wait_queue_init(&pipe->opened);
	return pipe;
}

/* The inode's pipe, made by who opens first; one reference more. */
static struct pipe *pipe_get(struct inode *inode)
{
	struct pipe *pipe;

	mutex_lock(&open_lock);
	if (!inode->private) {
		inode->private = pipe_make();
	}
	pipe = inode->private;
	if (pipe) {
		pipe->refs++;
	}
	mutex_unlock(&open_lock);
	return pipe;
}

static void pipe_put(struct inode *inode)
{
	struct pipe *pipe = inode->private;

	mutex_lock(&open_lock);
	if (--pipe->refs == 0) {
		inode->private = NULL;
		pipe_ring_free(&pipe->ring);
		heap_free(pipe);
	}
	mutex_unlock(&open_lock);
}

static bool is_reader(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool is_writer(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY;
}

/*
 * How many of the other side came before this one and had gone: more than that
 * ever came, once one has been met. It may have been there only at this moment.
 */
static unsigned pipe_join(struct pipe *pipe, const struct file *file)
{
	unsigned before;

	mutex_lock(&pipe->lock);
	before = is_reader(file) ? pipe->writers_ever - pipe->writers
				 : pipe->readers_ever - pipe->readers;
	pipe->readers += is_reader(file);
	pipe->writers += is_writer(file);
	pipe->readers_ever += is_reader(file);
	pipe->writers_ever += is_writer(file);
	mutex_unlock(&pipe->lock);
	wait_wake_all(&pipe->opened);
	return before;
}

static void pipe_leave(struct pipe *pipe, const struct file *file)
{
	mutex_lock(&pipe->lock);
	pipe->readers -= is_reader(file);
	pipe->writers -= is_writer(file);
	mutex_unlock(&pipe->lock);
	wait_wake_all(&pipe->readable);
	wait_wake_all(&pipe->writable);
}

static void pipe_release(struct file *file)
{
	pipe_leave(pipe_of(file), file);
	pipe_put(file->inode);
}

/* ---- fifos: open() waits for the other side -------------------------------------------------- */

/* One that was there when we came, or came since, is enough, though it may be gone again by now. */
static int partner_wait(struct pipe *pipe, const struct file *file, unsigned before)
{
	unsigned *ever = is_reader(file) ? &pipe->writers_ever : &pipe->readers_ever;

	wait_until(&pipe->opened, READ_ONCE(*ever) != before || signal_is_pending(), WAIT_FOREVER);
	return READ_ONCE(*ever) != before ? 0 : -ERESTARTSYS;
}

static int partner_check(struct pipe *pipe, const struct file *file, unsigned before)
{
	/* Nobody waits for the other side of a pipe without a name (opened by /proc/PID/fd), as on Linux. */
	if ((is_reader(file) && is_writer(file)) || file->inode->fs == &pipefs) {
		return 0;
	}
	if (file->flags & O_NONBLOCK) {
		return is_reader(file) || READ_ONCE(pipe->readers) > 0 ? 0 : -ENXIO;
	}
	return partner_wait(pipe, file, before);
}

int fifo_open(struct file *file)
{
	struct pipe *pipe = pipe_get(file->inode);
	unsigned before;
	int err;

	if (!pipe) {
		return -ENOMEM;
	}
	before = pipe_join(pipe, file);
	err = partner_check(pipe, file, before);
	if (err) {
		pipe_leave(pipe, file);
		pipe_put(file->inode);
		return err;
	}
	file->ops = &pipe_ops;
	file->private = pipe;
	return 0;
}

/* ---- reading and writing ------------------------------------------------------------------------ */

static bool is_nonblocking(const struct file *file)
{
	return READ_ONCE(file->flags) & O_NONBLOCK;
}

/* Where to what is read: memory of the kernel's, or, if `user`, of a program's. */
struct target {
	void *buf;
	struct user_vector *user;
	size_t len;
};

/* P3 */
static long take_to_user(struct pipe_ring *ring, struct user_vector *user, size_t len)
{
	size_t done = 0, part;
	const void *from;

	while ((part = pipe_ring_front(ring, &from, len - done))) {
		if (user_vector_scatter(user, from, part)) {
			return done ? (long)done : -EFAULT;
		}
		pipe_ring_drop(ring, part);
		done += part;
	}
	return (long)done;
}

/* 0: nothing there, and nobody will write. */
static long read_some(struct pipe *pipe, const struct target *to)
{
	long done;

	mutex_lock(&pipe->lock);
	done = to->user ? take_to_user(&pipe->ring, to->user, to->len)
			: (long)pipe_ring_take(&pipe->ring, to->buf, to->len);
	if (!done && pipe->writers > 0) {
		done = -EAGAIN;
	}
	mutex_unlock(&pipe->lock);
	if (done > 0) {
		wait_wake_all(&pipe->writable);
	}
	return done;
}

static bool can_read(struct pipe *pipe)
{
	return pipe_ring_used(&pipe->ring) > 0 || READ_ONCE(pipe->writers) == 0;
}

static long read_to(struct file *file, const struct target *to)
{
	struct pipe *pipe = pipe_of(file);
	long done;

	if (to->len == 0) {
		return 0;
	}
	for (;;) {
		done = read_some(pipe, to);
		if (done != -EAGAIN || is_nonblocking(file)) {
			return done;
		}
		if (signal_is_pending()) {
			return -ERESTARTSYS;
		}
		wait_until(&pipe->readable, can_read(pipe) || signal_is_pending(), WAIT_FOREVER);
	}
}

static long pipe_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	return read_to(file, &(struct target){ .buf = buf, .len = len });
}

static long pipe_read_user(struct file *file, struct user_vector *user, size_t len)
{
	return read_to(file, &(struct target){ .user = user, .len = len });
}

void pipe_signal_broken(void)
{
	struct signal_info info = { .signo = SIGNAL_PIPE };

	if (process_current()) {
		(void)signal_send_thread(thread_current(), &info);
	}
}

/* How much room a write of `len` bytes waits for: all of it, if it must not be mixed. */
static size_t room_wanted(size_t len)
{
	return len <= PIPE_ATOMIC ? len : 1;
}

static long write_some(struct pipe *pipe, const void *buf, size_t len, size_t wanted)
{
	long done;

	mutex_lock(&pipe->lock);
	if (pipe->readers == 0) {
		done = -EPIPE;
	} else if (pipe_ring_room(&pipe->ring) < wanted) {
		done = -EAGAIN;
	} else {
		done = (long)pipe_ring_put(&pipe->ring, buf, len);
		done = done ? done : -ENOMEM;
	}
	mutex_unlock(&pipe->lock);
	if (done > 0) {
		wait_wake_all(&pipe->readable);
	}
	return done;
}

static bool can_write(struct pipe *pipe, size_t wanted)
{
	return pipe_ring_room(&pipe->ring) >= wanted || READ_ONCE(pipe->readers) == 0;
}

/* 0 when there is reason to try again. */
static int writable_wait(struct file *file, size_t wanted)
{
	struct pipe *pipe = pipe_of(file);

	if (is_nonblocking(file)) {
		return -EAGAIN;
	}
	if (signal_is_pending()) {
		return -ERESTARTSYS;
	}
	wait_until(&pipe->writable, can_write(pipe, wanted) || signal_is_pending(), WAIT_FOREVER);
	return 0;
}

static long pipe_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct pipe *pipe = pipe_of(file);
	size_t done = 0, wanted = room_wanted(len);
	long err = 0;

	while (done < len && !err) {
		long part = write_some(pipe, (const char *)buf + done, len - done, wanted);

		if (part > 0) {
			done += (size_t)part;
		} else {
			err = part == -EAGAIN ? writable_wait(file, wanted) : part;
		}
	}
	if (err == -EPIPE) {
		pipe_signal_broken();
	}
	return done ? (long)done : err;
}

/* ---- the rest -------------------------------------------------------------------------------------- */

static unsigned pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = pipe_of(file);
	unsigned events = 0;

	if (is_reader(file)) {
		poll_wait(table, &pipe->readable);
		events |= pipe_ring_used(&pipe->ring) ? POLLIN | POLLRDNORM : 0;
		events |= READ_ONCE(pipe->writers) == 0 ? POLLHUP : 0;
	}
	if (is_writer(file)) {
		poll_wait(table, &pipe->writable);
		events |= pipe_ring_room(&pipe->ring) >= PIPE_ATOMIC ? POLLOUT | POLLWRNORM : 0;
		events |= READ_ONCE(pipe->readers) == 0 ? POLLERR : 0;
	}
	return events;
}

long pipe_unread(struct file *file)
{
	return file->ops == &pipe_ops ? (long)pipe_ring_used(&pipe_of(file)->ring) : -EBADF;
}

static const struct file_ops pipe_ops = {
	.read = pipe_read,
	.read_user = pipe_read_user,
	.write = pipe_write,
	.poll = pipe_poll,
	.release = pipe_release,
};

/* ---- pipes without a name ----------------------------------------------------------------------------- */

static void own_inode_release(struct inode *inode)
{
	heap_free(inode);
}

static const struct inode_ops own_inode_ops = {
	.release = own_inode_release,
};

static struct dentry *own_dentry_make(void)
{
	static uint64_t last_number;
	struct inode *inode = heap_alloc(sizeof(*inode));
	struct dentry *d;
	char name[32];

	if (!inode) {
		return NULL;
	}
	inode_init(inode, &pipefs, &own_inode_ops, S_IFIFO | 0600,
		__atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED));
	inode->uid = credentials_now().uid;
	inode->gid = credentials_now().gid;
	fmt_print(name, sizeof(name), "pipe:[%lu]", (unsigned long)inode->number);
	d = dentry_root(inode, name);
	if (!d) {
		inode_unref(inode);
	}
	return d;
}

int pipe_create(struct file *ends[2], unsigned flags)
{
	struct dentry *d = own_dentry_make();
	int err = -ENOMEM;

	if (!d) {
		return err;
	}
	err = file_open_dentry(d, O_RDONLY | O_NONBLOCK, &ends[0]);
	if (!err) {
		err = file_open_dentry(d, O_WRONLY | O_NONBLOCK, &ends[1]);
		if (err) {
			file_unref(ends[0]);
		}
	}
	dentry_unref(d);
	if (!err) {
		ends[0]->flags = O_RDONLY | (flags & O_NONBLOCK);
		ends[1]->flags = O_WRONLY | (flags & O_NONBLOCK);
	}
	return err;
}

/* ---- sizes ------------------------------------------------------------------------------------------------ */

long pipe_size(struct file *file)
{
	return file->ops == &pipe_ops ? (long)READ_ONCE(pipe_of(file)->ring.size) : -EBADF;
}

/* All that is in it goes along; the pages for that come first. */
static int ring_exchange(struct pipe_ring *ring, size_t size)
{
	size_t used = pipe_ring_used(ring);
	struct pipe_ring other;
	int err = pipe_ring_init(&other, size);

	if (!err && used > other.size) {
		err = -EBUSY;
	}
	for (size_t i = 0; !err && i < DIV_ROUND_UP(used, PAGE_SIZE); i++) {
		other.pages[i] = page_alloc_zeroed();
		err = other.pages[i] ? 0 : -ENOMEM;
	}
	if (err) {
		pipe_ring_free(&other);
		return err;
	}
	for (size_t i = 0; i < DIV_ROUND_UP(used, PAGE_SIZE); i++) {
		other.head += pipe_ring_take(ring, other.pages[i], PAGE_SIZE);
	}
	pipe_ring_free(ring);
	*ring = other;
	return 0;
}

long pipe_resize(struct file *file, unsigned long size)
{
	struct pipe *pipe = pipe_of(file);
	int err;

	if (file->ops != &pipe_ops) {
		return -EBADF;
	}
	size = MAX(size, 1ul);
	if (size > UINT32_MAX / 2) {
		return -EINVAL;
	}
	if (size > PIPE_SIZE_MAX && credentials_now().uid != 0) {
		return -EPERM;
	}
	mutex_lock(&pipe->lock);
	err = ring_exchange(&pipe->ring, size);
	mutex_unlock(&pipe->lock);
	wait_wake_all(&pipe->writable);
	return err ? err : pipe_size(file);
}
