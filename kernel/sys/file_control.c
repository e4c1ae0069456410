/* file_control.c - fcntl(), ioctl() and flock(). */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/file_lock.h>
#include <kernel/memfd.h>
#include <kernel/pipe.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "file.h"
#include "user_path.h"

/* What F_SETFL can change. */
#define FLAGS_SETTABLE (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

static struct fd_table *fds(void)
{
	return task_current()->fds;
}

/* ---- record locks --------------------------------------------------------------------------- */

/* From Linux's start and length, which may be negative, to first and last byte. */
static int range_from(
	const struct file *file, const struct linux_flock *f, struct lock_range *range)
{
	int64_t start = f->start, last;

	switch (f->whence) {
	case LINUX_SEEK_SET:
		break;
	case LINUX_SEEK_CUR:
		start += file->pos;
		break;
	case LINUX_SEEK_END:
		start += file->inode->size;
		break;
	default:
		return -EINVAL;
	}
	last = f->len ? start + f->len - 1 : INT64_MAX;
	if (f->len < 0) {
		last = start - 1;
		start += f->len;
	}
	if (start < 0) {
		return -EINVAL;
	}
	if (last < start) {
		return -EOVERFLOW;
	}
	range->start = start;
	range->last = last;
	return 0;
}

static int type_from(int type, enum lock_type *result)
{
	switch (type) {
	case F_RDLCK:
		*result = LOCK_SHARED;
		return 0;
	case F_WRLCK:
		*result = LOCK_EXCLUSIVE;
		return 0;
	case F_UNLCK:
		*result = LOCK_NONE;
		return 0;
	default:
		return -EINVAL;
	}
}

/* One locks for what one may do. */
static bool is_open_for(const struct file *file, enum lock_type type)
{
	unsigned mode = file->flags & O_ACCMODE;

	return type == LOCK_NONE || mode != (type == LOCK_SHARED ? O_WRONLY : O_RDONLY);
}

/* Of the process, or of the open file. */
struct record {
	struct linux_flock *user;
	struct lock_range range;
	const void *owner;
};

static int record_get(struct file *file, bool is_ofd, struct record *r)
{
	int err;

	if (!file->inode || !file_is_seekable(file)) {
		return -EBADF;
	}
	if (is_ofd && r->user->pid != 0) {
		return -EINVAL;
	}
	r->range.pid = is_ofd ? -1 : process_current()->pid;
	r->owner = is_ofd ? (const void *)file : fds();
	err = type_from(r->user->type, &r->range.type);
	return err ? err : range_from(file, r->user, &r->range);
}

/* Another thread may have closed the descriptor, and found no lock yet: then there shall be none. */
static long still_open_check(struct file *file, int fd, const void *owner)
{
	struct file *now = user_file(fd);
	long err = 0;

	if (now != file) {
		file_locks_close(file, owner);
		err = -EBADF;
	}
	file_unref(now);
	return err;
}

static long record_set(struct file *file, int fd, struct record *r, bool wait)
{
	long err;

	if (!is_open_for(file, r->range.type)) {
		return -EBADF;
	}
	err = file_range_lock(file, r->owner, &r->range, wait);
	if (!err && r->range.type != LOCK_NONE && r->owner != file) {
		err = still_open_check(file, fd, r->owner);
	}
	return err;
}

static long record_query(struct file *file, struct record *r, bool is_ofd)
{
	static const int16_t types[] = { F_RDLCK, F_WRLCK, F_UNLCK };
	struct linux_flock *user = r->user;

	if (user->type == F_UNLCK && !is_ofd) {
		return -EINVAL;
	}
	file_range_query(file, r->owner, &r->range);
	user->type = types[r->range.type];
	if (r->range.type != LOCK_NONE) {
		user->whence = LINUX_SEEK_SET;
		user->start = r->range.start;
		user->len = r->range.last == INT64_MAX ? 0 : r->range.last - r->range.start + 1;
		user->pid = r->range.pid;
	}
	return 0;
}

