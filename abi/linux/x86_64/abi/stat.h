/* abi/stat.h (x86-64) - what stat() fills in. */
#ifndef ABI_STAT_H
#define ABI_STAT_H

#include <linux/time.h>
#include <stdint.h>

struct linux_stat {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, unused0;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	struct linux_timespec atime, mtime, ctime;
	int64_t unused[3];
};
_Static_assert(sizeof(struct linux_stat) == 144, "asm/stat.h: struct stat");

#endif
