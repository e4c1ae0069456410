/*
 * sys/_default_fcntl.h - opening and controlling files, with Linux's numbers. What newlib's
 * <fcntl.h> and <sys/fcntl.h> consist of.
 */
#ifndef _SYS__DEFAULT_FCNTL_H_
#define _SYS__DEFAULT_FCNTL_H_

#include <stddef.h>
#include <sys/types.h>
#include <sys/stat.h>
#include <linux/fcntl.h>

struct flock {
	short l_type, l_whence;
	off_t l_start, l_len;
	pid_t l_pid;
};
_Static_assert(sizeof(struct flock) == sizeof(struct linux_flock), "struct flock is the kernel's");
_Static_assert(offsetof(struct flock, l_pid) == offsetof(struct linux_flock, pid),
	"struct flock is the kernel's");

int open(const char *path, int flags, ...);
int openat(int dir, const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int command, ...);
int flock(int fd, int operation);
int fallocate(int fd, int mode, off_t offset, off_t len);

#endif
