/* stream_data.c - TCP sockets: sending and receiving. */
#include "stream.h"

#include "../sys/transfer.h"
#include <lwip/priv/tcp_priv.h>
#include "block.h"
#include "segment.h"

#define WRITE_LEN 65535u /* of one tcp_write(), whose lengths are 16 bits */
#define COPY_LEN  14000u /* of one that copies: lwIP takes memory in one piece for it */

/* A message to be sent from user memory, by way of a block, if there is one yet; its `data` and `len` are in the block. */
struct from_user {
	struct message m;
	struct block *block;
};

static err_t write_part(struct stream *s, struct message *m, size_t at, size_t len, bool is_more)
{
	struct block *block = m->user ? container_of(m, struct from_user, m)->block : NULL;
	const char *from = (const char *)m->data + at;

	if (block) {
		return block_write(s->pcb, block, (size_t)(from - block->data), (u16_t)len, is_more,
			&s->previous_end);
	}
	return tcp_write(s->pcb, from, (u16_t)len,
		TCP_WRITE_FLAG_COPY | (is_more ? TCP_WRITE_FLAG_MORE : 0));
}

/* 0, or why nothing can be sent, or not yet. */
static long sending_error(struct stream *s)
{
	if (s->inet.error) {
		return -stream_error_take_locked(s);
	}
	if (s->state == STREAM_CONNECTING) {
		return -EAGAIN;
	}
	return s->state != STREAM_CONNECTED || s->inet.cannot_send || !s->pcb ? -EPIPE : 0;
}

/*
 * Of a large write, what is left behind its whole segments waits for more also with TCP_NODELAY while so much is on its
 * way that the other side acknowledges it at once (RFC 1122, 4.2.3.2), which has the rest sent.
 */
static void output(struct stream *s, const struct message *m)
{
	struct tcp_pcb *pcb = s->pcb;
	bool waits = m->user && tcp_nagle_disabled(pcb) &&
		pcb->snd_nxt - pcb->lastack > 2u * segment_mss(pcb);

	if (waits) {
		tcp_nagle_enable(pcb);
	}
	(void)tcp_output(pcb);
	if (waits) {
		tcp_nagle_disable(pcb);
	}
}

static long give(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	long error = sending_error(s);
	size_t done = 0;
	err_t err = ERR_OK;

	if (error) {
		return error;
	}
	while (done < m->len && err == ERR_OK) {
		size_t part = MIN(MIN(m->len - done, (size_t)tcp_sndbuf(s->pcb)),
			m->user ? WRITE_LEN : COPY_LEN);
		bool is_more = m->flags & MSG_MORE || done + part < m->len;

		if (part == 0) {
			break;
		}
		err = write_part(s, m, done, part, is_more);
		done += err == ERR_OK ? part : 0;
	}
	output(s, m);
	stream_room_update(s);
	if (done == 0 && m->len > 0) {
		if (!s->pcb->unsent && !s->pcb->unacked) {
			return -ENOBUFS; /* nobody would wake us */
		}
		WRITE_ONCE(s->room, 0); /* until something was sent */
		return err == ERR_OK || err == ERR_MEM ? -EAGAIN : inet_errno(err);
	}
	return (long)done;
}

/* As Linux: one who waits is not woken for little, since what is sent in parts costs more. */
static bool can_give(struct socket *socket, const struct message *m)
{
	struct stream *s = stream_of(socket);

	return READ_ONCE(s->room) >= MIN(m->len, TCP_SND_BUF / 3) || READ_ONCE(s->inet.error) ||
		(READ_ONCE(s->state) != STREAM_CONNECTED &&
			READ_ONCE(s->state) != STREAM_CONNECTING);
}

/*
 * Before anything is copied: how many bytes of the message come next, and a block of its device's to copy them to, if it
 * has one. One who may wait does not come for little.
 */
static long room_find(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	size_t least = m->flags & MSG_DONTWAIT ? 1 : MIN(m->len, STREAM_USER_LEAST);
	long error = sending_error(s);

	if (error) {
		return error;
	}
	stream_room_update(s);
	if (s->room < least) {
		return -EAGAIN;
	}
	container_of(m, struct from_user, m)->block =
		block_make_stored(s->pcb, MIN(m->len, (size_t)s->room));
	return (long)MIN(m->len, (size_t)s->room);
}

/* `len` bytes from the block's beginning on. Bytes, fewer if it may not wait for room, or an errno. */
static long block_send(struct socket *socket, struct from_user *u, size_t len)
{
	struct message *m = &u->m;
	long done = 0;

	m->data = u->block->data;
	for (m->len = len; m->len > 0 && done >= 0;) {
		done = inet_transfer(socket, m, socket->send_timeout, give, can_give);
		if (done > 0) {
			m->data = (char *)m->data + done;
			m->len -= (size_t)done;
		}
	}
	return m->len < len ? (long)(len - m->len) : done;
}

