/* sys/stat.h - files' attributes, `struct stat` being Linux's. */
#ifndef _SYS_STAT_H
#define _SYS_STAT_H

#include <stddef.h>
#include <time.h>
#include <sys/types.h>
#include <linux/stat.h>

#include <width/stat.h>
_Static_assert(sizeof(struct stat) == sizeof(struct linux_stat), "struct stat is the kernel's");
_Static_assert(offsetof(struct stat, st_mtim) == offsetof(struct linux_stat, mtime),
	"struct stat is the kernel's");

#define st_atime st_atim.tv_sec
#define st_mtime st_mtim.tv_sec
#define st_ctime st_ctim.tv_sec

#define S_IRUSR 0400
#define S_IWUSR 0200
#define S_IXUSR 0100
#define S_IRGRP 0040
#define S_IWGRP 0020
#define S_IROTH 0004
#define S_IWOTH 0002
#define S_IXOTH 0001

int stat(const char *path, struct stat *attributes);
int lstat(const char *path, struct stat *attributes);
int fstat(int fd, struct stat *attributes);
int fstatat(int dir, const char *path, struct stat *attributes, int flags);
int statx(int dir, const char *path, int flags, unsigned int mask, struct linux_statx *attributes);
int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
int fchmodat(int dir, const char *path, mode_t mode, int flags);
mode_t umask(mode_t mask);
int mkdir(const char *path, mode_t mode);
int mkdirat(int dir, const char *path, mode_t mode);
int mkfifo(const char *path, mode_t mode);
int mkfifoat(int dir, const char *path, mode_t mode);
int mknod(const char *path, mode_t mode, dev_t device);
int mknodat(int dir, const char *path, mode_t mode, dev_t device);
int utimensat(int dir, const char *path, const struct timespec times[2], int flags);
int futimens(int fd, const struct timespec times[2]);

#endif
