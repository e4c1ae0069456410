/*
 * mqueue.c - POSIX message queues: by name, in order of priority (mq_overview(7)).
 *
 * A queue lives while it has its name or is open. Its descriptors are files; what goes through it is
 * in mqueue_message.c. The invariants are in mqueue.h.
 */
#include "mqueue.h"
#include "user_path.h"

#include <arch/user.h>
#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/string.h>
#include <kernel/vfs.h>
#include <linux/epoll.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

/* What Linux counts for a message and for its place, besides its bytes. */
#define MESSAGE_COST 96u

struct mutex mqueue_lock = MUTEX_INIT(mqueue_lock, "posix queues");
static struct list queues = LIST_INIT(queues);
static unsigned queue_count;

/* ---- queues: the lock held -------------------------------------------------------------------- */

static struct mqueue *queue_find(const char *name)
{
	list_for_each(node, &queues) {
		struct mqueue *q = list_entry(node, struct mqueue, link);

		if (!strcmp(q->name, name)) {
			return q;
		}
	}
	return NULL;
}

static void queue_unref(struct mqueue *q)
{
	if (--q->refs) {
		return;
	}
	list_for_each_safe(node, &q->messages) {
		heap_free(list_entry(node, struct message, link));
	}
	queue_count--;
	heap_free(q);
}

static int attributes_check(const struct linux_mq_attr *attr, const struct process *process)
{
	bool is_root = !process->euid;

	if (attr->messages_max <= 0 || attr->size_max <= 0 ||
		attr->messages_max > (is_root ? MQ_MESSAGES_HARD : MQ_MESSAGES_MOST) ||
		attr->size_max > (is_root ? MQ_SIZE_HARD : MQ_SIZE_MOST)) {
		return -EINVAL;
	}
	return queue_count >= MQ_QUEUES_MOST && !is_root ? -ENOSPC : 0;
}

static uint64_t cost_of(const struct linux_mq_attr *attr)
{
	return (uint64_t)attr->messages_max * ((uint64_t)attr->size_max + MESSAGE_COST);
}

/* A user's queues together, those without a name by now left out. */
static uint64_t cost_of_user(uint32_t uid)
{
	uint64_t sum = 0;

	list_for_each(node, &queues) {
		const struct mqueue *q = list_entry(node, struct mqueue, link);

		sum += q->uid == uid ? q->cost : 0;
	}
	return sum;
}

static int queue_make(
	const char *name, uint32_t mode, const struct linux_mq_attr *attr, struct mqueue **made)
{
	const struct process *process = process_current();
	int err = attributes_check(attr, process);
	struct mqueue *q;

	if (!err &&
		cost_of_user(process->euid) + cost_of(attr) >
			process->limits[RLIMIT_MSGQUEUE].soft) {
		err = -EMFILE;
	}
	q = err ? NULL : heap_alloc(sizeof(*q));
	if (!q) {
		return err ? err : -ENOMEM;
	}
	q->uid = process->euid;
	q->gid = process->egid;
	q->mode = mode & 0777 & ~process->umask;
	q->attr.messages_max = attr->messages_max;
	q->attr.size_max = attr->size_max;
	q->cost = (size_t)cost_of(attr);
	q->refs = 1;
	list_init(&q->messages);
	wait_queue_init(&q->readable);
	wait_queue_init(&q->writable);
	memcpy(q->name, name, strlen(name) + 1);
	list_push_back(&queues, &q->link); /* Q3 */
	queue_count++;
	*made = q;
	return 0;
}

/* ---- mq_open() and mq_unlink() -------------------------------------------------------------------- */

/* One that exists, for reading, writing or both, as a file's mode allows. */
static int rights_check(const struct mqueue *q, unsigned flags)
{
	static const unsigned wanted[] = { [O_RDONLY] = 4, [O_WRONLY] = 2, [O_RDWR] = 6 };
	const struct process *process = process_current();
	unsigned shift = process->euid == q->uid ? 6 : process_is_in_group(q->gid) ? 3 : 0;

	if ((flags & O_ACCMODE) == O_ACCMODE) {
		return -EINVAL;
	}
	return !process->euid || !(wanted[flags & O_ACCMODE] & ~(q->mode >> shift)) ? 0 : -EACCES;
}

static int queue_open(const char *name, unsigned flags, uint32_t mode,
	const struct linux_mq_attr *attr, struct mqueue **q)
{
	int err;

	*q = queue_find(name);
	if (!*q) {
		err = flags & O_CREAT ? queue_make(name, mode, attr, q) : -ENOENT;
	} else {
		err = flags & O_CREAT && flags & O_EXCL ? -EEXIST : rights_check(*q, flags);
	}
	if (!err) {
		(*q)->refs++;
	}
	return err;
}

/* A name as in a folder that has no folders in it. */
static int name_get(vaddr_t user, char name[NAME_LEN_MAX + 1])
{
	char *text;
	int err = user_text_get(user, &text);

	if (err) {
		return err;
	}
	if (!text[0]) {
		err = -ENOENT;
	} else if (!strcmp(text, ".") || !strcmp(text, "..") || strchr(text, '/')) {
		err = -EACCES;
	} else if (strlen(text) > NAME_LEN_MAX) {
		err = -ENAMETOOLONG;
	} else {
		memcpy(name, text, strlen(text) + 1);
	}
	heap_free(text);
	return err;
}

