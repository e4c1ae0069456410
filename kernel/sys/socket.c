/* socket.c - system calls about sockets: making, naming and connecting them, and their options. */
#include "socket_user.h"

#include <arch/user.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include "user_path.h"

#define OPTION_LEN_MAX 256u

_Static_assert(SOCK_NONBLOCK == O_NONBLOCK && SOCK_CLOEXEC == O_CLOEXEC, "linux/net.h");

int user_socket(int fd, struct file **file, struct socket **s)
{
	*file = user_file(fd);
	if (!*file || (*file)->flags & O_PATH) {
		file_unref(*file);
		return -EBADF;
	}
	*s = socket_of(*file);
	if (!*s) {
		file_unref(*file);
		return -ENOTSOCK;
	}
	return 0;
}

int user_address_in(struct socket_address *a, vaddr_t user, int len)
{
	if (len < 0 || (unsigned)len > sizeof(a->bytes)) {
		return -EINVAL;
	}
	memset(a, 0, sizeof(*a));
	a->len = (unsigned)len;
	return user_copy_in(a->bytes, user, a->len);
}

int user_address_out(const struct socket_address *a, vaddr_t user, vaddr_t user_len)
{
	int room, len = (int)a->len;

	if (!user || !user_len) {
		return 0;
	}
	if (user_copy_in(&room, user_len, sizeof(room))) {
		return -EFAULT;
	}
	if (room < 0) {
		return -EINVAL;
	}
	if (user_copy_out(user, a->bytes, (size_t)MIN(room, len))) {
		return -EFAULT;
	}
	return user_copy_out(user_len, &len, sizeof(len));
}

/* ---- making --------------------------------------------------------------------------------- */

/* Takes over the reference. */
static long install(struct socket *s, unsigned flags)
{
	struct file *file = socket_file(s, flags & SOCK_NONBLOCK);
	int fd = file ? fd_install(task_current()->fds, file, 0, flags & SOCK_CLOEXEC) : -ENOMEM;

	if (fd < 0) {
		file_unref(file);
	}
	return fd;
}

static int type_check(int type)
{
	unsigned flags = (unsigned)type & ~(unsigned)SOCK_TYPE_MASK;

	return flags & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC) ? -EINVAL : 0;
}

long sys_socket(int family, int type, int protocol)
{
	struct socket *s;
	int err = type_check(type);

	if (!err) {
		err = socket_create(family, type & SOCK_TYPE_MASK, protocol, &s);
	}
	return err ? err : install(s, (unsigned)type);
}

static int pair_make(int family, int type, int protocol, struct socket *ends[2])
{
	int err = socket_create(family, type & SOCK_TYPE_MASK, protocol, &ends[0]);

	if (err) {
		return err;
	}
	err = ends[0]->ops->pair ? socket_create(family, type & SOCK_TYPE_MASK, protocol, &ends[1])
				 : -EOPNOTSUPP;
	if (err) {
		socket_unref(ends[0]);
		return err;
	}
	return ends[0]->ops->pair(ends[0], ends[1]);
}

long sys_socketpair(int family, int type, int protocol, vaddr_t user_fds)
{
	struct fd_table *fds = task_current()->fds;
	struct socket *ends[2];
	int numbers[2];
	long err = type_check(type);

	if (!err) {
		err = pair_make(family, type, protocol, ends);
	}
	if (err) {
		return err;
	}
	numbers[0] = (int)install(ends[0], (unsigned)type);
	numbers[1] = (int)install(ends[1], (unsigned)type);
	err = MIN(MIN(numbers[0], numbers[1]), 0);
	if (!err) {
		err = user_copy_out(user_fds, numbers, sizeof(numbers));
	}
	for (unsigned i = 0; err && i < ARRAY_SIZE(numbers); i++) {
		if (numbers[i] >= 0) {
			(void)!fd_close(fds, numbers[i]);
		}
	}
	return err;
}

/* ---- naming and connecting ------------------------------------------------------------------ */

long sys_bind(int fd, vaddr_t user, int len)
{
	struct socket_address address;
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (err) {
		return err;
	}
	err = user_address_in(&address, user, len);
	if (!err) {
		err = s->ops->bind ? s->ops->bind(s, &address) : -EOPNOTSUPP;
	}
	file_unref(file);
	return err;
}

