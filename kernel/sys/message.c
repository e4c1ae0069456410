/*
 * message.c - system calls that send and receive: data by way of a kernel buffer, and what goes
 * beside it (control messages).
 *
 * A stream's message of any length goes in pieces of a buffer's size; a datagram has to fit.
 */
#include "socket_user.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include "control.h"
#include "timed.h"
#include "transfer.h"

#define DATAGRAM_LEN_MAX (208 * 1024ul) /* no family takes more */

/* One call's parts, decoded. */
struct exchange {
	struct file *file;
	struct socket *s;
	struct user_vector data;
	struct socket_address address;
	struct message_control control;
	struct message m;
};

static unsigned flags_of(const struct file *file, unsigned flags)
{
	return flags | (socket_is_nonblocking(file) ? MSG_DONTWAIT : 0);
}

/* A buffer of the size that one step of this exchange needs: bigger than a chunk for datagrams. */
static int buffer_get(const struct exchange *x, struct chunk *chunk, void **big)
{
	*big = NULL;
	if (x->s->type == SOCK_STREAM || x->data.left <= 65536) {
		int err = chunk_get(chunk, x->data.left);

		if (err || chunk->len >= x->data.left || x->s->type == SOCK_STREAM) {
			return err;
		}
		chunk_put(chunk);
	}
	*big = heap_alloc(MIN(x->data.left, DATAGRAM_LEN_MAX));
	if (!*big) {
		return -ENOMEM;
	}
	chunk->page = NULL;
	chunk->data = *big;
	chunk->len = MIN(x->data.left, DATAGRAM_LEN_MAX);
	return 0;
}

/* ---- sending -------------------------------------------------------------------------------- */

static long send_pieces(struct exchange *x, struct chunk *chunk)
{
	size_t total = 0;
	long done = 0;

	do {
		x->m.data = chunk->data;
		x->m.len = MIN(x->data.left, chunk->len);
		done = user_vector_gather(&x->data, chunk->data, x->m.len);
		if (!done) {
			done = socket_send(x->s, &x->m);
		}
		total += done > 0 ? (size_t)done : 0;
		x->m.control = NULL;
	} while (done > 0 && (size_t)done == x->m.len && x->data.left > 0);
	return total ? (long)total : done;
}

static long send_data(struct exchange *x, unsigned flags)
{
	struct chunk chunk;
	void *big;
	long done;

	if (x->s->type != SOCK_STREAM && x->data.left > DATAGRAM_LEN_MAX) {
		return -EMSGSIZE;
	}
	x->m.flags = flags_of(x->file, flags);
	x->m.address = x->address.len ? &x->address : NULL;
	if (socket_has_user_send(x->s, x->data.left)) {
		x->m.user = &x->data;
		x->m.len = x->data.left;
		return socket_send(x->s, &x->m);
	}
	done = buffer_get(x, &chunk, &big);
	if (done) {
		return done;
	}
	done = send_pieces(x, &chunk);
	chunk_put(&chunk);
	heap_free(big);
	return done;
}

long sys_sendto(
	int fd, vaddr_t buf, size_t len, unsigned flags, vaddr_t user_address, int address_len)
{
	struct exchange x = { 0 };
	long result = user_socket(fd, &x.file, &x.s);

	if (result) {
		return result;
	}
	user_vector_one(&x.data, buf, len);
	if (user_address) {
		result = user_address_in(&x.address, user_address, address_len);
	}
	if (!result) {
		result = send_data(&x, flags);
	}
	file_unref(x.file);
	return result;
}

static int header_in(struct exchange *x, const struct linux_msghdr *h)
{
	int err = h->iov_count > UIO_MAXIOV ? -EMSGSIZE : 0;

	if (!err && h->name && h->name_len) {
		err = user_address_in(
			&x->address, h->name, (int)MIN(h->name_len, sizeof(x->address.bytes)));
	}
	if (!err) {
		err = user_vector_get(&x->data, h->iov, (int)h->iov_count);
	}
	return err;
}

/* `x` has the socket. */
static long send_header(struct exchange *x, const struct linux_msghdr *h, unsigned flags)
{
	long done = header_in(x, h);

	if (done) {
		return done;
	}
	if (h->control && h->control_len) {
		done = control_in(&x->control, h->control, h->control_len);
		x->m.control = &x->control;
	}
	if (!done) {
		done = send_data(x, flags);
	}
	message_control_free(&x->control);
	user_vector_put(&x->data);
	return done;
}

static long send_user(int fd, vaddr_t user, unsigned flags)
{
	struct exchange *x = heap_alloc(sizeof(*x));
	struct linux_msghdr h;
	long result = x ? user_socket(fd, &x->file, &x->s) : -ENOMEM;

	if (!result) {
		result = user_copy_in(&h, user, sizeof(h));
		if (!result) {
			result = send_header(x, &h, flags);
		}
		file_unref(x->file);
	}
	heap_free(x);
	return result;
}

long sys_sendmsg(int fd, vaddr_t user, unsigned flags)
{
	return send_user(fd, user, flags);
}

