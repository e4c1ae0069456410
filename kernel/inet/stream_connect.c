/* stream_connect.c - TCP sockets: addresses, listening, connecting, accepting. */
#include "stream.h"

#include <arch/clock.h>

int stream_bind(struct socket *socket, const struct socket_address *address)
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
	tcp_accept(listener, stream_on_accept);
	return 0;
}

int stream_listen(struct socket *socket, int backlog)
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
			stream_callbacks_set(s, s->pcb);
		}
	}
	return s->pcb ? 0 : -ENOBUFS;
}

static int connect_begin(struct stream *s, const ip_addr_t *to, u16_t port)
{
	int err;

	if (s->state == STREAM_FAILED && s->inet.error) {
		return -stream_error_take_locked(s);
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
	s->remote = *to;
	s->remote_port = port;
	err = inet_errno(tcp_connect(s->pcb, to, port, stream_on_connected));
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
		err = s->state == STREAM_FAILED ? -stream_error_take_locked(s) : 0;
		inet_leave();
	}
	return err;
}

int stream_connect(struct socket *socket, const struct socket_address *address, bool is_nonblocking)
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

static bool has_some_or_ended(const struct stream *listener)
{
	return READ_ONCE(listener->pending_count) > 0 ||
		READ_ONCE(listener->state) != STREAM_LISTENING;
}

int stream_accept(struct socket *socket, struct socket **accepted, bool is_nonblocking)
{
	struct stream *listener = stream_of(socket), *s;
	nsec_t deadline = socket_deadline(socket->receive_timeout, clock_now());

	while (!(s = pending_take(listener))) {
		int err = -EINVAL;

		if (READ_ONCE(listener->state) == STREAM_LISTENING) {
			err = socket_wait(&socket->changed, has_some_or_ended(listener),
				is_nonblocking, deadline);
		}
		if (err) {
			return err;
		}
	}
	*accepted = &s->inet.socket;
	return 0;
}
