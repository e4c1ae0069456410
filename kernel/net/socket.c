/*
 * socket.c - sockets as open files: life, reading and writing.
 *
 * Each has an inode of its own, so that fstat() knows what it is.
 */
#include <arch/user.h>
#include <kernel/heap.h>
#include <kernel/net.h>
#include <kernel/poll.h>
#include <kernel/process.h>
#include <kernel/socket.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#define SIGNAL_PIPE 13

/* ---- life --------------------------------------------------------------------------------- */

void socket_init(struct socket *s, const struct socket_ops *ops, int family, int type, int protocol)
{
	s->ops = ops;
	s->family = family;
	s->type = type;
	s->protocol = protocol;
	s->refs = 1;
	s->send_buffer = s->receive_buffer = SOCKET_BUFFER_LEN;
	wait_queue_init(&s->changed);
}

void socket_ref(struct socket *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
}

void socket_unref(struct socket *s)
{
	if (s && __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		s->ops->release(s);
	}
}

struct linux_ucred socket_credentials(void)
{
	struct process *p = process_current();

	return p ? (struct linux_ucred){ p->pid, p->euid, p->egid } : (struct linux_ucred){ 0 };
}

void message_control_free(struct message_control *control)
{
	for (unsigned i = 0; i < control->file_count; i++) {
		file_unref(control->files[i]);
	}
	heap_free(control->files);
	control->files = NULL;
	control->file_count = 0;
}

/* ---- sending and receiving ------------------------------------------------------------------ */

static void broken_signal(const struct message *m)
{
	struct signal_info info = { .signo = SIGNAL_PIPE };

	if (!(m->flags & MSG_NOSIGNAL) && process_current()) {
		(void)signal_send_thread(thread_current(), &info);
	}
}

/* A stream may take less than it was given: go on with the rest. */
static long stream_send(struct socket *s, struct message *m)
{
	struct message rest = *m;
	size_t total = 0;
	long done = 0;

	do {
		done = s->ops->send(s, &rest);
		if (done < 0) {
			break;
		}
		total += (size_t)done;
		rest.data = (char *)m->data + total;
		rest.len = m->len - total;
		rest.control = NULL;
	} while (done > 0 && rest.len > 0);
	return total ? (long)total : done;
}

long socket_send(struct socket *s, struct message *m)
{
	long done;

	if (m->flags & MSG_OOB) {
		return -EOPNOTSUPP;
	}
	done = s->type == SOCK_STREAM && !m->user ? stream_send(s, m) : s->ops->send(s, m);
	if (done == -EPIPE && s->type != SOCK_DGRAM) {
		broken_signal(m);
	}
	return done;
}

long socket_receive(struct socket *s, struct message *m)
{
	struct message rest = *m;
	size_t total = 0;
	long done;

	if (m->flags & MSG_OOB) {
		return -EINVAL;
	}
	if (m->flags & MSG_ERRQUEUE) {
		return s->ops->receive_error ? s->ops->receive_error(s, m) : -EAGAIN;
	}
	if (s->type != SOCK_STREAM || !(m->flags & MSG_WAITALL) || m->flags & MSG_PEEK) {
		return s->ops->receive(s, m);
	}
	do {
		done = s->ops->receive(s, &rest);
		total += done > 0 ? (size_t)done : 0;
		rest.data = m->user ? NULL : (char *)m->data + total;
		rest.len = m->len - total;
	} while (done > 0 && rest.len > 0 && !(m->control && m->control->file_count));
	m->flags_out = rest.flags_out;
	return total ? (long)total : done;
}

static unsigned flags_of(const struct file *file)
{
	return READ_ONCE(file->flags) & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

static long socket_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct message m = { .data = buf, .len = len, .flags = flags_of(file) };

	return len ? socket_receive(socket_of(file), &m) : 0;
}

static long socket_read_user(struct file *file, struct user_vector *v, size_t len)
{
	struct message m = { .user = v, .len = len, .flags = flags_of(file) };
	struct socket *s = socket_of(file);

	if (!s->ops->has_user_receive) {
		return -EOPNOTSUPP;
	}
	return len ? socket_receive(s, &m) : 0;
}

static long socket_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct message m = { .data = (void *)(vaddr_t)buf, .len = len, .flags = flags_of(file) };

	return socket_send(socket_of(file), &m);
}

static long socket_write_user(struct file *file, struct user_vector *v, size_t len)
{
	struct message m = { .user = v, .len = len, .flags = flags_of(file) };
	struct socket *s = socket_of(file);

	return socket_has_user_send(s, len) ? socket_send(s, &m) : -EOPNOTSUPP;
}

/* ---- the rest of a file --------------------------------------------------------------------- */

static unsigned socket_poll(struct file *file, struct poll_table *table)
{
	struct socket *s = socket_of(file);

	poll_wait(table, &s->changed);
	return s->ops->poll(s);
}

static long socket_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct socket *s = socket_of(file);
	long result;
	int count;

	if (request == FIONREAD && s->ops->unread) {
		result = s->ops->unread(s);
		count = (int)MIN(result, INT32_MAX);
		return result < 0 ? result : user_copy_out(arg, &count, sizeof(count));
	}
	result = s->ops->ioctl ? s->ops->ioctl(s, request, arg) : -ENOTTY;
	return result == -ENOTTY ? net_ioctl(request, arg) : result;
}

static void socket_release(struct file *file)
{
	struct socket *s = socket_of(file);

	if (s->ops->closed) {
		s->ops->closed(s);
	}
	socket_unref(s);
}

static const struct file_ops socket_file_ops = {
	.read = socket_read,
	.read_user = socket_read_user,
	.write = socket_write,
	.write_user = socket_write_user,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.release = socket_release,
};

struct socket *socket_of(struct file *file)
{
	return file->ops == &socket_file_ops ? file->private : NULL;
}

static void inode_release(struct inode *inode)
{
	heap_free(inode);
}

static const struct inode_ops socket_inode_ops = { .release = inode_release };
static const struct filesystem_type sockfs_type = { .name = "sockfs" };
static struct filesystem sockfs = { .type = &sockfs_type };

static struct inode *inode_make(void)
{
	static uint64_t last_number;
	struct inode *inode = heap_alloc(sizeof(*inode));
	struct linux_ucred owner = socket_credentials();

	if (inode) {
		inode_init(inode, &sockfs, &socket_inode_ops, S_IFSOCK | 0777,
			__atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED));
		inode->uid = owner.uid;
		inode->gid = owner.gid;
	}
	return inode;
}

struct file *socket_file(struct socket *s, unsigned flags)
{
	struct inode *inode = inode_make();
	struct file *file = inode ? file_create(&socket_file_ops, O_RDWR | flags, s) : NULL;

	if (!file) {
		if (s->ops->closed) {
			s->ops->closed(s);
		}
		socket_unref(s);
		if (inode) {
			inode_unref(inode);
		}
		return NULL;
	}
	file->inode = inode;
	return file;
}
