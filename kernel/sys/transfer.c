/*
 * transfer.c - bytes between files and user memory.
 *
 * A chunk at a time: what a file gives is copied out before the next is read. A
 * write of up to a chunk reaches the file in one piece, which is what keeps a
 * pipe's small writes together.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/page.h>
#include <kernel/task.h>
#include "transfer.h"

#define CHUNK_ORDER_MAX 4u /* 64 KiB */

/* ---- chunks --------------------------------------------------------------------------- */

int chunk_get(struct chunk *chunk, size_t wanted)
{
	chunk->page = NULL;
	chunk->data = chunk->small;
	chunk->len = sizeof(chunk->small);
	if (wanted <= sizeof(chunk->small)) {
		return 0;
	}
	chunk->order = 0;
	while (chunk->order < CHUNK_ORDER_MAX && PAGE_SIZE << chunk->order < wanted) {
		chunk->order++;
	}
	while (!(chunk->page = page_alloc(chunk->order)) && chunk->order > 0) {
		chunk->order--;
	}
	if (!chunk->page) {
		return -ENOMEM;
	}
	chunk->data = page_address(chunk->page);
	chunk->len = PAGE_SIZE << chunk->order;
	return 0;
}

void chunk_put(struct chunk *chunk)
{
	if (chunk->page) {
		page_free(chunk->page, chunk->order);
	}
}

/* ---- vectors ---------------------------------------------------------------------------- */

void user_vector_one(struct user_vector *v, vaddr_t base, size_t len)
{
	v->list = &v->one;
	v->count = 1;
	v->at = 0;
	v->left = MIN(len, TRANSFER_LEN_MAX);
	v->one = (struct linux_iovec){ base, v->left };
}

/* Lengths: none negative, nor their sum; what is too much for one call is cut off. */
static int lengths_check(struct user_vector *v)
{
	size_t sum = 0;

	for (unsigned i = 0; i < v->count; i++) {
		if (v->list[i].len > LONG_MAX || sum + v->list[i].len > LONG_MAX) {
			return -EINVAL;
		}
		sum += v->list[i].len;
	}
	v->left = MIN(sum, TRANSFER_LEN_MAX);
	return 0;
}

int user_vector_get(struct user_vector *v, vaddr_t list, int count)
{
	int err;

	if (count < 0 || count > UIO_MAXIOV) {
		return -EINVAL;
	}
	user_vector_one(v, 0, 0);
	if (count == 0) {
		return 0;
	}
	v->count = (unsigned)count;
	v->list = heap_alloc(v->count * sizeof(*v->list));
	if (!v->list) {
		return -ENOMEM;
	}
	err = user_copy_in(v->list, list, v->count * sizeof(*v->list));
	if (!err) {
		err = lengths_check(v);
	}
	if (err) {
		user_vector_put(v);
	}
	return err;
}

void user_vector_put(struct user_vector *v)
{
	if (v->list != &v->one) {
		heap_free(v->list);
	}
}

struct linux_iovec user_vector_next(struct user_vector *v)
{
	while (v->list[v->at].len == 0) {
		v->at++;
	}
	return (struct linux_iovec){ v->list[v->at].base, MIN(v->list[v->at].len, v->left) };
}

void user_vector_pass(struct user_vector *v, size_t len)
{
	v->list[v->at].base += len;
	v->list[v->at].len -= len;
	v->left -= len;
}

/* The next piece of at most `len` bytes, which are passed over. */
static struct linux_iovec piece_take(struct user_vector *v, size_t len)
{
	struct linux_iovec piece = user_vector_next(v);

	piece.len = MIN(piece.len, len);
	user_vector_pass(v, piece.len);
	return piece;
}

/* To the end of a page at most: rights change there only. */
static size_t within_page(vaddr_t at, size_t len)
{
	return MIN(len, PAGE_SIZE - (at & ~PAGE_MASK));
}

size_t user_copy_out_some(vaddr_t to, const void *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t n = within_page(to + done, len - done);

		if (user_copy_out(to + done, (const char *)from + done, n)) {
			break;
		}
		done += n;
	}
	return done;
}

size_t user_copy_in_some(void *to, vaddr_t from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t n = within_page(from + done, len - done);

		if (user_copy_in((char *)to + done, from + done, n)) {
			break;
		}
		done += n;
	}
	return done;
}

/* All of it lies in the piece that is next: the usual case, of read() and write(). */
static bool is_one_piece(const struct user_vector *v, size_t len)
{
	return len <= v->list[v->at].len;
}

static size_t __noinline gather_pieces(struct user_vector *v, char *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct linux_iovec piece = piece_take(v, len - done);

		if (user_copy_in(to + done, piece.base, piece.len)) {
			return done + user_copy_in_some(to + done, piece.base, piece.len);
		}
		done += piece.len;
	}
	return done;
}

