/* file.c - system calls of open files: opening, closing, descriptors, positions, sizes. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/notify.h>
#include <kernel/pipe.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "file.h"
#include "process.h"
#include "user_path.h"

static struct fd_table *fds(void)
{
	return task_current()->fds;
}

/* ---- opening and closing -------------------------------------------------------------------- */

long sys_openat(int dir, vaddr_t path, unsigned flags, uint32_t mode)
{
	struct user_path p;
	struct file *file;
	int err = user_path_get(&p, dir, path);

	if (err) {
		return err;
	}
	err = vfs_open(p.base, p.text, flags | file_flags_implied, mode, &file);
	user_path_put(&p);
	return err ? err : user_file_install(file, flags);
}

/* What openat() passes over is refused here. */
#define OPEN_FLAGS                                                                                 \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |      \
		O_ASYNC | O_DIRECT | O_LARGEFILE | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH |   \
		O_TMPFILE)
#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int how_check(const struct linux_open_how *how)
{
	bool is_making = how->flags & O_CREAT || (how->flags & O_TMPFILE) == O_TMPFILE;

	if (how->flags & ~(uint64_t)OPEN_FLAGS || how->resolve & ~(uint64_t)RESOLVE_ALL ||
		how->mode & ~(uint64_t)(is_making ? 07777 : 0)) {
		return -EINVAL;
	}
	if ((how->flags & O_PATH && how->flags & ~(uint64_t)PATH_FLAGS) ||
		(how->resolve & RESOLVE_BENEATH && how->resolve & RESOLVE_IN_ROOT)) {
		return -EINVAL;
	}
	return how->resolve & RESOLVE_CACHED && (is_making || how->flags & O_TRUNC) ? -EAGAIN : 0;
}

long sys_openat2(int dir, vaddr_t path, vaddr_t user_how, size_t size)
{
	struct linux_open_how how;
	struct user_path p;
	struct file *file;
	int err;

	if (size < sizeof(how)) {
		return -EINVAL;
	}
	if (size > PAGE_SIZE) {
		return -E2BIG;
	}
	err = user_copy_in(&how, user_how, sizeof(how));
	if (!err && size > sizeof(how)) {
		err = struct_tail_check(user_how + sizeof(how), size - sizeof(how));
	}
	if (!err) {
		err = how_check(&how);
	}
	if (!err) {
		err = how.resolve & RESOLVE_IN_ROOT ? user_path_get_within(&p, dir, path)
						    : user_path_get(&p, dir, path);
	}
	if (err) {
		return err;
	}
	err = vfs_open_within(p.base, p.text, (unsigned)how.flags | file_flags_implied,
		(uint32_t)how.mode, (unsigned)how.resolve, &file);
	user_path_put(&p);
	return err ? err : user_file_install(file, (unsigned)how.flags);
}

long sys_open(vaddr_t path, unsigned flags, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(vaddr_t path, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long sys_close(int fd)
{
	return fd_close(fds(), fd);
}

long sys_close_range(int first, int last, unsigned flags)
{
	unsigned end = (unsigned)last;
	int err = 0;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || (unsigned)first > end) {
		return -EINVAL;
	}
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = task_files_unshare();
	}
	if (err || first < 0) {
		return err; /* as unsigned: beyond all descriptors */
	}
	for (int fd = fd_next(fds(), first); fd >= 0 && (unsigned)fd <= end;
		fd = fd_next(fds(), fd + 1)) {
		/* Linux tells nobody which of many could not be flushed. */
		(void)!(flags & CLOSE_RANGE_CLOEXEC ? fd_close_on_exec_set(fds(), fd, true)
						    : fd_close(fds(), fd));
	}
	return 0;
}

/* ---- duplicates ------------------------------------------------------------------------------- */

long sys_dup(int fd)
{
	struct file *file = user_file(fd);

	return file ? user_file_install(file, 0) : -EBADF;
}

long sys_dup2(int from, int to)
{
	if (from == to) {
		struct file *file = user_file(from);

		file_unref(file);
		return file ? to : -EBADF;
	}
	return fd_dup_to(fds(), from, to, false);
}

long sys_dup3(int from, int to, unsigned flags)
{
	if (from == to || flags & ~(unsigned)O_CLOEXEC) {
		return -EINVAL;
	}
	return fd_dup_to(fds(), from, to, flags & O_CLOEXEC);
}

/* ---- pipes -------------------------------------------------------------------------------------- */

/* Both or none. */
static int ends_install(struct file *ends[2], bool close_on_exec, int numbers[2])
{
	numbers[0] = fd_install(fds(), ends[0], 0, close_on_exec);
	if (numbers[0] < 0) {
		file_unref(ends[0]);
		file_unref(ends[1]);
		return numbers[0];
	}
	numbers[1] = fd_install(fds(), ends[1], 0, close_on_exec);
	if (numbers[1] < 0) {
		(void)!fd_close(fds(), numbers[0]);
		file_unref(ends[1]);
		return numbers[1];
	}
	return 0;
}