long file_record(struct file *file, int fd, int cmd, struct linux_flock *record)
{
	bool is_ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
	struct record r = { .user = record };
	int err = record_get(file, is_ofd, &r);

	if (err) {
		return err;
	}
	if (cmd == F_GETLK || cmd == F_OFD_GETLK) {
		return record_query(file, &r, is_ofd);
	}
	return record_set(file, fd, &r, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}

static long record_request(struct file *file, int fd, int cmd, vaddr_t user)
{
	struct linux_flock record;
	long err = user_copy_in(&record, user, sizeof(record));

	if (!err) {
		err = file_record(file, fd, cmd, &record);
	}
	if (!err && (cmd == F_GETLK || cmd == F_OFD_GETLK)) {
		err = user_copy_out(user, &record, sizeof(record));
	}
	return err;
}

long sys_flock(int fd, int op)
{
	bool wait = !(op & LOCK_NB);
	enum lock_type type;
	struct file *file;
	long err;

	switch (op & ~LOCK_NB) {
	case LOCK_SH:
		type = LOCK_SHARED;
		break;
	case LOCK_EX:
		type = LOCK_EXCLUSIVE;
		break;
	case LOCK_UN:
		type = LOCK_NONE;
		break;
	default:
		return -EINVAL;
	}
	file = user_file(fd);
	err = file && !(file->flags & O_PATH) ? file_flock(file, type, wait) : -EBADF;
	file_unref(file);
	return err;
}

/* ---- fcntl ------------------------------------------------------------------------------------- */

static long duplicate(struct file *file, unsigned long least, bool close_on_exec)
{
	int fd;

	if (least > INT32_MAX) {
		return -EINVAL;
	}
	file_ref(file);
	fd = fd_install(fds(), file, (int)least, close_on_exec);
	if (fd < 0) {
		file_unref(file);
	}
	return fd;
}

static long flags_set(struct file *file, unsigned long arg)
{
	unsigned wanted = (unsigned)arg & FLAGS_SETTABLE;

	WRITE_ONCE(file->flags, (file->flags & ~(unsigned)FLAGS_SETTABLE) | wanted);
	return 0;
}

static long control_open(struct file *file, int fd, int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETFL:
		return flags_set(file, arg);
	case F_GETLK:
	case F_OFD_GETLK:
	case F_SETLK:
	case F_OFD_SETLK:
	case F_SETLKW:
	case F_OFD_SETLKW:
		return record_request(file, fd, cmd, arg);
	case F_GETOWN:
	case F_SETOWN:
		return 0; /* nobody is sent SIGIO */
	case F_ADD_SEALS:
		return file_seal(file, (unsigned)arg);
	case F_GET_SEALS:
		return file_seals(file);
	case F_GETPIPE_SZ:
		return pipe_size(file);
	case F_SETPIPE_SZ:
		return pipe_resize(file, arg);
	default:
		return file_control_more(file, fd, cmd, arg);
	}
}

static long control(struct file *file, int fd, int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate(file, arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_close_on_exec(fds(), fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		return fd_close_on_exec_set(fds(), fd, arg & FD_CLOEXEC);
	case F_GETFL:
		return (long)READ_ONCE(file->flags);
	default:
		return file->flags & O_PATH ? -EBADF : control_open(file, fd, cmd, arg);
	}
}

long sys_fcntl(int fd, int cmd, unsigned long arg)
{
	struct file *file = user_file(fd);
	long result = file ? control(file, fd, cmd, arg) : -EBADF;

	file_unref(file);
	return result;
}

/* ---- ioctl --------------------------------------------------------------------------------------- */

static long flag_set(struct file *file, unsigned flag, vaddr_t user)
{
	int on;

	if (user_copy_in(&on, user, sizeof(on))) {
		return -EFAULT;
	}
	WRITE_ONCE(file->flags, on ? file->flags | flag : file->flags & ~flag);
	return 0;
}

static long device_request(struct file *file, unsigned request, unsigned long arg)
{
	return file->ops->ioctl ? file->ops->ioctl(file, request, arg) : -ENOTTY;
}

static long unread_tell(struct file *file, unsigned request, unsigned long arg)
{
	long unread = pipe_unread(file);
	int count;

	if (file->inode && S_ISREG(file->inode->mode)) {
		unread = file->inode->size - file->pos;
	} else if (unread < 0) {
		return device_request(file, request, arg);
	}
	count = (int)MIN(unread, INT32_MAX);
	return user_copy_out(arg, &count, sizeof(count));
}

static long request_open(struct file *file, int fd, unsigned request, unsigned long arg)
{
	switch (request) {
	case FIOCLEX:
	case FIONCLEX:
		return fd_close_on_exec_set(fds(), fd, request == FIOCLEX);
	case FIONBIO:
		return flag_set(file, O_NONBLOCK, arg);
	case FIOASYNC:
		return flag_set(file, O_ASYNC, arg);
	case FIONREAD:
		return unread_tell(file, request, arg);
	default:
		return device_request(file, request, arg);
	}
}

long sys_ioctl(int fd, unsigned request, unsigned long arg)
{
	struct file *file = user_file(fd);
	long result = -EBADF;

	if (file && !(file->flags & O_PATH)) {
		result = request_open(file, fd, request, arg);
	}
	file_unref(file);
	return result;
}
