/* file.h - what system calls on files have in common that differ only in the width of their arguments. */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

/* What each open() of the interface says without being told: O_LARGEFILE, where numbers are wide. */
extern const unsigned file_flags_implied;

/* lseek(): the new position, or -EBADF and what file_seek() says. */
int64_t file_position(int fd, int64_t offset, int whence);

/* sendfile(), with an offset of `offset_len` bytes in user memory: 8, or 4. */
long file_send(int out, int in, vaddr_t offset, size_t offset_len, size_t count);

/*
 * fcntl() on record locks, by the commands of linux/fcntl.h: F_GETLK and the like, F_OFD_GETLK and the
 * like. F_GETLK changes *record to what it found.
 */
long file_record(struct file *file, int fd, int cmd, struct linux_flock *record);

/* Commands of fcntl() that only one interface has: -EINVAL for all others. */
long file_control_more(struct file *file, int fd, int cmd, unsigned long arg);

/* What is known about a file, for stat(): 0 or a negative errno. */
int file_attr_named(int dir, vaddr_t path, unsigned at_flags, struct inode_attr *attr) __must_check;
int file_attr_open(int fd, struct inode_attr *attr) __must_check;
/* To user memory, as struct linux_stat: 0, -EFAULT, -EOVERFLOW. */
long stat_out(vaddr_t user, const struct inode_attr *attr);

/* 0, or why there is no folder to be listed behind an open file. */
int file_listable(const struct file *file) __must_check;

/* What statfs() tells, in numbers that are wide enough. */
struct filesystem_told {
	struct filesystem_usage usage;
	uint64_t device;
	unsigned flags; /* ST_* */
};
int filesystem_named(vaddr_t path, struct filesystem_told *told) __must_check;
int filesystem_open(int fd, struct filesystem_told *told) __must_check;

#endif
