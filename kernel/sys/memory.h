/* memory.h - mmap(), whose arguments each interface passes in its own way. */
#ifndef SYS_MEMORY_H
#define SYS_MEMORY_H

#include <kernel/types.h>

/* Where it is now, or a negative errno; `offset` in bytes. */
long memory_map(
	unsigned long address, size_t length, int prot, unsigned flags, int fd, uint64_t offset);

#endif
