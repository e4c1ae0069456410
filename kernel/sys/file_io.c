/* file_io.c - system calls that move bytes: read, write, and their kin. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "file.h"
#include "transfer.h"
#include "user_path.h"

typedef long transfer_fn(struct file *file, struct user_vector *v, int64_t *pos);

/* At the file's own position, which it moves. */
static long at_position(int fd, struct user_vector *v, transfer_fn *transfer)
{
	bool is_counted;
	struct file *file = user_file_hold(fd, &is_counted);
	long done;

	if (!file) {
		return -EBADF;
	}
	if (file_is_seekable(file)) {
		mutex_lock(&file->pos_lock);
		done = transfer(file, v, &file->pos);
		mutex_unlock(&file->pos_lock);
	} else {
		done = transfer(file, v, NULL);
	}
	if (is_counted) {
		file_unref(file);
	}
	return done;
}

static long at_offset(int fd, struct user_vector *v, int64_t offset, transfer_fn *transfer)
{
	struct file *file;
	long done;

	if (offset < 0) {
		return -EINVAL;
	}
	file = user_file(fd);
	if (!file) {
		return -EBADF;
	}
	done = file_is_seekable(file) ? transfer(file, v, &offset) : -ESPIPE;
	file_unref(file);
	return done;
}

/* ---- one buffer ---------------------------------------------------------------------------- */

long sys_read(int fd, vaddr_t buf, size_t count)
{
	struct user_vector v;

	user_vector_one(&v, buf, count);
	return at_position(fd, &v, transfer_read);
}

long sys_write(int fd, vaddr_t buf, size_t count)
{
	struct user_vector v;

	user_vector_one(&v, buf, count);
	return at_position(fd, &v, transfer_write);
}

long sys_pread64(int fd, vaddr_t buf, size_t count, int64_t offset)
{
	struct user_vector v;

	user_vector_one(&v, buf, count);
	return at_offset(fd, &v, offset, transfer_read);
}

long sys_pwrite64(int fd, vaddr_t buf, size_t count, int64_t offset)
{
	struct user_vector v;

	user_vector_one(&v, buf, count);
	return at_offset(fd, &v, offset, transfer_write);
}

/* ---- several --------------------------------------------------------------------------------- */

static long vector_at_position(int fd, vaddr_t iov, int count, transfer_fn *transfer)
{
	struct user_vector v;
	long done = user_vector_get(&v, iov, count);

	if (!done) {
		done = at_position(fd, &v, transfer);
		user_vector_put(&v);
	}
	return done;
}

static long vector_at_offset(int fd, vaddr_t iov, int count, int64_t offset, transfer_fn *transfer)
{
	struct user_vector v;
	long done = user_vector_get(&v, iov, count);

	if (!done) {
		done = at_offset(fd, &v, offset, transfer);
		user_vector_put(&v);
	}
	return done;
}

long sys_readv(int fd, vaddr_t iov, int count)
{
	return vector_at_position(fd, iov, count, transfer_read);
}

long sys_writev(int fd, vaddr_t iov, int count)
{
	return vector_at_position(fd, iov, count, transfer_write);
}

/* Half an offset in each, where a word is half of one; else the first is all of it. */
static int64_t offset_of(unsigned long low, unsigned long high)
{
	const unsigned half = 4 * sizeof(long);

	return (int64_t)((uint64_t)high << half << half | low);
}

long sys_preadv(int fd, vaddr_t iov, int count, unsigned long low, unsigned long high)
{
	return vector_at_offset(fd, iov, count, offset_of(low, high), transfer_read);
}

long sys_pwritev(int fd, vaddr_t iov, int count, unsigned long low, unsigned long high)
{
	return vector_at_offset(fd, iov, count, offset_of(low, high), transfer_write);
}

/* Per-call flags of Linux's <linux/fs.h>: what they promise of the device is so anyway. */
#define RWF_HIPRI 0x1u
#define RWF_DSYNC 0x2u
#define RWF_SYNC  0x4u

/* -1 stands for the file's own position. */
static long vector_flagged(
	int fd, vaddr_t iov, int count, int64_t offset, unsigned flags, transfer_fn *transfer)
{
	if (flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC)) {
		return -ENOTSUP;
	}
	return offset == -1 ? vector_at_position(fd, iov, count, transfer)
			    : vector_at_offset(fd, iov, count, offset, transfer);
}

long sys_preadv2(
	int fd, vaddr_t iov, int count, unsigned long low, unsigned long high, unsigned flags)
{
	return vector_flagged(fd, iov, count, offset_of(low, high), flags, transfer_read);
}

long sys_pwritev2(
	int fd, vaddr_t iov, int count, unsigned long low, unsigned long high, unsigned flags)
{
	return vector_flagged(fd, iov, count, offset_of(low, high), flags, transfer_write);
}

/* ---- from file to file ------------------------------------------------------------------------- */