/* The next of `left` bytes. *is_whole: all was sent that there was room for. */
static long send_next(struct socket *socket, const struct message *m, size_t left, bool *is_whole)
{
	struct from_user u = { .m = *m };
	size_t wanted, gathered;
	long done;

	*is_whole = false;
	u.m.len = left;
	done = inet_transfer(socket, &u.m, socket->send_timeout, room_find, can_give);
	if (done <= 0) {
		return done;
	}
	if (!u.block) {
		u.block = block_make((size_t)done);
	}
	if (!u.block) {
		return -ENOBUFS;
	}
	wanted = MIN((size_t)done, u.block->len);
	u.m.flags |= wanted < left ? MSG_MORE : 0;
	gathered = user_vector_gather_some(m->user, u.block->data, wanted);
	done = gathered > 0 ? block_send(socket, &u, gathered) : -EFAULT;
	inet_enter();
	block_unref(u.block);
	inet_leave();
	*is_whole = done == (long)wanted;
	return done;
}

long stream_send(struct socket *socket, struct message *m)
{
	bool is_whole = true;
	size_t total = 0;
	long done = 0;

	if (!m->user) {
		return inet_transfer(socket, m, socket->send_timeout, give, can_give);
	}
	while (is_whole && total < m->len) {
		done = send_next(socket, m, m->len - total, &is_whole);
		total += done > 0 ? (size_t)done : 0;
	}
	return total ? (long)total : done;
}

/* A message to be received into user memory, which is copied to without the lock. */
struct direct {
	struct message m;
	struct stream_part part;
};

/*
 * T2: what was read opens the window, which is told when it is a good part of it. Of several segments that came as one
 * RFC 1122 wants an acknowledgement at once; as on Linux it waits for the reader, so that it tells of the window as well. lwIP
 * acknowledges every second one by itself, and what nobody reads after a while.
 */
static void window_open(struct stream *s, size_t len)
{
	while (s->pcb && len > 0) {
		u16_t part = (u16_t)MIN(len, 0xffffu);

		tcp_recved(s->pcb, part);
		len -= part;
	}
	if (s->pcb && s->owes_ack && !s->input.used) {
		s->owes_ack = false;
		if (s->pcb->flags & TF_ACK_DELAY) {
			tcp_ack_now(s->pcb);
			(void)tcp_output(s->pcb);
		}
	}
}

static long take(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	size_t len = MIN(m->len, s->input.used);

	if (s->state == STREAM_FRESH || s->state == STREAM_LISTENING || s->state == STREAM_FAILED) {
		return s->inet.error ? -stream_error_take_locked(s) : -ENOTCONN;
	}
	if (len == 0 && m->len > 0) {
		if (s->inet.error) {
			return -stream_error_take_locked(s);
		}
		return s->got_end || s->inet.cannot_receive || s->state == STREAM_ENDED ? 0
											: -EAGAIN;
	}
	if (m->user) {
		stream_input_hold(&s->input, len, &container_of(m, struct direct, m)->part);
	} else {
		(void)stream_input_peek(&s->input, m->data, len);
	}
	if (!(m->flags & MSG_PEEK)) {
		stream_input_drop(&s->input, len);
	}
	if (!m->user && !(m->flags & MSG_PEEK)) {
		window_open(s, len);
	}
	return (long)len;
}

static bool has_some(struct socket *socket, const struct message *m)
{
	struct stream *s = stream_of(socket);

	return READ_ONCE(s->input.used) > 0 || READ_ONCE(s->got_end) || READ_ONCE(s->inet.error) ||
		READ_ONCE(s->inet.cannot_receive) || READ_ONCE(s->state) == STREAM_ENDED ||
		READ_ONCE(s->state) == STREAM_FAILED;
}

long stream_receive(struct socket *socket, struct message *m)
{
	struct direct direct = { .m = *m };
	size_t copied;
	long len;

	if (!m->user) {
		return inet_transfer(socket, m, socket->receive_timeout, take, has_some);
	}
	len = inet_transfer(socket, &direct.m, socket->receive_timeout, take, has_some);
	if (len <= 0) {
		return len;
	}
	copied = stream_part_scatter(&direct.part, m->user);
	inet_enter();
	if (!(m->flags & MSG_PEEK)) {
		window_open(stream_of(socket), (size_t)len);
	}
	stream_part_free(&direct.part);
	inet_leave();
	return copied ? (long)copied : -EFAULT;
}
