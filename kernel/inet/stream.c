/*
 * stream.c - TCP sockets over lwIP's connections.
 *
 * Invariants, besides N1 (stack.h):
 *   T1  `pcb` is lwIP's while it is not NULL; on_error() is the moment it is gone.
 *   T2  What was received and not read is in `input`, at most a window; reading opens the window.
 *   T3  `room` is what can be sent now, for those who wait without the lock.
 */
#include "stream.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/string.h>
#include <lwip/priv/tcp_priv.h>
#include "segment.h"

#define WRITE_LEN 65535u /* of one tcp_write(), whose lengths are 16 bits */

static const struct socket_ops stream_ops;

static struct stream *stream_of(struct socket *s)
{
	return container_of(s, struct stream, inet.socket);
}

/* T3 */
static void room_update(struct stream *s)
{
	struct tcp_pcb *pcb = s->pcb;
	bool can = pcb && tcp_sndqueuelen(pcb) < TCP_SND_QUEUELEN - 4;

	WRITE_ONCE(s->room, can ? pcb->snd_buf : 0); /* tcp_sndbuf() says 65535 at most */
}

static void changed(struct stream *s)
{
	wait_wake_all(&s->inet.socket.changed);
}

/* ---- lwIP's callbacks ------------------------------------------------------------------------ */

static err_t on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct stream *s = arg;
	uint64_t before = s->input.head;

	if (!p) {
		s->got_end = true;
		changed(s);
		return ERR_OK;
	}
	if (pipe_ring_room(&s->input) < p->tot_len) {
		return ERR_MEM; /* lwIP keeps it and asks again */
	}
	for (struct pbuf *q = p; q; q = q->next) {
		if (pipe_ring_put(&s->input, q->payload, q->len) < q->len) {
			s->input.head = before; /* no memory: likewise, all of it */
			return ERR_MEM;
		}
	}
	if (p->tot_len >
		segment_mss(pcb)) { /* several segments in one: RFC 1122 wants an answer for two */
		tcp_ack_now(pcb);
	}
	pbuf_free(p);
	changed(s);
	return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	struct stream *s = arg;

	room_update(s);
	changed(s);
	return ERR_OK;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct stream *s = arg;

	s->state = STREAM_CONNECTED;
	s->local = pcb->local_ip;
	s->local_port = pcb->local_port;
	segment_enlarge(pcb);
	room_update(s);
	changed(s);
	return ERR_OK;
}

/* T1 */
static void on_error(void *arg, err_t err)
{
	struct stream *s = arg;

	if (!s) {
		return;
	}
	s->pcb = NULL;
	s->inet.error =
		s->state == STREAM_CONNECTING && err == ERR_RST ? ECONNREFUSED : -inet_errno(err);
	s->state = s->state == STREAM_CONNECTING ? STREAM_FAILED : STREAM_ENDED;
	room_update(s);
	changed(s);
}

static void callbacks_set(struct stream *s, struct tcp_pcb *pcb)
{
	tcp_arg(pcb, s);
	tcp_recv(pcb, on_receive);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
}

static int input_make(struct stream *s)
{
	return s->input.pages ? 0 : pipe_ring_init(&s->input, TCP_WND);
}

static struct stream *stream_make(int family)
{
	struct stream *s = heap_alloc(sizeof(*s));

	if (s) {
		socket_init(&s->inet.socket, &stream_ops, family, SOCK_STREAM, IPPROTO_TCP);
		list_init(&s->pending);
		list_init(&s->pending_link);
		list_init(&s->all_link);
	}
	return s;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct stream *listener = arg, *s;