/* Linux reads them in any case, but for programs of 32 bits only if a queue may be made. */
static bool are_attributes_read(unsigned flags)
{
	return sizeof(long) > sizeof(int32_t) || flags & O_CREAT;
}

long sys_mq_open(sys_ptr user_name, sys_flags flags, sys_mode mode, sys_ptr user_attr)
{
	struct linux_mq_attr attr = { .messages_max = MQ_MESSAGES_DEFAULT,
		.size_max = MQ_SIZE_DEFAULT };
	char name[NAME_LEN_MAX + 1];
	struct mqueue *q;
	struct file *file;
	int err;

	if (user_attr && are_attributes_read(flags) &&
		user_copy_in(&attr, user_attr, sizeof(attr))) {
		return -EFAULT;
	}
	err = name_get(user_name, name);
	if (err) {
		return err;
	}
	mutex_lock(&mqueue_lock);
	err = queue_open(name, flags, mode, &attr, &q);
	mutex_unlock(&mqueue_lock);
	if (err) {
		return err;
	}
	file = file_create(&mqueue_ops, flags & (O_ACCMODE | O_NONBLOCK), q);
	if (!file) {
		mutex_lock(&mqueue_lock);
		queue_unref(q);
		mutex_unlock(&mqueue_lock);
	}
	return user_file_install(file, O_CLOEXEC);
}

long sys_mq_unlink(sys_ptr user_name)
{
	const struct process *process = process_current();
	char name[NAME_LEN_MAX + 1];
	struct mqueue *q;
	int err = name_get(user_name, name);

	if (err) {
		return err;
	}
	mutex_lock(&mqueue_lock);
	q = queue_find(name);
	if (!q) {
		err = -ENOENT;
	} else if (process->euid && process->euid != q->uid) {
		err = -EPERM;
	} else {
		list_remove(&q->link); /* Q3 */
		queue_unref(q);
	}
	mutex_unlock(&mqueue_lock);
	return err;
}

/* ---- mq_notify() and mq_getsetattr() --------------------------------------------------------------------- */

/* A thread is started by the C library, which the kernel would have to tell through a socket: that is not there. */
static int event_check(const struct linux_sigevent *event)
{
	if (event->notify == SIGEV_NONE) {
		return 0;
	}
	return event->notify == SIGEV_SIGNAL && event->signo >= 0 && event->signo <= SIGNAL_COUNT
		? 0
		: -EINVAL;
}

static int notify_set(struct mqueue *q, const struct linux_sigevent *event)
{
	int self = process_current()->pid;

	if (!event) {
		q->notified = q->notified == self ? 0 : q->notified;
		return 0;
	}
	if (q->notified) {
		return -EBUSY;
	}
	q->notified = self;
	q->event = *event;
	return 0;
}

long sys_mq_notify(sys_fd fd, sys_ptr user)
{
	struct linux_sigevent event;
	struct file *file;
	long err = 0;

	if (user) {
		err = user_copy_in(&event, user, sizeof(event)) ? -EFAULT : event_check(&event);
	}
	if (err) {
		return err;
	}
	file = user_file(fd);
	if (!file || file->ops != &mqueue_ops) {
		file_unref(file);
		return -EBADF;
	}
	mutex_lock(&mqueue_lock);
	err = notify_set(file->private, user ? &event : NULL);
	mutex_unlock(&mqueue_lock);
	file_unref(file);
	return err;
}

static struct linux_mq_attr attributes_change(struct file *file, const struct linux_mq_attr *new)
{
	const struct mqueue *q = file->private;
	struct linux_mq_attr old;

	mutex_lock(&mqueue_lock);
	old = q->attr;
	old.messages = q->count;
	old.flags = READ_ONCE(file->flags) & O_NONBLOCK;
	if (new) {
		WRITE_ONCE(
			file->flags, (file->flags & ~(unsigned)O_NONBLOCK) | (unsigned)new->flags);
	}
	mutex_unlock(&mqueue_lock);
	return old;
}

long sys_mq_getsetattr(sys_fd fd, sys_ptr user_new, sys_ptr user_old)
{
	struct linux_mq_attr new, old;
	struct file *file;

	if (user_new) {
		if (user_copy_in(&new, user_new, sizeof(new))) {
			return -EFAULT;
		}
		if (new.flags & ~(long)O_NONBLOCK) {
			return -EINVAL;
		}
	}
	file = user_file(fd);
	if (!file || file->ops != &mqueue_ops) {
		file_unref(file);
		return -EBADF;
	}
	old = attributes_change(file, user_new ? &new : NULL);
	file_unref(file);
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

/* ---- the file ---------------------------------------------------------------------------------------------- */

static unsigned mqueue_poll(struct file *file, struct poll_table *table)
{
	struct mqueue *q = file->private;
	unsigned count;

	poll_wait_for(table, &q->readable, POLLIN);
	poll_wait_for(table, &q->writable, POLLOUT);
	count = READ_ONCE(q->count);
	return (count ? POLLIN | POLLRDNORM : 0) |
		(count < (unsigned long)q->attr.messages_max ? POLLOUT | POLLWRNORM : 0);
}

static void mqueue_release(struct file *file)
{
	struct mqueue *q = file->private;

	mutex_lock(&mqueue_lock);
	if (q->notified && process_current() && q->notified == process_current()->pid) {
		q->notified = 0;
	}
	queue_unref(q);
	mutex_unlock(&mqueue_lock);
}

const struct file_ops mqueue_ops = {
	.poll = mqueue_poll,
	.release = mqueue_release,
	.kind = "[mqueue]",
};
