/* sys/uio.h - reading and writing several buffers at once. */
#ifndef _SYS_UIO_H
#define _SYS_UIO_H

#include <stddef.h>
#include <sys/types.h>
#include <linux/uio.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};
_Static_assert(sizeof(struct iovec) == sizeof(struct linux_iovec), "struct iovec is the kernel's");

ssize_t readv(int fd, const struct iovec *vector, int count);
ssize_t writev(int fd, const struct iovec *vector, int count);
ssize_t preadv(int fd, const struct iovec *vector, int count, off_t offset);
ssize_t pwritev(int fd, const struct iovec *vector, int count, off_t offset);

#endif
