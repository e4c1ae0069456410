/* inotify.c - system calls of inotify: arguments checked; kernel/fs/inotify.c does it. */
#include <kernel/errno.h>
#include <kernel/notify.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "user_path.h"

long sys_inotify_init1(sys_flags flags)
{
	if (flags & ~(unsigned)(IN_NONBLOCK | IN_CLOEXEC)) {
		return -EINVAL;
	}
	return user_file_install(inotify_create(flags), flags);
}

long sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

/* Whoever may read a file may watch it. */
static long watch_named(struct file *file, vaddr_t path, uint32_t mask)
{
	unsigned flags = (mask & IN_DONT_FOLLOW ? (unsigned)PATH_NOFOLLOW : 0) |
		(mask & IN_ONLYDIR ? (unsigned)PATH_DIRECTORY : 0);
	struct dentry *d;
	long result = user_path_lookup(AT_FDCWD, path, flags, &d);

	if (result) {
		return result;
	}
	result = inode_permission(dentry_inode(d), R_OK);
	if (!result) {
		result = inotify_watch(file, dentry_inode(d), mask);
	}
	dentry_unref(d);
	return result;
}

long sys_inotify_add_watch(sys_fd fd, sys_path path, sys_flags mask)
{
	struct file *file;
	long result = -EINVAL;

	if (!(mask & IN_ALL_BITS)) {
		return -EINVAL;
	}
	file = user_file(fd);
	if (!file) {
		return -EBADF;
	}
	if (!(mask & IN_MASK_ADD && mask & IN_MASK_CREATE) && is_inotify(file)) {
		result = watch_named(file, path, mask);
	}
	file_unref(file);
	return result;
}

long sys_inotify_rm_watch(sys_fd fd, sys_int wd)
{
	struct file *file = user_file(fd);
	long err = !file ? -EBADF : is_inotify(file) ? inotify_unwatch(file, wd) : -EINVAL;

	file_unref(file);
	return err;
}
