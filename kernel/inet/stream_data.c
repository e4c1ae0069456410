/* stream_data.c - TCP sockets: sending, receiving, and the end of either. */
#include "stream.h"

#define WRITE_LEN 65535u /* of one tcp_write(), whose lengths are 16 bits */

static long give(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	size_t done = 0;
	err_t err = ERR_OK;

	if (s->inet.error) {
		return -stream_error_take_locked(s);
	}
	if (s->state == STREAM_CONNECTING) {
		return -EAGAIN;
	}
	if (s->state != STREAM_CONNECTED || s->inet.cannot_send || !s->pcb) {
		return -EPIPE;
	}
	while (done < m->len && err == ERR_OK) {
		size_t part = MIN(MIN(m->len - done, (size_t)tcp_sndbuf(s->pcb)), WRITE_LEN);
		bool is_more = m->flags & MSG_MORE || done + part < m->len;

		if (part == 0) {
			break;
		}
		err = tcp_write(s->pcb, (const char *)m->data + done, (u16_t)part,
			TCP_WRITE_FLAG_COPY | (is_more ? TCP_WRITE_FLAG_MORE : 0));
		done += err == ERR_OK ? part : 0;
	}
	(void)tcp_output(s->pcb);
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

long stream_send(struct socket *socket, struct message *m)
{
	return inet_transfer(socket, m, socket->send_timeout, give, can_give);
}

/* A message to be received into user memory, which is copied to without the lock. */
struct direct {
	struct message m;
	struct stream_part part;
};

/* T2: what was read opens the window. */
static void window_open(struct stream *s, size_t len)
{
	while (s->pcb && len > 0) {
		u16_t part = (u16_t)MIN(len, 0xffffu);

		tcp_recved(s->pcb, part);
		len -= part;
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

int stream_shutdown(struct socket *socket, int how)
{
	struct stream *s = stream_of(socket);
	int err = 0;

	inet_enter();
	if (s->state == STREAM_FRESH || s->state == STREAM_FAILED) {
		err = -ENOTCONN;
	} else if (s->state == STREAM_CONNECTED) {
		s->inet.cannot_receive = s->inet.cannot_receive || how != SHUT_WR;
		if (how != SHUT_RD && !s->inet.cannot_send) {
			s->inet.cannot_send = true;
			if (s->pcb) {
				(void)tcp_shutdown(s->pcb, 0, 1);
			}
		}
	}
	stream_changed(s);
	inet_leave();
	return err;
}
