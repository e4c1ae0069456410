/*
 * stream.c - TCP sockets over lwIP's connections.
 *
 * Invariants, besides N1 (stack.h):
 *   T1  `pcb` is lwIP's while it is not NULL. When it is gone on_error() says why, if there is a reason; one whose time
 *       to wait after both sides' end is over goes without a word. on_destroyed() comes always.
 *   T2  What was received and not read is in `input`, at most a window; reading opens the window.
 *   T3  `room` is what can be sent now, for those who wait without the lock.
 */
#include "stream.h"

#include <kernel/heap.h>
#include <kernel/poll.h>
#include <lwip/priv/tcp_priv.h>
#include "error_queue.h"
#include "segment.h"

static const struct socket_ops stream_ops;

/* T3 */
void stream_room_update(struct stream *s)
{
	struct tcp_pcb *pcb = s->pcb;
	bool can = pcb && tcp_sndqueuelen(pcb) < TCP_SND_QUEUELEN - 4;

	WRITE_ONCE(s->room, can ? pcb->snd_buf : 0); /* tcp_sndbuf() says 65535 at most */
}

void stream_changed(struct stream *s)
{
	wait_wake_all(&s->inet.socket.changed);
}

int stream_error_take_locked(struct stream *s)
{
	int err = s->inet.error;

	s->inet.error = 0;
	return err;
}

/* ---- lwIP's callbacks ------------------------------------------------------------------------ */

static err_t on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct stream *s = arg;
	u16_t len;

	if (!p) {
		s->got_end = true;
		stream_changed(s);
		return ERR_OK;
	}
	len = p->tot_len;
	if (!stream_input_put(&s->input, p)) {
		return ERR_MEM; /* lwIP keeps it and asks again */
	}
	s->owes_ack = s->owes_ack || len > segment_mss(pcb);
	stream_changed(s);
	return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	struct stream *s = arg;

	s->soft_error = 0;
	segment_grow(pcb);
	stream_room_update(s);
	stream_changed(s);
	return ERR_OK;
}

err_t stream_on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct stream *s = arg;

	s->state = STREAM_CONNECTED;
	s->local = pcb->local_ip;
	s->local_port = pcb->local_port;
	segment_enlarge(pcb);
	stream_room_update(s);
	stream_changed(s);
	return ERR_OK;
}

/* T1. That both sides ended it is no error. Who gave up did so for what was said meanwhile, if anything was. */
static void on_error(void *arg, err_t err)
{
	struct stream *s = arg;

	if (!s) {
		return;
	}
	s->pcb = NULL;
	if (err != ERR_CLSD) {
		s->inet.error = s->state == STREAM_CONNECTING && err == ERR_RST ? ECONNREFUSED
			: err == ERR_ABRT && s->soft_error			? s->soft_error
										: -inet_errno(err);
		s->soft_error = 0;
	}
	s->state = s->state == STREAM_CONNECTING ? STREAM_FAILED : STREAM_ENDED;
	stream_room_update(s);
	stream_changed(s);
}

/* T1. Before on_error() or after it, or alone. */
static void on_destroyed(u8_t id, void *data)
{
	struct stream *s = data;

	if (!s || !s->pcb) {
		return;
	}
	s->pcb = NULL;
	if (s->state == STREAM_CONNECTED) {
		s->state = STREAM_ENDED;
		stream_room_update(s);
		stream_changed(s);
	}
}

static const struct tcp_ext_arg_callbacks stream_callbacks = { .destroy = on_destroyed };

void stream_callbacks_set(struct stream *s, struct tcp_pcb *pcb)
{
	tcp_ext_arg_set_callbacks(pcb, STREAM_ARG, &stream_callbacks);
	tcp_ext_arg_set(pcb, STREAM_ARG, s);
	tcp_arg(pcb, s);
	tcp_recv(pcb, on_receive);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
}

static struct stream *stream_make(int family)
{
	struct stream *s = heap_alloc(sizeof(*s));

	if (s) {
		socket_init(&s->inet.socket, &stream_ops, family, SOCK_STREAM, IPPROTO_TCP);
		list_init(&s->pending);
		list_init(&s->pending_link);
		list_init(&s->all_link);
		list_init(&s->inet.errors);
	}
	return s;
}

err_t stream_on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct stream *listener = arg, *s;

	if (err != ERR_OK || !pcb) {
		return ERR_VAL;
	}
	s = stream_make(listener->inet.socket.family);
	if (!s) {
		return ERR_MEM; /* lwIP ends the connection */
	}
	s->pcb = pcb;
	s->remote = pcb->remote_ip;
	s->remote_port = pcb->remote_port;
	(void)stream_on_connected(s, pcb, ERR_OK);
	stream_callbacks_set(s, pcb);
	tcp_backlog_delayed(pcb);
	stream_list_add(s);
	list_push_back(&listener->pending, &s->pending_link);
	WRITE_ONCE(listener->pending_count, listener->pending_count + 1);
	stream_changed(listener);
	return ERR_OK;
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
	bool has_error = READ_ONCE(s->inet.error) || READ_ONCE(s->inet.error_count);
	unsigned events = has_error ? POLLERR : 0;
	bool ends_in = READ_ONCE(s->got_end) || s->inet.cannot_receive;

	switch (READ_ONCE(s->state)) {
	case STREAM_LISTENING:
		return READ_ONCE(s->pending_count) ? POLLIN | POLLRDNORM : 0;
	case STREAM_CONNECTING:
		return 0;
	case STREAM_CONNECTED:
		events |= READ_ONCE(s->input.used) || ends_in ? POLLIN | POLLRDNORM : 0;
		events |= ends_in ? POLLRDHUP : 0;
		events |= ends_in && s->inet.cannot_send ? POLLHUP : 0;
		/* As Linux: only when a good part is free, so that writers do not come for bytes. */
		events |= READ_ONCE(s->room) > TCP_SNDLOWAT || s->inet.cannot_send
			? POLLOUT | POLLWRNORM
			: 0;
		return events;
	case STREAM_ENDED:
	case STREAM_FAILED:
		return events | POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM;
	default:
		return events | POLLOUT | POLLWRNORM | POLLHUP;
	}
}

static long stream_unread(struct socket *socket)
{
	struct stream *s = stream_of(socket);

	return s->state == STREAM_LISTENING ? -EINVAL : (long)READ_ONCE(s->input.used);
}

static int stream_error_take(struct socket *socket)
{
	struct stream *s = stream_of(socket);
	int err;

	inet_enter();
	err = stream_error_take_locked(s);
	if (!err) {
		err = s->soft_error;
		s->soft_error = 0;
	}
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

static void stream_release(struct socket *socket)
{
	struct stream *s = stream_of(socket);

	inet_enter();
	stream_input_free(&s->input);
	error_queue_drop(&s->inet);
	inet_leave();
	heap_free(s);
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
	.receive_error = error_queue_receive,
	.has_user_receive = true,
	.user_send_least = STREAM_USER_LEAST,
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
		stream_callbacks_set(s, s->pcb);
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
