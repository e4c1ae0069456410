/* file.c - open files: life, reading and writing, positions. */
#include <kernel/epoll.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/notify.h>
#include <linux/dirent.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "fs.h"

#define TRANSFER_MAX 0x7ffff000ul /* of one call, as on Linux */

struct file *file_create(const struct file_ops *ops, unsigned flags, void *private)
{
	struct file *file = heap_alloc(sizeof(*file));

	if (file) {
		file->ops = ops;
		file->flags = flags;
		file->private = private;
		file->refs = 1;
		mutex_init(&file->pos_lock, "file position");
		list_init(&file->watchers);
	}
	return file;
}

void file_ref(struct file *file)
{
	__atomic_add_fetch(&file->refs, 1, __ATOMIC_RELAXED);
}

bool file_is_writable(const struct file *file)
{
	unsigned mode = file->flags & O_ACCMODE;

	return !(file->flags & O_PATH) && (mode == O_WRONLY || mode == O_RDWR);
}

void file_unref(struct file *file)
{
	if (!file || __atomic_sub_fetch(&file->refs, 1, __ATOMIC_ACQ_REL) > 0) {
		return;
	}
	epoll_file_gone(file);
	if (!(file->flags & O_PATH)) {
		notify_file(
			file->dentry, file_is_writable(file) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	}
	if (file->ops->release) {
		file->ops->release(file);
	}
	if (file->is_writer) {
		filesystem_writer_remove(file->inode->fs);
	}
	file_locks_drop(file);
	inode_unref(file->inode);
	if (file->dentry) {
		dentry_unref(file->dentry);
	}
	heap_free(file);
}

/* ---- reading and writing ------------------------------------------------------------ */

static bool is_readable(const struct file *file)
{
	unsigned mode = file->flags & O_ACCMODE;

	return !(file->flags & O_PATH) && (mode == O_RDONLY || mode == O_RDWR);
}

static bool is_directory(const struct file *file)
{
	return file->inode && S_ISDIR(file->inode->mode);
}

long vfs_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	int64_t nowhere = 0;
	long done;

	if (!is_readable(file)) {
		return -EBADF;
	}
	if (is_directory(file)) {
		return -EISDIR;
	}
	if (!file->ops->read || (pos && *pos < 0)) {
		return -EINVAL;
	}
	done = file->ops->read(file, buf, MIN(len, TRANSFER_MAX), pos ? pos : &nowhere);
	if (done > 0) {
		notify_file(file->dentry, IN_ACCESS);
	}
	return done;
}

long vfs_read_user(struct file *file, struct user_vector *v, size_t len)
{
	long done;

	if (!file->ops->read_user) {
		return -EOPNOTSUPP;
	}
	if (!is_readable(file)) {
		return -EBADF;
	}
	done = file->ops->read_user(file, v, MIN(len, TRANSFER_MAX));
	if (done > 0) {
		notify_file(file->dentry, IN_ACCESS);
	}
	return done;
}

/* What may be written of `len`: a regular file stays within the process's limit, and without O_LARGEFILE within a narrow position. */
static long bounded_len(const struct file *file, size_t len, int64_t pos)
{
	int64_t end, start = file->flags & O_APPEND && file->inode ? file->inode->size : pos;

	if (!file->inode || !S_ISREG(file->inode->mode) || !len) {
		return (long)len;
	}
	end = context_size_limit();
	if (end < NO_LIMIT && start >= end) {
		return context_size_exceed();
	}
	if (!(file->flags & O_LARGEFILE)) {
		end = MIN(end, VFS_NARROW_MAX);
	}
	if (end == NO_LIMIT) {
		return (long)len; /* the file system has its own */
	}
	return start >= end ? -EFBIG : (long)MIN((int64_t)len, end - start);
}

long vfs_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	int64_t nowhere = 0;
	long done;

	if (!file_is_writable(file)) {
		return -EBADF;
	}
	if (!file->ops->write || (pos && *pos < 0)) {
		return -EINVAL;
	}
	done = bounded_len(file, MIN(len, TRANSFER_MAX), pos ? *pos : 0);
	if (done < 0) {
		return done;
	}
	done = file->ops->write(file, buf, (size_t)done, pos ? pos : &nowhere);
	if (done > 0) {
		notify_file(file->dentry, IN_MODIFY);
	}
	return done;
}

long vfs_write_user(struct file *file, struct user_vector *v, size_t len)
{
	long done;

	if (!file->ops->write_user) {
		return -EOPNOTSUPP;
	}
	if (!file_is_writable(file)) {
		return -EBADF;
	}
	done = file->ops->write_user(file, v, MIN(len, TRANSFER_MAX));
	if (done > 0) {
		notify_file(file->dentry, IN_MODIFY);
	}
	return done;
}

/* ---- positions ------------------------------------------------------------------------ */

static bool has_extent(const struct file *file)
{
	uint32_t mode = file->inode ? file->inode->mode : 0;

	return S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode);
}

bool file_is_seekable(const struct file *file)
{
	return file->ops->seek || has_extent(file);
}

int64_t file_seek_nowhere(struct file *file, int64_t offset, int whence)
{
	return 0;
}

int64_t file_seek_within(struct file *file, int64_t offset, int whence, int64_t size)
{
	int64_t start = 0;

	switch (whence) {
	case LINUX_SEEK_SET:
		break;
	case LINUX_SEEK_CUR:
		start = file->pos;
		break;
	case LINUX_SEEK_END:
		start = size;
		break;
	case LINUX_SEEK_DATA:
	case LINUX_SEEK_HOLE:
		if (offset < 0 || offset >= size) {
			return -ENXIO;
		}
		return whence == LINUX_SEEK_DATA ? offset : size;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(start, offset, &start)) {
		return -EOVERFLOW;
	}
	return start < 0 ? -EINVAL : start;
}

int64_t file_seek(struct file *file, int64_t offset, int whence)
{
	int64_t pos;

	if (file->flags & O_PATH) {
		return -EBADF;
	}
	if (!file_is_seekable(file)) {
		return file->ops->kind ? 0 : -ESPIPE; /* epoll and its like do not mind */
	}
	mutex_lock(&file->pos_lock);
	if (file->ops->seek) {
		pos = file->ops->seek(file, offset, whence);
	} else {
		pos = file_seek_within(file, offset, whence, file->inode->size);
	}
	if (pos >= 0) {
		file->pos = pos;
	}
	mutex_unlock(&file->pos_lock);
	return pos;
}

/* ---- folders ----------------------------------------------------------------------------- */

static uint64_t number_above(struct file *file)
{
	struct dentry *root = context_root(), *up;
	uint64_t number;

	dentry_ref(file->dentry);
	up = dentry_up(file->dentry, root);
	number = dentry_inode(up)->number;
	dentry_unref(up);
	dentry_unref(root);
	return number;
}

bool file_emit_dots(struct file *file,
	bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next), void *arg)
{
	struct directory_entry entry = { ".", file->inode->number, DT_DIR };

	if (file->pos == 0) {
		if (!emit(arg, &entry, 1)) {
			return false;
		}
		file->pos = 1;
	}
	if (file->pos == 1) {
		entry.name = "..";
		entry.inode = number_above(file);
		if (!emit(arg, &entry, 2)) {
			return false;
		}
		file->pos = 2;
	}
	return true;
}
