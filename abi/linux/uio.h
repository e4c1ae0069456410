/* linux/uio.h - scattered buffers (readv(2)). */
#ifndef ABI_LINUX_UIO_H
#define ABI_LINUX_UIO_H

struct linux_iovec {
	unsigned long base, len;
};

#define UIO_MAXIOV 1024

#endif
