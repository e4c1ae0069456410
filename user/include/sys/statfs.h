/* sys/statfs.h - a file system's kind and room. */
#ifndef _SYS_STATFS_H
#define _SYS_STATFS_H

#include <linux/fs.h>
#include <linux/stat.h>

struct statfs {
	long f_type, f_bsize;
	unsigned long f_blocks, f_bfree, f_bavail, f_files, f_ffree;
	struct {
		int __val[2];
	} f_fsid;
	long f_namelen, f_frsize, f_flags, f_spare[4];
};
_Static_assert(
	sizeof(struct statfs) == sizeof(struct linux_statfs), "struct statfs is the kernel's");

int statfs(const char *path, struct statfs *buf);
int fstatfs(int fd, struct statfs *buf);

#endif
