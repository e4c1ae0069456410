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

static long take(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	bool is_peek = m->flags & MSG_PEEK;
	size_t done;

	if (s->state == STREAM_FRESH || s->state == STREAM_LISTENING || s->state == STREAM_FAILED) {
		return s->inet.error ? -stream_error_take_locked(s) : -ENOTCONN;
	}
	done = is_peek ? pipe_ring_peek(&s->input, 0, m->data, m->len)
		       : pipe_ring_take(&s->input, m->data, m->len);
	if (done && s->pcb && !is_peek) {
		for (size_t left = done; left > 0;) { /* T2 */
			u16_t part = (u16_t)MIN(left, 0xffffu);

			tcp_recved(s->pcb, part);
			left -= part;
		}
	}
	if (done || m->len == 0) {
		return (long)done;
	}
	if (s->inet.error) {
		return -stream_error_take_locked(s);
	}
	return s->got_end || s->inet.cannot_receive || s->state == STREAM_ENDED ? 0 : -EAGAIN;
}

static bool has_some(struct socket *socket, const struct message *m)
{
	struct stream *s = stream_of(socket);

	return pipe_ring_used(&s->input) > 0 || READ_ONCE(s->got_end) || READ_ONCE(s->inet.error) ||
		READ_ONCE(s->inet.cannot_receive) || READ_ONCE(s->state) == STREAM_ENDED ||
		READ_ONCE(s->state) == STREAM_FAILED;
}

long stream_receive(struct socket *socket, struct message *m)
{
	return inet_transfer(socket, m, socket->receive_timeout, take, has_some);
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