size_t user_vector_gather_some(struct user_vector *v, char *to, size_t len)
{
	if (is_one_piece(v, len) && !user_copy_in(to, v->list[v->at].base, len)) {
		user_vector_pass(v, len);
		return len;
	}
	return gather_pieces(v, to, len);
}

static size_t __noinline scatter_pieces(struct user_vector *v, const char *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct linux_iovec piece = piece_take(v, len - done);

		if (user_copy_out(piece.base, from + done, piece.len)) {
			return done + user_copy_out_some(piece.base, from + done, piece.len);
		}
		done += piece.len;
	}
	return done;
}

/* Bytes scattered: less than `len` in front of a bad address. */
static size_t scatter(struct user_vector *v, const char *from, size_t len)
{
	if (is_one_piece(v, len) && !user_copy_out(v->list[v->at].base, from, len)) {
		user_vector_pass(v, len);
		return len;
	}
	return scatter_pieces(v, from, len);
}

int user_vector_gather(struct user_vector *v, char *to, size_t len)
{
	return user_vector_gather_some(v, to, len) == len ? 0 : -EFAULT;
}

int user_vector_scatter(struct user_vector *v, const char *from, size_t len)
{
	return scatter(v, from, len) == len ? 0 : -EFAULT;
}

/* ---- what a thread has moved ----------------------------------------------------------------- */

/* A thread counts by itself, and its process's counts are the sum: so no count is atomic. */
static void note_read(size_t len)
{
	struct process_io *io = &task_current()->io;

	io->read_len += len;
	io->read_count++;
}

static void note_written(size_t len)
{
	struct process_io *io = &task_current()->io;

	io->write_len += len;
	io->write_count++;
}

/* ---- files and memory --------------------------------------------------------------------- */

long transfer_read(struct file *file, struct user_vector *v, int64_t *pos)
{
	struct chunk chunk;
	size_t total = 0;
	long done = pos ? -EOPNOTSUPP : vfs_read_user(file, v, v->left);

	if (done != -EOPNOTSUPP) {
		note_read(done > 0 ? (size_t)done : 0);
		return done;
	}
	done = chunk_get(&chunk, v->left);
	if (done) {
		return done;
	}
	do {
		size_t wanted = MIN(v->left, chunk.len), got;

		done = vfs_read(file, chunk.data, wanted, pos);
		got = done > 0 ? scatter(v, chunk.data, (size_t)done) : 0;
		total += got;
		if (done > (long)got) {
			if (pos) { /* what could not be copied was not read */
				*pos -= done - (long)got;
			}
			done = -EFAULT;
			break;
		}
		if (done < (long)wanted) {
			break;
		}
	} while (v->left > 0 && pos);
	chunk_put(&chunk);
	note_read(total);
	return total ? (long)total : done;
}

long transfer_write(struct file *file, struct user_vector *v, int64_t *pos)
{
	struct chunk chunk;
	size_t total = 0;
	long done = pos ? -EOPNOTSUPP : vfs_write_user(file, v, v->left);

	if (done != -EOPNOTSUPP) {
		note_written(done > 0 ? (size_t)done : 0);
		return done;
	}
	done = chunk_get(&chunk, v->left);
	if (done) {
		return done;
	}
	do {
		size_t wanted = MIN(v->left, chunk.len);
		size_t got = user_vector_gather_some(v, chunk.data, wanted);

		done = got || !wanted ? vfs_write(file, chunk.data, got, pos) : -EFAULT;
		total += done > 0 ? (size_t)done : 0;
		if (done < (long)wanted) {
			break;
		}
	} while (v->left > 0);
	chunk_put(&chunk);
	note_written(total);
	return total ? (long)total : done;
}

/* ---- files and files ------------------------------------------------------------------------ */

/* What was read but could not be written is not consumed, where there is a position. */
static long between_once(struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos,
	struct chunk *chunk, size_t len)
{
	int64_t from = *in_pos;
	long got = vfs_read(in, chunk->data, MIN(len, chunk->len), &from), put;

	if (got <= 0) {
		return got;
	}
	put = vfs_write(out, chunk->data, (size_t)got, out_pos);
	*in_pos += put > 0 ? put : 0;
	return put;
}

long transfer_between(
	struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos, size_t len)
{
	struct chunk chunk;
	size_t total = 0;
	long done = chunk_get(&chunk, len);

	if (done) {
		return done;
	}
	while (total < len) {
		done = between_once(in, in_pos, out, out_pos, &chunk, len - total);
		if (done <= 0) {
			break;
		}
		total += (size_t)done;
	}
	chunk_put(&chunk);
	note_read(total);
	note_written(total);
	return total ? (long)total : done;
}
