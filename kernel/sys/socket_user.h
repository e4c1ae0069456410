/* socket_user.h - sockets and their addresses as system calls name them. */
#ifndef SYS_SOCKET_USER_H
#define SYS_SOCKET_USER_H

#include <kernel/socket.h>

/* The caller's descriptor: the socket, its file held until file_unref(). -EBADF, -ENOTSOCK. */
int user_socket(int fd, struct file **file, struct socket **s) __must_check;

/* An address from user memory: -EINVAL when it is too long, -EFAULT. */
int user_address_in(struct socket_address *a, vaddr_t user, int len) __must_check;
/* To user memory, cut at the room that *user_len says; there goes how long it is. Nothing for a null pointer. */
int user_address_out(const struct socket_address *a, vaddr_t user, vaddr_t user_len) __must_check;

static inline bool socket_is_nonblocking(const struct file *file)
{
	return READ_ONCE(file->flags) & SOCK_NONBLOCK;
}

#endif
