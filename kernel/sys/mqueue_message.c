/*
 * mqueue_message.c - sending to and receiving from POSIX message queues, and who hears of it.
 *
 * Who has no room, or nothing to take, waits for the queue's event and tries again.
 */
#include "mqueue.h"
#include "timed.h"
#include "user_path.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <linux/fcntl.h>

/* ---- messages: the lock held ------------------------------------------------------------------------ */

/* Who asked for it hears of a message in a queue that was empty and for which nobody waits. Once. */
static void notify(struct mqueue *q)
{
	struct process *process = q->notified ? process_find(q->notified) : NULL;
	struct signal_info info = { .signo = q->event.signo,
		.code = SI_MESGQ,
		.pid = process_current()->pid,
		.uid = process_current()->uid,
		.value = q->event.value };

	q->notified = 0;
	if (!process) {
		return;
	}
	if (q->event.notify == SIGEV_SIGNAL && info.signo) {
		(void)signal_send_process(process, &info);
	}
	process_unref(process);
}

/* Q1, Q2. False: no room. */
static bool message_put(struct mqueue *q, struct message *m)
{
	struct list *before = q->messages.prev;

	if (q->count == (unsigned long)q->attr.messages_max) {
		return false;
	}
	while (before != &q->messages &&
		list_entry(before, struct message, link)->priority < m->priority) {
		before = before->prev;
	}
	list_push_front(before, &m->link);
	WRITE_ONCE(q->count, q->count + 1);
	if (q->count == 1 && !q->receivers) {
		notify(q);
	}
	wait_wake_all(&q->readable);
	return true;
}

static struct message *message_take(struct mqueue *q)
{
	struct list *first = list_first(&q->messages);

	if (first) {
		list_remove(first);
		WRITE_ONCE(q->count, q->count - 1);
		wait_wake_all(&q->writable);
	}
	return first ? list_entry(first, struct message, link) : NULL;
}

/* Until the condition holds, which is to be tried again: 0, -EAGAIN, -ERESTARTSYS, -ETIMEDOUT. Lets go of the lock. */
#define event_await(file, event, cond, deadline)                                                   \
	({                                                                                         \
		long wait_err_ = READ_ONCE((file)->flags) & O_NONBLOCK ? -EAGAIN : 0;              \
		if (!wait_err_) {                                                                  \
			bool in_time_;                                                             \
			mutex_unlock(&mqueue_lock);                                                \
			in_time_ = wait_until(event, (cond) || signal_is_pending(), deadline);     \
			mutex_lock(&mqueue_lock);                                                  \
			wait_err_ = (cond) ? 0 : in_time_ ? -ERESTARTSYS : -ETIMEDOUT;             \
		}                                                                                  \
		wait_err_;                                                                         \
	})

/* ---- sending and receiving ----------------------------------------------------------------------------- */

/* The queue's file, referenced, if it is one that is open for this. */
static struct file *queue_file(int fd, unsigned mode)
{
	struct file *file = user_file(fd);

	if (file &&
		(file->ops != &mqueue_ops ||
			((file->flags & O_ACCMODE) != mode &&
				(file->flags & O_ACCMODE) != O_RDWR))) {
		file_unref(file);
		return NULL;
	}
	return file;
}

static long send(struct file *file, vaddr_t user, size_t len, unsigned priority, nsec_t deadline)
{
	struct mqueue *q = file->private;
	struct message *m;
	long err = 0;

	if (len > (size_t)q->attr.size_max) {
		return -EMSGSIZE;
	}
	m = heap_alloc(sizeof(*m) + len);
	if (!m) {
		return -ENOMEM;
	}
	m->priority = priority;
	m->len = len;
	if (user_copy_in(m->data, user, len)) {
		heap_free(m);
		return -EFAULT;
	}
	mutex_lock(&mqueue_lock);
	while (!err && !message_put(q, m)) {
		err = event_await(file, &q->writable,
			READ_ONCE(q->count) < (unsigned long)q->attr.messages_max, deadline);
	}
	mutex_unlock(&mqueue_lock);
	if (err) {
		heap_free(m);
	}
	return err;
}

long mq_send(sys_fd fd, sys_ptr user, sys_len len, sys_uint priority, sys_ptr timeout,
	enum time_width width)
{
	nsec_t deadline;
	long err = deadline_absolute(&deadline, timeout, true, width);
	struct file *file;

	if (err) {
		return err;
	}
	if (priority >= MQ_PRIO_MAX) {
		return -EINVAL;
	}
	file = queue_file(fd, O_WRONLY);
	if (!file) {
		return -EBADF;
	}
	err = send(file, user, len, priority, deadline);
	file_unref(file);
	return err;
}

static long receive(struct file *file, size_t len, nsec_t deadline, struct message **m)
{
	struct mqueue *q = file->private;
	long err = 0;

	if (len < (size_t)q->attr.size_max) {
		return -EMSGSIZE;
	}
	mutex_lock(&mqueue_lock);
	while (!err && !(*m = message_take(q))) {
		q->receivers++;
		err = event_await(file, &q->readable, READ_ONCE(q->count), deadline);
		q->receivers--;
	}
	mutex_unlock(&mqueue_lock);
	return err;
}

long mq_receive(sys_fd fd, sys_ptr user, sys_len len, sys_ptr user_priority, sys_ptr timeout,
	enum time_width width)
{
	struct message *m;
	nsec_t deadline;
	long result = deadline_absolute(&deadline, timeout, true, width);
	struct file *file;

	if (result) {
		return result;
	}
	file = queue_file(fd, O_RDONLY);
	if (!file) {
		return -EBADF;
	}
	result = receive(file, len, deadline, &m);
	file_unref(file);
	if (result) {
		return result;
	}
	result = (long)m->len;
	if ((user_priority && user_copy_out(user_priority, &m->priority, sizeof(m->priority))) ||
		user_copy_out(user, m->data, m->len)) {
		result = -EFAULT;
	}
	heap_free(m);
	return result;
}

long sys_mq_timedsend(sys_fd fd, sys_ptr user, sys_len len, sys_uint priority, sys_ptr timeout)
{
	return mq_send(fd, user, len, priority, timeout, TIME_WORD);
}

long sys_mq_timedreceive(sys_fd fd, sys_ptr user, sys_len len, sys_ptr priority, sys_ptr timeout)
{
	return mq_receive(fd, user, len, priority, timeout, TIME_WORD);
}
