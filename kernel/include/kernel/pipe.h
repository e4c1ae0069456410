/*
 * pipe.h - pipes: bytes between a writer and a reader, in order.
 *
 * Writes of at most PIPE_ATOMIC bytes are not mixed with others; a larger one
 * may be. A named one (fifo) is the same behind a file.
 */
#ifndef KERNEL_PIPE_H
#define KERNEL_PIPE_H

#include <kernel/vfs.h>

#define PIPE_ATOMIC   4096u /* PIPE_BUF */
#define PIPE_SIZE     (64 * 1024u)
#define PIPE_SIZE_MAX (1024 * 1024u)

/* A new pipe: ends[0] reads, ends[1] writes; `flags`: O_NONBLOCK. 0 or -ENOMEM. */
int pipe_create(struct file *ends[2], unsigned flags) __must_check;

/* How many bytes can be read at once; -EBADF: no pipe. */
long pipe_unread(struct file *file);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: the size in bytes. -EBADF: no pipe; -EBUSY: it holds more; -EPERM. */
long pipe_size(struct file *file);
long pipe_resize(struct file *file, unsigned long size);

/*
 * Splicing: bytes moved, 0 at the end of what is read. All wait for the first byte or the first room
 * if `is_patient`, else -EAGAIN; -EPIPE with SIGPIPE; -ERESTARTSYS. `pos` as for vfs_read().
 */
bool is_pipe(struct file *file);
long pipe_splice_out(
	struct file *in, struct file *out, int64_t *pos, size_t len, bool is_patient) __must_check;
long pipe_splice_in(
	struct file *in, int64_t *pos, struct file *out, size_t len, bool is_patient) __must_check;
/* Between two pipes; `keeps`: a copy. */
long pipe_splice_between(
	struct file *in, struct file *out, size_t len, bool is_patient, bool keeps) __must_check;
/* As much of the data as there is room for. */
long pipe_put_some(struct file *out, const void *data, size_t len, bool is_patient) __must_check;

#endif
