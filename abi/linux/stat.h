/*
 * linux/stat.h - file types, mode bits and what stat(), statx() and statfs()
 * fill in (stat(2), statx(2), statfs(2), inode(7)). struct linux_stat has no member equal on all
 * interfaces: abi/stat.h.
 */
#ifndef ABI_LINUX_STAT_H
#define ABI_LINUX_STAT_H

#include <abi/stat.h>
#include <linux/time.h>
#include <stdint.h>

#define S_IFMT	 0170000
#define S_IFSOCK 0140000
#define S_IFLNK	 0120000
#define S_IFREG	 0100000
#define S_IFBLK	 0060000
#define S_IFDIR	 0040000
#define S_IFCHR	 0020000
#define S_IFIFO	 0010000
#define S_ISUID	 0004000
#define S_ISGID	 0002000
#define S_ISVTX	 0001000
#define S_IRWXU	 0000700
#define S_IRWXG	 0000070
#define S_IXGRP	 0000010
#define S_IRWXO	 0000007

#define S_ISLNK(m)  (((m)&S_IFMT) == S_IFLNK)
#define S_ISREG(m)  (((m)&S_IFMT) == S_IFREG)
#define S_ISDIR(m)  (((m)&S_IFMT) == S_IFDIR)
#define S_ISCHR(m)  (((m)&S_IFMT) == S_IFCHR)
#define S_ISBLK(m)  (((m)&S_IFMT) == S_IFBLK)
#define S_ISFIFO(m) (((m)&S_IFMT) == S_IFIFO)
#define S_ISSOCK(m) (((m)&S_IFMT) == S_IFSOCK)

/* A device number as stat() shows it: 32 bits of minor and major, interleaved. */
static inline uint64_t device_number(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | ((major & 0xfff) << 8) | ((uint64_t)(minor & ~0xffu) << 12) |
		((uint64_t)(major & ~0xfffu) << 32);
}

static inline uint32_t device_major(uint64_t device)
{
	return (uint32_t)((device >> 8) & 0xfff) | (uint32_t)((device >> 32) & ~UINT64_C(0xfff));
}

static inline uint32_t device_minor(uint64_t device)
{
	return (uint32_t)(device & 0xff) | (uint32_t)((device >> 12) & 0xffffff00);
}

struct linux_statx_time {
	int64_t seconds;
	uint32_t nanoseconds;
	int32_t unused;
};

struct linux_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, unused0;
	uint64_t ino, size, blocks, attributes_mask;
	struct linux_statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mount_id;
	uint64_t unused[13];
};
_Static_assert(sizeof(struct linux_statx) == 256, "struct statx");

#define STATX_BASIC_STATS 0x7ff
#define STATX__RESERVED	  0x80000000u

struct linux_statfs {
	long type, block_size;
	unsigned long blocks, blocks_free, blocks_available, files, files_free;
	int32_t id[2];
	long name_len, fragment_size, flags;
	long unused[4];
};

/* Nanoseconds of struct timespec with a meaning of their own: utimensat(). */
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

#endif
