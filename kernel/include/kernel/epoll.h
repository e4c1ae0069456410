/*
 * epoll.h - a file that watches other files; see kernel/poll/epoll.c.
 */
#ifndef KERNEL_EPOLL_H
#define KERNEL_EPOLL_H

#include <kernel/vfs.h>

/* A new epoll file, or NULL when memory is out. */
struct file *epoll_create(void) __must_check;

bool is_epoll(const struct file *file);

/*
 * Watch `file`, which the program calls `fd`, in the epoll file `self`; change what is watched;
 * stop. Events are Linux's EPOLL* bits. -EEXIST, -ENOENT, -ENOMEM; -ELOOP for a circle or too long
 * a chain of epolls, -EINVAL where a file would have too many ways up through them.
 */
int epoll_add(
	struct file *self, struct file *file, int fd, unsigned events, uint64_t data) __must_check;
int epoll_modify(
	struct file *self, struct file *file, int fd, unsigned events, uint64_t data) __must_check;
int epoll_remove(struct file *self, struct file *file, int fd) __must_check;

/* Take one event, in the context of epoll_wait(): 0, or -EFAULT, and it is kept for later. */
typedef int epoll_emit_fn(void *arg, unsigned events, uint64_t data);

/* At most `max` events: how many, 0 after the deadline, -EINTR, or what the first `emit` said. */
long epoll_wait(struct file *self, unsigned max, nsec_t deadline, epoll_emit_fn *emit,
	void *arg) __must_check;

/* The last reference of the file is gone: nobody watches it any more. Before its release(). */
void epoll_file_gone(struct file *file);

#endif
