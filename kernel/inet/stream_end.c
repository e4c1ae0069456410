/* stream_end.c - TCP sockets: what ends them, or a part of what they do. */
#include "stream.h"

#include <lwip/priv/tcp_priv.h>

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
	tcp_ext_arg_set(pcb, STREAM_ARG, NULL);
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

/* With the lock. They are nobody's afterwards, but their references are the caller's to drop without it. */
static void pending_abort(struct stream *listener, struct list *dropped)
{
	list_for_each_safe(node, &listener->pending) {
		struct stream *s = list_entry(node, struct stream, pending_link);

		list_remove(node);
		list_push_back(dropped, node);
		s->inet.socket.linger.on = true;
		if (s->pcb) {
			tcp_backlog_accepted(s->pcb);
		}
		pcb_close(s);
		stream_list_remove(s);
	}
	WRITE_ONCE(listener->pending_count, 0);
}

/* Without the lock, which a socket's end takes. */
static void pending_unref(struct list *dropped)
{
	struct list *first;

	while ((first = list_first(dropped))) {
		list_remove(first);
		socket_unref(&list_entry(first, struct stream, pending_link)->inet.socket);
	}
}

void stream_closed(struct socket *socket)
{
	struct stream *s = stream_of(socket);
	struct list dropped = LIST_INIT(dropped);

	inet_enter();
	pending_abort(s, &dropped);
	pcb_close(s);
	s->state = STREAM_ENDED;
	stream_list_remove(s);
	inet_leave();
	pending_unref(&dropped);
}

/* ---- shutdown() ----------------------------------------------------------------------------- */

/* As on Linux it is a socket again that was bound, and may listen or connect. */
static int unlisten(struct stream *s, struct list *dropped)
{
	struct tcp_pcb *pcb = stream_pcb_make(&s->inet), *listener = s->pcb;

	if (!pcb) {
		return -ENOBUFS;
	}
	pcb->local_ip = listener->local_ip;
	pcb->local_port = listener->local_port;
	pcb->ttl = listener->ttl;
	pcb->tos = listener->tos;
	pending_abort(s, dropped);
	pcb_close(s);
	TCP_REG(&tcp_bound_pcbs,
		pcb); /* where tcp_bind() would not find it free of its connections */
	stream_callbacks_set(s, pcb);
	s->pcb = pcb;
	WRITE_ONCE(s->state, STREAM_FRESH);
	return 0;
}

static void half_close(struct stream *s, int how)
{
	s->inet.cannot_receive = s->inet.cannot_receive || how != SHUT_WR;
	if (how != SHUT_RD && !s->inet.cannot_send) {
		s->inet.cannot_send = true;
		if (s->pcb) {
			(void)tcp_shutdown(s->pcb, 0, 1);
		}
	}
}

static int shutdown_locked(struct stream *s, int how, struct list *dropped)
{
	switch (s->state) {
	case STREAM_FRESH:
	case STREAM_FAILED:
		return -ENOTCONN;
	case STREAM_LISTENING:
		return how == SHUT_WR ? 0 : unlisten(s, dropped);
	case STREAM_CONNECTING:
		s->soft_error = ECONNRESET;
		tcp_abandon(s->pcb, 0);
		return 0;
	case STREAM_CONNECTED:
		half_close(s, how);
		return 0;
	default:
		return 0;
	}
}

int stream_shutdown(struct socket *socket, int how)
{
	struct stream *s = stream_of(socket);
	struct list dropped = LIST_INIT(dropped);
	int err;

	inet_enter();
	err = shutdown_locked(s, how, &dropped);
	stream_changed(s);
	inet_leave();
	pending_unref(&dropped);
	return err;
}
