/* memfd.h - files of memory without a name, and seals; see kernel/fs/memfd.c. */
#ifndef KERNEL_MEMFD_H
#define KERNEL_MEMFD_H

#include <kernel/vfs.h>

#define MEMFD_NAME_MAX 249

/* An open file, for reading and writing: 0 or -ENOMEM. */
int memfd_create(const char *name, bool may_be_sealed, struct file **file) __must_check;

/* F_SEAL_* of the file; -EINVAL for one that is not in memory. */
long file_seals(struct file *file);
/* Add some: 0, -EINVAL; -EPERM if it may not be; -EBUSY for F_SEAL_WRITE while it is mapped. */
long file_seal(struct file *file, unsigned seals);

#endif