	if (err != ERR_OK || !pcb) {
		return ERR_VAL;
	}
	s = stream_make(listener->inet.socket.family);
	if (!s || input_make(s)) {
		heap_free(s);
		return ERR_MEM; /* lwIP ends the connection */
	}
	s->pcb = pcb;
	s->remote = pcb->remote_ip;
	s->remote_port = pcb->remote_port;
	(void)on_connected(s, pcb, ERR_OK);
	callbacks_set(s, pcb);
	tcp_backlog_delayed(pcb);
	stream_list_add(s);
	list_push_back(&listener->pending, &s->pending_link);
	WRITE_ONCE(listener->pending_count, listener->pending_count + 1);
	changed(listener);
	return ERR_OK;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* With the lock. Unread data makes it a reset, as does SO_LINGER with no time. */
static void pcb_close(struct stream *s)
{
	struct tcp_pcb *pcb = s->pcb;
	bool is_abrupt = s->inet.socket.linger.on && !s->inet.socket.linger.seconds;

	s->pcb = NULL;
	if (!pcb) {
		return;
	}
	tcp_arg(pcb, NULL);
	if (s->state == STREAM_LISTENING) {
		tcp_accept(pcb, NULL);
		(void)tcp_close(pcb);
		return;
	}
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
	if (is_abrupt || tcp_close(pcb) != ERR_OK) {
		tcp_abort(pcb);
	}
}

static void pending_abort(struct stream *listener)
{
	struct list *first;

	while ((first = list_first(&listener->pending))) {
		struct stream *s = list_entry(first, struct stream, pending_link);

		list_remove(first);
		s->inet.socket.linger.on = true;
		if (s->pcb) {
			tcp_backlog_accepted(s->pcb);
		}
		pcb_close(s);
		stream_list_remove(s);
		socket_unref(&s->inet.socket);
	}
	listener->pending_count = 0;
}

static void stream_closed(struct socket *socket)
{
	struct stream *s = stream_of(socket);

	inet_enter();
	pending_abort(s);
	pcb_close(s);
	s->state = STREAM_ENDED;
	stream_list_remove(s);
	inet_leave();
}

static void stream_release(struct socket *socket)
{
	struct stream *s = stream_of(socket);

	pipe_ring_free(&s->input);
	heap_free(s);
}

/* ---- connecting ----------------------------------------------------------------------------- */

static int stream_bind(struct socket *socket, const struct socket_address *address)
{
	struct stream *s = stream_of(socket);
	ip_addr_t ip;
	u16_t port;
	int err = address_in(&s->inet, address, &ip, &port);

	if (err) {
		return err;
	}
	inet_enter();
	if (s->state != STREAM_FRESH || s->pcb->local_port) {
		err = -EINVAL;
	} else if (!address_is_bindable(&ip)) {
		err = -EADDRNOTAVAIL;
	} else {
		if (ip_addr_isany(&ip)) {
			address_any(&s->inet, &ip);
		}
		err = inet_errno(tcp_bind(s->pcb, &ip, port));
	}
	inet_leave();
	return err;
}

static int listen_locked(struct stream *s, int backlog)
{
	unsigned wanted = MIN((unsigned)backlog, 0xffu);
	struct tcp_pcb *listener;
	err_t err = ERR_OK;

	if (s->state == STREAM_LISTENING) {
		tcp_backlog_set(s->pcb, MAX(wanted, 1u));
		return 0;
	}
	if (s->state != STREAM_FRESH) {
		return -EINVAL;
	}
	if (!s->pcb->local_port) {
		ip_addr_t any;

		address_any(&s->inet, &any);
		err = tcp_bind(s->pcb, &any, 0);
	}
	listener = err == ERR_OK
		? tcp_listen_with_backlog_and_err(s->pcb, (u8_t)MAX(wanted, 1u), &err)
		: NULL;
	if (!listener) {
		return inet_errno(err);
	}
	s->pcb = listener;
	s->state = STREAM_LISTENING;
	tcp_arg(listener, s);
	tcp_accept(listener, on_accept);
	return 0;
}

static int stream_listen(struct socket *socket, int backlog)
{
	int err;

	inet_enter();
	err = listen_locked(stream_of(socket), backlog);
	inet_leave();
	return err;
}

/* A failed one may try again, with a new pcb. */
static int pcb_renew(struct stream *s)
{
	if (s->state == STREAM_FAILED && !s->pcb) {
		s->pcb = stream_pcb_make(&s->inet);
		s->state = s->pcb ? STREAM_FRESH : STREAM_FAILED;
		if (s->pcb) {
			callbacks_set(s, s->pcb);
		}
	}
	return s->pcb ? 0 : -ENOBUFS;
}

static int error_take(struct stream *s)
{
	int err = s->inet.error;

	s->inet.error = 0;
	return err;
}

static int connect_begin(struct stream *s, const ip_addr_t *to, u16_t port)
{
	int err;

	if (s->state == STREAM_FAILED && s->inet.error) {
		return -error_take(s);
	}
	err = s->state == STREAM_FRESH || s->state == STREAM_FAILED ? pcb_renew(s) : 0;
	if (err) {
		return err;
	}
	switch (s->state) {
	case STREAM_FRESH:
		break;
	case STREAM_CONNECTING:
		return -EALREADY;
	default:
		return -EISCONN;
	}
	err = input_make(s);
	if (err) {
		return err;
	}
	s->remote = *to;
	s->remote_port = port;
	err = inet_errno(tcp_connect(s->pcb, to, port, on_connected));
	if (!err) {
		s->state = STREAM_CONNECTING;
	}
	return err;
}

static int connect_wait(struct stream *s)
{
	struct socket *socket = &s->inet.socket;
	nsec_t deadline = socket_deadline(socket->send_timeout, clock_now());
	int err = socket_wait(
		&socket->changed, READ_ONCE(s->state) != STREAM_CONNECTING, false, deadline);

	if (err == -EAGAIN) {
		return -EINPROGRESS;
	}
	if (!err && READ_ONCE(s->state) == STREAM_CONNECTING) {
		return deadline == WAIT_FOREVER ? -ERESTARTSYS : -EINTR;
	}
	if (!err) {
		inet_enter();
		err = s->state == STREAM_FAILED ? -error_take(s) : 0;
		inet_leave();
	}
	return err;
}

static int stream_connect(
	struct socket *socket, const struct socket_address *address, bool is_nonblocking)
{
	struct stream *s = stream_of(socket);
	bool is_again;
	ip_addr_t to;
	u16_t port;
	int err = address_in(&s->inet, address, &to, &port);

