/*
 * file_advice.c - what programs say about how they will use a file, and writing parts of one
 * to its device. Files are in memory: after the checks there is nothing to do.
 */
#include <kernel/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "user_path.h"

#define ADVICE_MAX  5 /* POSIX_FADV_NOREUSE */
#define RANGE_FLAGS 7u

static uint32_t mode_of(const struct file *file)
{
	return file->inode ? file->inode->mode : 0;
}

static bool is_readable(const struct file *file)
{
	return !(file->flags & O_PATH) && (file->flags & O_ACCMODE) != O_WRONLY;
}

long sys_fadvise64(sys_fd fd, sys_off offset, sys_off length, sys_int advice)
{
	struct file *file = user_file(fd);
	long err = 0;

	if (!file || file->flags & O_PATH) {
		err = -EBADF;
	} else if (S_ISFIFO(mode_of(file))) {
		err = -ESPIPE;
	} else if (length < 0 || advice < 0 || advice > ADVICE_MAX) {
		err = -EINVAL;
	}
	file_unref(file);
	return err;
}

long sys_readahead(sys_fd fd, sys_off offset, sys_len count)
{
	struct file *file = user_file(fd);
	long err = 0;

	if (!file || !is_readable(file)) {
		err = -EBADF;
	} else if (!S_ISREG(mode_of(file)) && !S_ISBLK(mode_of(file))) {
		err = -EINVAL;
	}
	file_unref(file);
	return err;
}

static long range_check(const struct file *file, int64_t offset, int64_t length, unsigned flags)
{
	uint32_t mode = mode_of(file);
	int64_t end;

	if (flags & ~RANGE_FLAGS || offset < 0 || length < 0 ||
		__builtin_add_overflow(offset, length, &end)) {
		return -EINVAL;
	}
	return S_ISREG(mode) || S_ISBLK(mode) || S_ISDIR(mode) || S_ISLNK(mode) ? 0 : -ESPIPE;
}

long sys_sync_file_range(sys_fd fd, sys_off offset, sys_off length, sys_flags flags)
{
	struct file *file = user_file(fd);
	long err = -EBADF;

	if (file && !(file->flags & O_PATH)) {
		err = range_check(file, offset, length, flags);
		if (!err && file->ops->sync) {
			err = file->ops->sync(file);
		}
	}
	file_unref(file);
	return err;
}

long sys_syncfs(sys_fd fd)
{
	struct file *file = user_file(fd);
	struct filesystem *fs;
	long err = -EBADF;

	if (file && !(file->flags & O_PATH)) {
		fs = file->inode ? file->inode->fs : NULL;
		err = fs && fs->ops && fs->ops->sync ? fs->ops->sync(fs) : 0;
	}
	file_unref(file);
	return err;
}