long sys_sendmmsg(int fd, vaddr_t user, unsigned count, unsigned flags)
{
	unsigned done = 0;
	long result = 0;

	for (; done < MIN(count, UIO_MAXIOV); done++) {
		vaddr_t at = user + done * sizeof(struct linux_mmsghdr);
		uint32_t len;

		result = send_user(fd, at, flags);
		if (result < 0) {
			break;
		}
		len = (uint32_t)result;
		result = user_copy_out(at + offsetof(struct linux_mmsghdr, len), &len, sizeof(len));
		if (result) {
			break;
		}
	}
	return done ? (long)done : result;
}

/* ---- receiving ------------------------------------------------------------------------------ */

static long receive_data(struct exchange *x, unsigned flags)
{
	struct chunk chunk;
	size_t copied;
	void *big;
	long done;

	x->m.flags = flags_of(x->file, flags);
	if (x->s->ops->has_user_receive) {
		x->m.user = &x->data;
		x->m.len = x->data.left;
		return socket_receive(x->s, &x->m);
	}
	done = buffer_get(x, &chunk, &big);
	if (done) {
		return done;
	}
	x->m.data = chunk.data;
	x->m.len = MIN(x->data.left, chunk.len);
	done = socket_receive(x->s, &x->m);
	if (done > 0) {
		copied = MIN((size_t)done, x->m.len);
		if (user_vector_scatter(&x->data, chunk.data, copied)) {
			done = -EFAULT;
		}
	}
	chunk_put(&chunk);
	heap_free(big);
	return done;
}

long sys_recvfrom(
	int fd, vaddr_t buf, size_t len, unsigned flags, vaddr_t user_address, vaddr_t address_len)
{
	struct exchange x = { 0 };
	long result = user_socket(fd, &x.file, &x.s);

	if (result) {
		return result;
	}
	user_vector_one(&x.data, buf, len);
	x.m.address = &x.address;
	result = receive_data(&x, flags);
	if (result >= 0 && user_address_out(&x.address, user_address, address_len)) {
		result = -EFAULT;
	}
	file_unref(x.file);
	return result;
}

/* What the header says afterwards. */
static int header_out(struct exchange *x, struct linux_msghdr *h, vaddr_t user, unsigned flags)
{
	int err = 0;

	if (h->name) {
		err = user_copy_out(h->name, x->address.bytes, MIN(h->name_len, x->address.len));
		h->name_len = x->address.len;
	}
	if (!err) {
		err = control_out(&x->control, h->control, &h->control_len, flags, &x->m.flags_out);
	}
	h->flags = x->m.flags_out | (flags & MSG_CMSG_CLOEXEC);
	if (!err) {
		err = user_copy_out(user + offsetof(struct linux_msghdr, name_len), &h->name_len,
			sizeof(h->name_len));
	}
	if (!err) {
		err = user_copy_out(user + offsetof(struct linux_msghdr, control_len),
			&h->control_len, sizeof(h->control_len) + sizeof(h->flags));
	}
	return err;
}

/* `x` has the socket. */
static long receive_header(struct exchange *x, struct linux_msghdr *h, vaddr_t user, unsigned flags)
{
	long done = h->iov_count > UIO_MAXIOV
		? -EMSGSIZE
		: user_vector_get(&x->data, h->iov, (int)h->iov_count);

	if (done) {
		return done;
	}
	x->m.address = &x->address;
	x->m.control = &x->control;
	done = receive_data(x, flags);
	if (done >= 0 && header_out(x, h, user, flags)) {
		done = -EFAULT;
	}
	message_control_free(&x->control);
	user_vector_put(&x->data);
	return done;
}

static long receive_user(int fd, vaddr_t user, unsigned flags)
{
	struct exchange *x = heap_alloc(sizeof(*x));
	struct linux_msghdr h;
	long result = x ? user_socket(fd, &x->file, &x->s) : -ENOMEM;

	if (!result) {
		result = user_copy_in(&h, user, sizeof(h));
		if (!result) {
			result = receive_header(x, &h, user, flags);
		}
		file_unref(x->file);
	}
	heap_free(x);
	return result;
}

long sys_recvmsg(int fd, vaddr_t user, unsigned flags)
{
	return receive_user(fd, user, flags);
}

/* The deadline is looked at between messages only, as on Linux. */
long messages_receive(int fd, vaddr_t user, unsigned count, unsigned flags, vaddr_t timeout,
	enum time_width width)
{
	unsigned done = 0;
	nsec_t deadline;
	long result = deadline_in(&deadline, timeout, width);

	for (; !result && done < MIN(count, UIO_MAXIOV); done++) {
		vaddr_t at = user + done * sizeof(struct linux_mmsghdr);
		uint32_t len;

		if (done && clock_now() >= deadline) {
			break;
		}
		result = receive_user(fd, at, flags & ~MSG_WAITFORONE);
		if (result < 0) {
			break;
		}
		len = (uint32_t)result;
		result = user_copy_out(at + offsetof(struct linux_mmsghdr, len), &len, sizeof(len));
		if (flags & MSG_WAITFORONE) {
			flags |= MSG_DONTWAIT;
		}
	}
	return done ? (long)done : result;
}

long sys_recvmmsg(int fd, vaddr_t user, unsigned count, unsigned flags, vaddr_t timeout)
{
	return messages_receive(fd, user, count, flags, timeout, TIME_WORD);
}