long sys_pipe2(vaddr_t user_fds, unsigned flags)
{
	struct file *ends[2];
	int numbers[2], err;

	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) {
		return -EINVAL;
	}
	err = pipe_create(ends, flags);
	if (!err) {
		err = ends_install(ends, flags & O_CLOEXEC, numbers);
	}
	if (!err && user_copy_out(user_fds, numbers, sizeof(numbers))) {
		(void)!fd_close(fds(), numbers[0]);
		(void)!fd_close(fds(), numbers[1]);
		err = -EFAULT;
	}
	return err;
}

long sys_pipe(vaddr_t user_fds)
{
	return sys_pipe2(user_fds, 0);
}

/* ---- positions and sizes --------------------------------------------------------------------------- */

/* Call `act` with the open file: -EBADF when there is none. */
static long with_file(
	int fd, long (*act)(struct file *file, int64_t a, int64_t b), int64_t a, int64_t b)
{
	struct file *file = user_file(fd);
	long result = file ? act(file, a, b) : -EBADF;

	file_unref(file);
	return result;
}

int64_t file_position(int fd, int64_t offset, int whence)
{
	struct file *file = user_file(fd);
	int64_t result = file ? file_seek(file, offset, whence) : -EBADF;

	file_unref(file);
	return result;
}

long sys_lseek(int fd, long offset, int whence)
{
	int64_t result = file_position(fd, offset, whence);

	return result > LONG_MAX ? -EOVERFLOW : (long)result;
}

static bool is_writable(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY && !(file->flags & O_PATH);
}

static long truncate_open(struct file *file, int64_t length, int64_t unused)
{
	int err;

	if (file->flags & O_PATH) {
		return -EBADF;
	}
	if (length < 0 || !file->inode || !S_ISREG(file->inode->mode) || !is_writable(file)) {
		return -EINVAL;
	}
	err = vfs_truncate(file->inode, length);
	if (!err) {
		notify_file(file->dentry, IN_MODIFY);
	}
	return err;
}

long sys_ftruncate(int fd, int64_t length)
{
	return with_file(fd, truncate_open, length, 0);
}

static int truncate_named(struct inode *inode, int64_t length)
{
	int err;

	if (!S_ISREG(inode->mode)) {
		return S_ISDIR(inode->mode) ? -EISDIR : -EINVAL;
	}
	err = inode_permission(inode, W_OK);
	return err ? err : vfs_truncate(inode, length);
}

long sys_truncate(vaddr_t path, int64_t length)
{
	struct dentry *d;
	int err = length < 0 ? -EINVAL : user_path_lookup(AT_FDCWD, path, 0, &d);

	if (!err) {
		err = truncate_named(dentry_inode(d), length);
		if (!err) {
			notify_file(d, IN_MODIFY);
		}
		dentry_unref(d);
	}
	return err;
}

/* ---- fallocate ------------------------------------------------------------------------------ */

/* In Linux's order, so that of several bad arguments the same one is told. */
static int range_check(const struct file *file, unsigned mode, int64_t start, int64_t len)
{
	unsigned what = mode & ~FALLOC_FL_KEEP_SIZE;
	struct inode *inode = file->inode;

	if (start < 0 || len <= 0) {
		return -EINVAL;
	}
	if (what && what != FALLOC_FL_ZERO_RANGE &&
		mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) {
		return -EOPNOTSUPP;
	}
	if (!is_writable(file)) {
		return -EBADF;
	}
	if (!inode || !S_ISREG(inode->mode)) {
		return inode && S_ISFIFO(inode->mode) ? -ESPIPE : -ENODEV;
	}
	if (start > INT64_MAX - len) {
		return -EFBIG;
	}
	if (what == FALLOC_FL_ZERO_RANGE &&
		!(inode->ops->may_zero && inode->ops->may_zero(inode))) {
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Pages come when they are written to; all that can be promised is the size. What shall be zero becomes a hole. */
static int allocate(struct file *file, unsigned mode, int64_t start, int64_t len)
{
	int err = range_check(file, mode, start, len);

	if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && start + len > file->inode->size) {
		err = vfs_truncate(file->inode, start + len);
	}
	if (!err && mode & ~FALLOC_FL_KEEP_SIZE) {
		err = vfs_punch(file->inode, start, start + len);
	}
	if (!err) {
		notify_file(file->dentry, IN_MODIFY);
	}
	return err;
}

long sys_fallocate(int fd, int mode, int64_t offset, int64_t length)
{
	struct file *file = user_file(fd);
	int err = file ? allocate(file, (unsigned)mode, offset, length) : -EBADF;

	file_unref(file);
	return err;
}

/* ---- sync ------------------------------------------------------------------------------------- */

static long sync_open(struct file *file, int64_t a, int64_t b)
{
	if (file->flags & O_PATH) {
		return -EBADF;
	}
	if (file->ops->sync) {
		return file->ops->sync(file);
	}
	return file->inode && (S_ISREG(file->inode->mode) || S_ISDIR(file->inode->mode)) ? 0
											 : -EINVAL;
}

long sys_fsync(int fd)
{
	return with_file(fd, sync_open, 0, 0);
}

long sys_fdatasync(int fd)
{
	return with_file(fd, sync_open, 0, 0);
}

long sys_sync(void)
{
	vfs_sync();
	return 0;
}
