/*
 * abi/stat.h (i386) - what stat() fills in, in its three generations.
 *
 * No padding that the compiler would choose: 64-bit members stand at multiples of 4, as on i386.
 */
#ifndef ABI_STAT_H
#define ABI_STAT_H

#include <linux/time.h>
#include <stdint.h>

/* stat64() and its kin. */
struct linux_stat {
	uint64_t dev;
	uint32_t unused0;
	uint32_t ino_low; /* a number of 32 bits, for who looks no further */
	uint32_t mode, nlink, uid, gid;
	uint64_t rdev;
	uint32_t unused1;
	int64_t size;
	uint32_t blksize;
	uint64_t blocks;
	struct linux_timespec atime, mtime, ctime;
	uint64_t ino;
};

/* stat() */
struct linux_stat_old {
	uint32_t dev, ino;
	uint16_t mode, nlink, uid, gid;
	uint32_t rdev, size, blksize, blocks;
	struct linux_timespec atime, mtime, ctime;
	uint32_t unused[2];
};

/* oldstat() */
struct linux_oldstat {
	uint16_t dev, ino, mode, nlink, uid, gid, rdev, pad;
	uint32_t size, atime, mtime, ctime;
};

/* statfs64() */
struct linux_statfs64 {
	uint32_t type, block_size;
	uint64_t blocks, blocks_free, blocks_available, files, files_free;
	int32_t id[2];
	uint32_t name_len, fragment_size, flags;
	uint32_t unused[4];
};

#endif
