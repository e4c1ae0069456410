/* sys/mman.h - mappings. */
#ifndef _SYS_MMAN_H
#define _SYS_MMAN_H

#include <stddef.h>
#include <sys/types.h>
#include <linux/mman.h>

#define MAP_FAILED ((void *)-1)
#define MAP_ANON   MAP_ANONYMOUS

void *mmap(void *address, size_t len, int prot, int flags, int fd, off_t offset);
int munmap(void *address, size_t len);
int mprotect(void *address, size_t len, int prot);
void *mremap(void *old, size_t old_len, size_t new_len, int flags, ...);
int msync(void *address, size_t len, int flags);
int mincore(void *address, size_t len, unsigned char *vector);
int madvise(void *address, size_t len, int advice);
int mlock(const void *address, size_t len);
int munlock(const void *address, size_t len);

#endif
