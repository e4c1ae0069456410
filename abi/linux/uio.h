/* linux/uio.h - scattered buffers (readv(2)). */
#ifndef ABI_LINUX_UIO_H
#define ABI_LINUX_UIO_H

#include <stdint.h>

struct linux_iovec {
	uint64_t base, len;
};
_Static_assert(sizeof(struct linux_iovec) == 16, "struct iovec of x86-64");

#define UIO_MAXIOV 1024

#endif
