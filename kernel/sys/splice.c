/*
 * splice.c - splice(), tee() and vmsplice(): which files they take, and from where on; the
 * bytes are moved by kernel/fs/pipe_splice.c.
 */
#include "transfer.h"
#include "user_path.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/pipe.h>
#include <linux/fcntl.h>

#define FLAGS	 0xfu /* SPLICE_F_* */
#define NONBLOCK 2u

struct ends {
	struct file *in, *out;
	bool is_patient;
};

static bool is_open_for(const struct file *file, unsigned mode)
{
	unsigned has = file->flags & O_ACCMODE;

	return !(file->flags & O_PATH) && (has == mode || has == O_RDWR);
}

/* Both held: 0 or -EBADF, and none. */
static int ends_get(struct ends *e, int in, int out, unsigned flags)
{
	e->in = user_file(in);
	e->out = user_file(out);
	e->is_patient = !(flags & NONBLOCK);
	if (e->in && e->out && is_open_for(e->in, O_RDONLY) && is_open_for(e->out, O_WRONLY)) {
		return 0;
	}
	file_unref(e->in);
	file_unref(e->out);
	return -EBADF;
}

static void ends_put(struct ends *e)
{
	file_unref(e->in);
	file_unref(e->out);
}

static long between(const struct ends *e, size_t len, bool keeps)
{
	bool is_patient = e->is_patient && !((e->in->flags | e->out->flags) & O_NONBLOCK);

	if (e->in->inode == e->out->inode) {
		return -EINVAL;
	}
	return pipe_splice_between(e->in, e->out, len, is_patient, keeps);
}

/* The end that is not a pipe: where it goes on, at an offset of the caller's or its own. */
static long at_place(const struct ends *e, struct file *file, vaddr_t user, size_t len)
{
	bool is_patient = e->is_patient && !(file->flags & O_NONBLOCK);
	bool is_seekable = file_is_seekable(file);
	int64_t pos = file->pos;
	long done;

	if (user && !is_seekable) {
		return -EINVAL;
	}
	if (user && user_copy_in(&pos, user, sizeof(pos))) {
		return -EFAULT;
	}
	if (pos < 0) {
		return -EINVAL;
	}
	done = file == e->out
		? pipe_splice_out(e->in, file, is_seekable ? &pos : NULL, len, is_patient)
		: pipe_splice_in(file, is_seekable ? &pos : NULL, e->out, len, is_patient);
	if (done > 0 && user) {
		return user_copy_out(user, &pos, sizeof(pos)) ? -EFAULT : done;
	}
	if (done > 0 && is_seekable) {
		file->pos = pos;
	}
	return done;
}

static long splice_do(const struct ends *e, vaddr_t in_offset, vaddr_t out_offset, size_t len)
{
	bool from_pipe = is_pipe(e->in), to_pipe = is_pipe(e->out);

	if ((from_pipe && in_offset) || (to_pipe && out_offset)) {
		return -ESPIPE;
	}
	if (from_pipe && to_pipe) {
		return between(e, len, false);
	}
	if (from_pipe) {
		return e->out->flags & O_APPEND ? -EINVAL : at_place(e, e->out, out_offset, len);
	}
	return to_pipe ? at_place(e, e->in, in_offset, len) : -EINVAL;
}

long sys_splice(
	sys_fd in, sys_ptr in_offset, sys_fd out, sys_ptr out_offset, sys_len len, sys_flags flags)
{
	struct ends e;
	long done;

	if (!len) {
		return 0;
	}
	if (flags & ~FLAGS) {
		return -EINVAL;
	}
	done = ends_get(&e, in, out, flags);
	if (!done) {
		done = splice_do(&e, in_offset, out_offset, MIN(len, TRANSFER_LEN_MAX));
		ends_put(&e);
	}
	return done;
}

long sys_tee(sys_fd in, sys_fd out, sys_len len, sys_flags flags)
{
	struct ends e;
	long done;

	if (flags & ~FLAGS) {
		return -EINVAL;
	}
	if (!len) {
		return 0;
	}
	done = ends_get(&e, in, out, flags);
	if (!done) {
		done = is_pipe(e.in) && is_pipe(e.out)
			? between(&e, MIN(len, TRANSFER_LEN_MAX), true)
			: -EINVAL;
		ends_put(&e);
	}
	return done;
}

/* Into the pipe: waits for the first room, and takes what fits. */
static long memory_put(struct file *file, struct user_vector *v, bool is_patient)
{
	struct chunk chunk;
	size_t total = 0;
	long done = chunk_get(&chunk, v->left);

	if (done) {
		return done;
	}
	while (v->left) {
		struct linux_iovec piece = user_vector_next(v);
		size_t len = MIN(piece.len, chunk.len);

		done = user_copy_in(chunk.data, piece.base, len);
		if (!done) {
			done = pipe_put_some(file, chunk.data, len, is_patient && !total);
		}
		if (done < 0) {
			break;
		}
		user_vector_pass(v, (size_t)done);
		total += (size_t)done;
	}
	chunk_put(&chunk);
	return total ? (long)total : done;
}

static long memory_move(struct file *file, struct user_vector *v, unsigned flags)
{
	bool is_patient = !(flags & NONBLOCK || file->flags & O_NONBLOCK);

	if (!is_pipe(file)) {
		return -EBADF;
	}
	return is_open_for(file, O_WRONLY) ? memory_put(file, v, is_patient)
					   : transfer_read(file, v, NULL);
}

long sys_vmsplice(sys_fd fd, sys_ptr iov, sys_ulong count, sys_flags flags)
{
	struct file *file;
	struct user_vector v;
	long done;

	if (flags & ~FLAGS) {
		return -EINVAL;
	}
	file = user_file(fd);
	if (!file) {
		return -EBADF;
	}
	done = count > UIO_MAXIOV ? -EINVAL : user_vector_get(&v, iov, (int)count);
	if (!done) {
		if (v.left) {
			done = memory_move(file, &v, flags);
		}
		user_vector_put(&v);
	}
	file_unref(file);
	return done;
}