/* Two open files and where in them to start: at offsets of the caller's, or their own positions. */
struct ends {
	struct file *in, *out;
	int64_t in_offset, out_offset;
	vaddr_t in_user, out_user; /* 0: the file's own */
	size_t offset_len;	   /* of an offset in user memory */
};

static int offset_get(struct file *file, vaddr_t user, size_t len, int64_t *offset)
{
	int32_t narrow;

	if (!user) {
		*offset = file->pos;
		return 0;
	}
	if (len == sizeof(narrow) ? user_copy_in(&narrow, user, len)
				  : user_copy_in(offset, user, len)) {
		return -EFAULT;
	}
	if (len == sizeof(narrow)) {
		*offset = narrow;
	}
	if (!file_is_seekable(file)) {
		return -ESPIPE;
	}
	return *offset < 0 ? -EINVAL : 0;
}

static int offset_put(struct file *file, vaddr_t user, size_t len, int64_t offset)
{
	if (user) {
		return user_copy_out(user, &offset, len); /* the lower half comes first */
	}
	file->pos = offset;
	return 0;
}

static long ends_move(struct ends *e, size_t count)
{
	long done = offset_get(e->in, e->in_user, e->offset_len, &e->in_offset);

	if (!done) {
		done = offset_get(e->out, e->out_user, e->offset_len, &e->out_offset);
	}
	if (!done) {
		done = transfer_between(
			e->in, &e->in_offset, e->out, &e->out_offset, MIN(count, TRANSFER_LEN_MAX));
	}
	if (done >= 0 &&
		(offset_put(e->in, e->in_user, e->offset_len, e->in_offset) ||
			offset_put(e->out, e->out_user, e->offset_len, e->out_offset))) {
		done = -EFAULT;
	}
	return done;
}

/* Both open files, -EBADF; then what `check` says. */
static long ends_open(int in, int out, struct ends *e, size_t count,
	int (*check)(const struct ends *e, size_t count))
{
	long done = -EBADF;

	e->in = user_file(in);
	e->out = user_file(out);
	if (e->in && e->out) {
		done = check(e, count);
		if (!done) {
			done = ends_move(e, count);
		}
	}
	file_unref(e->in);
	file_unref(e->out);
	return done;
}

static bool is_open_for(const struct file *file, unsigned mode)
{
	unsigned has = file->flags & O_ACCMODE;

	return !(file->flags & O_PATH) && (has == mode || has == O_RDWR);
}

static int sendfile_check(const struct ends *e, size_t count)
{
	if (!is_open_for(e->in, O_RDONLY) || !is_open_for(e->out, O_WRONLY)) {
		return -EBADF;
	}
	if (!file_is_seekable(e->in)) {
		return e->in_user ? -ESPIPE : -EINVAL;
	}
	return e->out->flags & O_APPEND ? -EINVAL : 0;
}

long file_send(int out, int in, vaddr_t offset, size_t offset_len, size_t count)
{
	struct ends e = { .in_user = offset, .offset_len = offset_len };

	return ends_open(in, out, &e, count, sendfile_check);
}

long sys_sendfile(int out, int in, vaddr_t offset, size_t count)
{
	return file_send(out, in, offset, sizeof(int64_t), count);
}

static bool is_regular(const struct file *file)
{
	return file->inode && S_ISREG(file->inode->mode);
}

static bool is_folder(const struct file *file)
{
	return file->inode && S_ISDIR(file->inode->mode);
}

static int copy_check(const struct ends *e, size_t count)
{
	if (!is_open_for(e->in, O_RDONLY) || !is_open_for(e->out, O_WRONLY) ||
		e->out->flags & O_APPEND) {
		return -EBADF;
	}
	if (is_folder(e->in) || is_folder(e->out)) {
		return -EISDIR;
	}
	return is_regular(e->in) && is_regular(e->out) ? 0 : -EINVAL;
}

/* Within one file the ranges must not overlap; then the copy would read what it wrote. */
static int copy_check_overlap(const struct ends *e, size_t count)
{
	int64_t from = e->in->pos, to = e->out->pos;
	int err = copy_check(e, count);

	if (err || e->in->inode != e->out->inode) {
		return err;
	}
	if ((e->in_user && user_copy_in(&from, e->in_user, sizeof(from))) ||
		(e->out_user && user_copy_in(&to, e->out_user, sizeof(to)))) {
		return -EFAULT;
	}
	return (uint64_t)from < (uint64_t)to + count && (uint64_t)to < (uint64_t)from + count
		? -EINVAL
		: 0;
}

long sys_copy_file_range(
	int in, vaddr_t in_offset, int out, vaddr_t out_offset, size_t count, unsigned flags)
{
	struct ends e = {
		.in_user = in_offset, .out_user = out_offset, .offset_len = sizeof(int64_t)
	};

	return flags ? -EINVAL : ends_open(in, out, &e, count, copy_check_overlap);
}
