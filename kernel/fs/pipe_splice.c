/*
 * pipe_splice.c - bytes between a pipe and a file, or another pipe, without the program.
 *
 * Each call waits for the first byte (or the first room) only, and moves what can be
 * moved then. Bytes leave a pipe when they have arrived: a copy is written, and as many are
 * dropped as were taken. The pipe stays locked meanwhile, so that nobody else reads them; the
 * file at the other end may sleep.
 *
 * Two pipes are locked in the order of their addresses.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/vfs.h>
#include "pipe_state.h"

#define STEP PAGE_SIZE

bool is_pipe(struct file *file)
{
	return pipe_behind(file);
}

/* 0 when there is reason to look again, else what the call ends with. */
#define pipe_await(q, cond, is_patient)                                                            \
	({                                                                                         \
		int await_err_ = (is_patient) ? 0 : -EAGAIN;                                       \
		if (!await_err_) {                                                                 \
			wait_until(q, (cond) || signal_is_pending(), WAIT_FOREVER);                \
			await_err_ = !(cond) && signal_is_pending() ? -ERESTARTSYS : 0;            \
		}                                                                                  \
		await_err_;                                                                        \
	})

/* There is something to read, or never will be. */
static bool has_bytes(struct pipe *pipe)
{
	return pipe_ring_used(&pipe->ring) || !READ_ONCE(pipe->writers);
}

static bool has_room(struct pipe *pipe)
{
	return pipe_ring_room(&pipe->ring) || !READ_ONCE(pipe->readers);
}

/* The writing side has nobody to write to. */
static long broken(void)
{
	pipe_signal_broken();
	return -EPIPE;
}

/* ---- out of a pipe ---------------------------------------------------------------------- */

/* Locked. What is in the pipe, at most `len`: 0 for nothing there. */
static long drain(struct pipe *pipe, struct file *out, int64_t *pos, size_t len, char *step)
{
	size_t done = 0;

	while (done < len) {
		size_t part = pipe_ring_peek(&pipe->ring, 0, step, MIN(len - done, STEP));
		long put = part ? vfs_write(out, step, part, pos) : 0;

		if (put <= 0) {
			return done ? (long)done : put;
		}
		pipe_ring_drop(&pipe->ring, (size_t)put);
		done += (size_t)put;
	}
	return (long)done;
}

long pipe_splice_out(struct file *in, struct file *out, int64_t *pos, size_t len, bool is_patient)
{
	struct pipe *pipe = pipe_behind(in);
	char *step = heap_alloc(STEP);
	long done = 0;
	int err = step ? 0 : -ENOMEM;

	while (!err && !done) {
		bool is_end;

		mutex_lock(&pipe->lock);
		is_end = !pipe_ring_used(&pipe->ring) && !pipe->writers;
		done = drain(pipe, out, pos, len, step);
		mutex_unlock(&pipe->lock);
		if (done || is_end) {
			break;
		}
		err = pipe_await(&pipe->readable, has_bytes(pipe), is_patient);
	}
	heap_free(step);
	if (done > 0) {
		wait_wake_all(&pipe->writable);
	}
	return err ? err : done;
}

/* ---- into a pipe --------------------------------------------------------------------------- */

/* Locked. As much as there is room for; 0 at the end of the file. */
static long fill(struct pipe *pipe, struct file *in, int64_t *pos, size_t len, char *step)
{
	size_t done = 0;

	len = MIN(len, pipe_ring_room(&pipe->ring));
	while (done < len) {
		size_t part = MIN(len - done, STEP);
		long got = vfs_read(in, step, part, pos);

		if (got <= 0) {
			return done ? (long)done : got;
		}
		if (pipe_ring_put(&pipe->ring, step, (size_t)got) < (size_t)got) {
			return done ? (long)done : -ENOMEM;
		}
		done += (size_t)got;
		if (got < (long)part) {
			break;
		}
	}
	return (long)done;
}

/* Wait for room and leave the pipe locked: 0, or the end of the call, unlocked. */
static long room_lock(struct pipe *pipe, bool is_patient)
{
	for (;;) {
		int err;

		mutex_lock(&pipe->lock);
		if (!pipe->readers) {
			mutex_unlock(&pipe->lock);
			return broken();
		}
		if (pipe_ring_room(&pipe->ring)) {
			return 0;
		}
		mutex_unlock(&pipe->lock);
		err = pipe_await(&pipe->writable, has_room(pipe), is_patient);
		if (err) {
			return err;
		}
	}
}

long pipe_splice_in(struct file *in, int64_t *pos, struct file *out, size_t len, bool is_patient)
{
	struct pipe *pipe = pipe_behind(out);
	char *step = heap_alloc(STEP);
	long done = step ? room_lock(pipe, is_patient) : -ENOMEM;

	if (!done) {
		done = fill(pipe, in, pos, len, step);
		mutex_unlock(&pipe->lock);
	}
	heap_free(step);
	if (done > 0) {
		wait_wake_all(&pipe->readable);
	}
	return done;
}

long pipe_put_some(struct file *out, const void *data, size_t len, bool is_patient)
{
	struct pipe *pipe = pipe_behind(out);
	long done = room_lock(pipe, is_patient);

	if (!done) {
		done = (long)pipe_ring_put(&pipe->ring, data, len);
		done = done ? done : -ENOMEM;
		mutex_unlock(&pipe->lock);
	}
	if (done > 0) {
		wait_wake_all(&pipe->readable);
	}
	return done;
}

/* ---- from pipe to pipe ------------------------------------------------------------------------ */

/* Both locked. */
static long carry(struct pipe *from, struct pipe *to, size_t len, bool keeps, char *step)
{
	size_t done = 0;

	len = MIN(len, pipe_ring_room(&to->ring));
	while (done < len) {
		size_t part =
			pipe_ring_peek(&from->ring, keeps ? done : 0, step, MIN(len - done, STEP));
		size_t put = pipe_ring_put(&to->ring, step, part);

		if (!keeps) {
			pipe_ring_drop(&from->ring, put);
		}
		done += put;
		if (!part || put < part) {
			break;
		}
	}
	return (long)done;
}

static void both_lock(struct pipe *a, struct pipe *b)
{
	mutex_lock(&MIN(a, b)->lock);
	mutex_lock(&MAX(a, b)->lock);
}

/* One look: bytes moved, 0 for the end, -EAGAIN for nothing yet, -EPIPE. */
static long carry_once(struct pipe *from, struct pipe *to, size_t len, bool keeps, char *step)
{
	long done;

	both_lock(from, to);
	if (!to->readers) {
		done = -EPIPE;
	} else {
		done = carry(from, to, len, keeps, step);
		if (!done && (from->writers || pipe_ring_used(&from->ring))) {
			done = -EAGAIN;
		}
	}
	mutex_unlock(&from->lock);
	mutex_unlock(&to->lock);
	return done;
}

long pipe_splice_between(struct file *in, struct file *out, size_t len, bool is_patient, bool keeps)
{
	struct pipe *from = pipe_behind(in), *to = pipe_behind(out);
	char *step = heap_alloc(STEP);
	long done = -ENOMEM;
	int err = 0;

	while (step && !err && (done = carry_once(from, to, len, keeps, step)) == -EAGAIN) {
		err = has_bytes(from) ? pipe_await(&to->writable, has_room(to), is_patient)
				      : pipe_await(&from->readable, has_bytes(from), is_patient);
	}
	heap_free(step);
	if (!err && done == -EPIPE) {
		return broken();
	}
	if (done > 0) {
		wait_wake_all(&to->readable);
		wait_wake_all(&from->writable);
	}
	return err ? err : done;
}