long sys_connect(int fd, vaddr_t user, int len)
{
	struct socket_address address;
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (err) {
		return err;
	}
	err = user_address_in(&address, user, len);
	if (!err) {
		err = s->ops->connect ? s->ops->connect(s, &address, socket_is_nonblocking(file))
				      : -EOPNOTSUPP;
	}
	file_unref(file);
	return err;
}

long sys_listen(int fd, int backlog)
{
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (!err) {
		err = s->ops->listen ? s->ops->listen(s, backlog) : -EOPNOTSUPP;
		file_unref(file);
	}
	return err;
}

static long accept_do(
	struct file *file, struct socket *s, vaddr_t user, vaddr_t user_len, unsigned flags)
{
	struct socket_address address = { 0 };
	struct socket *accepted;
	int err = -EOPNOTSUPP;
	long fd;

	if (s->ops->accept) {
		err = s->ops->accept(s, &accepted, socket_is_nonblocking(file));
	}
	if (err) {
		return err;
	}
	(void)accepted->ops->name(accepted, true, &address);
	fd = install(accepted, flags);
	if (fd >= 0) {
		err = user_address_out(&address, user, user_len);
	}
	if (err) {
		(void)!fd_close(task_current()->fds, (int)fd);
		return err;
	}
	return fd;
}

long sys_accept4(int fd, vaddr_t user, vaddr_t user_len, unsigned flags)
{
	struct socket *s;
	struct file *file;
	long result;

	if (flags & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
		return -EINVAL;
	}
	result = user_socket(fd, &file, &s);
	if (!result) {
		result = accept_do(file, s, user, user_len, flags);
		file_unref(file);
	}
	return result;
}

static long name_tell(int fd, bool is_peer, vaddr_t user, vaddr_t user_len)
{
	struct socket_address address = { 0 };
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (err) {
		return err;
	}
	err = s->ops->name(s, is_peer, &address);
	file_unref(file);
	return err ? err : user_address_out(&address, user, user_len);
}

long sys_getsockname(int fd, vaddr_t user, vaddr_t user_len)
{
	return name_tell(fd, false, user, user_len);
}

long sys_getpeername(int fd, vaddr_t user, vaddr_t user_len)
{
	return name_tell(fd, true, user, user_len);
}

long sys_shutdown(int fd, int how)
{
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (err) {
		return err;
	}
	if (how < SHUT_RD || how > SHUT_RDWR) {
		err = -EINVAL;
	} else {
		err = s->ops->shutdown ? s->ops->shutdown(s, how) : -EOPNOTSUPP;
	}
	file_unref(file);
	return err;
}

/* ---- options -------------------------------------------------------------------------------- */

long sys_setsockopt(int fd, int level, int name, vaddr_t user, int len)
{
	unsigned char value[OPTION_LEN_MAX];
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (err) {
		return err;
	}
	if (len < 0) {
		err = -EINVAL;
	} else {
		err = user_copy_in(value, user, (size_t)MIN(len, (int)sizeof(value)));
	}
	if (!err) {
		err = socket_option_set(
			s, level, name, value, (size_t)MIN(len, (int)sizeof(value)));
	}
	file_unref(file);
	return err;
}

static int option_tell(struct socket *s, int level, int name, vaddr_t user, vaddr_t user_len)
{
	unsigned char value[OPTION_LEN_MAX] = { 0 };
	size_t used;
	int len, err;

	if (user_copy_in(&len, user_len, sizeof(len))) {
		return -EFAULT;
	}
	if (len < 0) {
		return -EINVAL;
	}
	used = (size_t)MIN(len, (int)sizeof(value));
	err = socket_option_get(s, level, name, value, &used);
	if (err) {
		return err;
	}
	len = (int)used;
	err = user_copy_out(user, value, used);
	return err ? err : user_copy_out(user_len, &len, sizeof(len));
}

long sys_getsockopt(int fd, int level, int name, vaddr_t user, vaddr_t user_len)
{
	struct socket *s;
	struct file *file;
	int err = user_socket(fd, &file, &s);

	if (!err) {
		err = option_tell(s, level, name, user, user_len);
		file_unref(file);
	}
	return err;
}