	if (err) {
		return err;
	}
	if (ip_addr_isany(&to)) { /* as on Linux: ourselves */
		ip_addr_set_loopback(IP_IS_V6_VAL(to), &to);
	}
	inet_enter();
	is_again = s->state == STREAM_CONNECTING && !is_nonblocking;
	err = is_again ? 0 : connect_begin(s, &to, port);
	inet_leave();
	if (err) {
		return err;
	}
	return is_nonblocking ? -EINPROGRESS : connect_wait(s);
}

static struct stream *pending_take(struct stream *listener)
{
	struct stream *s = NULL;
	struct list *first;

	inet_enter();
	first = list_first(&listener->pending);
	if (first) {
		s = list_entry(first, struct stream, pending_link);
		list_remove(first);
		WRITE_ONCE(listener->pending_count, listener->pending_count - 1);
		if (s->pcb) {
			tcp_backlog_accepted(s->pcb);
		}
	}
	inet_leave();
	return s;
}

static int stream_accept(struct socket *socket, struct socket **accepted, bool is_nonblocking)
{
	struct stream *listener = stream_of(socket), *s;
	nsec_t deadline = socket_deadline(socket->receive_timeout, clock_now());

	if (listener->state != STREAM_LISTENING) {
		return -EINVAL;
	}
	while (!(s = pending_take(listener))) {
		int err = socket_wait(&socket->changed, READ_ONCE(listener->pending_count) > 0,
			is_nonblocking, deadline);

		if (err) {
			return err;
		}
	}
	*accepted = &s->inet.socket;
	return 0;
}

/* ---- data ----------------------------------------------------------------------------------- */

static long send_locked(struct stream *s, const struct message *m)
{
	size_t done = 0;
	err_t err = ERR_OK;

	if (s->inet.error) {
		return -error_take(s);
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
	room_update(s);
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
static bool can_send(struct stream *s, size_t len)
{
	return READ_ONCE(s->room) >= MIN(len, TCP_SND_BUF / 3) || READ_ONCE(s->inet.error) ||
		(READ_ONCE(s->state) != STREAM_CONNECTED &&
			READ_ONCE(s->state) != STREAM_CONNECTING);
}

static long stream_send(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	nsec_t deadline = socket_deadline(socket->send_timeout, clock_now());

	for (;;) {
		long done;
		int err;

		inet_enter();
		done = send_locked(s, m);
		inet_leave();
		if (done != -EAGAIN) {
			return done;
		}
		err = socket_wait(
			&socket->changed, can_send(s, m->len), m->flags & MSG_DONTWAIT, deadline);
		if (err) {
			return err;
		}
	}
}

static long receive_locked(struct stream *s, const struct message *m)
{
	bool is_peek = m->flags & MSG_PEEK;
	size_t done;

	if (s->state == STREAM_FRESH || s->state == STREAM_LISTENING || s->state == STREAM_FAILED) {
		return s->inet.error ? -error_take(s) : -ENOTCONN;
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
		return -error_take(s);
	}
	return s->got_end || s->inet.cannot_receive || s->state == STREAM_ENDED ? 0 : -EAGAIN;
}

static bool can_receive(struct stream *s)
{
	return pipe_ring_used(&s->input) > 0 || READ_ONCE(s->got_end) || READ_ONCE(s->inet.error) ||
		READ_ONCE(s->inet.cannot_receive) || READ_ONCE(s->state) == STREAM_ENDED ||
		READ_ONCE(s->state) == STREAM_FAILED;
}

static long stream_receive(struct socket *socket, struct message *m)
{
	struct stream *s = stream_of(socket);
	nsec_t deadline = socket_deadline(socket->receive_timeout, clock_now());

	for (;;) {
		long done;
		int err;

		inet_enter();
		done = receive_locked(s, m);
		inet_leave();
		if (done != -EAGAIN) {
			return done;
		}
		err = socket_wait(
			&socket->changed, can_receive(s), m->flags & MSG_DONTWAIT, deadline);
		if (err) {
			return err;
		}
	}
}

static int stream_shutdown(struct socket *socket, int how)
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
	changed(s);
	inet_leave();
	return err;
}

/* ---- what can be asked ----------------------------------------------------------------------- */

static int stream_name(struct socket *socket, bool is_peer, struct socket_address *address)
{
	struct stream *s = stream_of(socket);
	int err = 0;

	inet_enter();
	if (is_peer && s->state != STREAM_CONNECTED) {
		err = -ENOTCONN;
	} else if (is_peer) {
		address_out(&s->inet, address, &s->remote, s->remote_port);
	} else if (s->pcb) {
		address_out(&s->inet, address, &s->pcb->local_ip, s->pcb->local_port);
	} else {
		address_out(&s->inet, address, &s->local, s->local_port);
	}
	inet_leave();
	return err;
}

static unsigned stream_poll(struct socket *socket)
{
	struct stream *s = stream_of(socket);
	unsigned events = READ_ONCE(s->inet.error) ? POLLERR | POLLIN | POLLRDNORM : 0;
	bool ends_in = READ_ONCE(s->got_end) || s->inet.cannot_receive;

	switch (READ_ONCE(s->state)) {
	case STREAM_LISTENING:
		return READ_ONCE(s->pending_count) ? POLLIN | POLLRDNORM : 0;
	case STREAM_CONNECTING:
		return 0;
	case STREAM_CONNECTED:
		events |= pipe_ring_used(&s->input) || ends_in ? POLLIN | POLLRDNORM : 0;
		events |= ends_in ? POLLRDHUP : 0;
		events |= ends_in && s->inet.cannot_send ? POLLHUP : 0;
		/* As Linux: only when a good part is free, so that writers do not come for bytes. */
		events |= READ_ONCE(s->room) > TCP_SNDLOWAT || s->inet.cannot_send
			? POLLOUT | POLLWRNORM
			: 0;
		return events;
	case STREAM_ENDED:
		return events | POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM;
	default:
		return events | POLLOUT | POLLWRNORM | POLLHUP;
	}
}

static long stream_unread(struct socket *socket)
{
	struct stream *s = stream_of(socket);

	return s->state == STREAM_LISTENING ? -EINVAL : (long)pipe_ring_used(&s->input);
}

static int stream_error_take(struct socket *socket)
{
	int err;

	inet_enter();
	err = error_take(stream_of(socket));
	inet_leave();
	return err;
}

static int stream_option_set(
	struct socket *socket, int level, int name, const void *value, size_t len)
{
	struct stream *s = stream_of(socket);
	int err;

	inet_enter();
	if (level == SOL_TCP) {
		err = stream_tcp_option_set(s, name, value, len);
	} else {
		err = inet_option_set(&s->inet, (struct ip_pcb *)s->pcb, level, name, value, len);
	}
	inet_leave();
	return err;
}

static int stream_option_get(struct socket *socket, int level, int name, void *value, size_t *len)
{
	struct stream *s = stream_of(socket);
	int err;

	if (level == SOL_SOCKET && name == SO_ACCEPTCONN) {
		return option_tell(value, len, s->state == STREAM_LISTENING);
	}
	inet_enter();
	if (level == SOL_TCP) {
		err = stream_tcp_option_get(s, name, value, len);
	} else {
		err = inet_option_get(&s->inet, (struct ip_pcb *)s->pcb, level, name, value, len);
	}
	inet_leave();
	return err;
}

static const struct socket_ops stream_ops = {
	.bind = stream_bind,
	.connect = stream_connect,
	.listen = stream_listen,
	.accept = stream_accept,
	.name = stream_name,
	.shutdown = stream_shutdown,
	.send = stream_send,
	.receive = stream_receive,
	.option_set = stream_option_set,
	.option_get = stream_option_get,
	.poll = stream_poll,
	.unread = stream_unread,
	.error_take = stream_error_take,
	.closed = stream_closed,
	.release = stream_release,
};

int stream_create(int family, struct socket **socket)
{
	struct stream *s = stream_make(family);

	if (!s) {
		return -ENOMEM;
	}
	inet_enter();
	s->pcb = stream_pcb_make(&s->inet);
	if (s->pcb) {
		callbacks_set(s, s->pcb);
		stream_list_add(s);
	}
	inet_leave();
	if (!s->pcb) {
		heap_free(s);
		return -ENOMEM;
	}
	*socket = &s->inet.socket;
	return 0;
}
