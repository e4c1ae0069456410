/* unix.c - UNIX-domain sockets: life and connections; see unix.h. */
#include "unix.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/string.h>

struct mutex unix_lock = MUTEX_INIT(unix_lock, "unix sockets");

/* ---- peers ---------------------------------------------------------------------------------- */

struct unix_socket *unix_peer_set(struct unix_socket *u, struct unix_socket *peer)
{
	struct unix_socket *former = u->peer;

	list_remove(&u->sender_link);
	u->peer = peer;
	if (peer) {
		socket_ref(&peer->socket);
		list_push_back(&peer->senders, &u->sender_link);
	}
	return former;
}

static void unref(struct unix_socket *u)
{
	if (u) {
		socket_unref(&u->socket);
	}
}

static int unix_pair(struct socket *a, struct socket *b)
{
	struct unix_socket *one = unix_of(a), *two = unix_of(b);

	mutex_lock(&unix_lock);
	(void)!unix_peer_set(one, two);
	(void)!unix_peer_set(two, one);
	one->peer_credentials = two->peer_credentials = socket_credentials();
	mutex_unlock(&unix_lock);
	return 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

static struct unix_socket *pending_take(struct unix_socket *u)
{
	struct list *first;

	mutex_lock(&unix_lock);
	first = list_first(&u->pending);
	if (first) {
		list_remove(first);
		u->pending_count--;
	}
	mutex_unlock(&unix_lock);
	return first ? list_entry(first, struct unix_socket, pending_link) : NULL;
}

/* Those that nobody accepted are closed as if somebody had. */
static void pending_refuse(struct unix_socket *u)
{
	struct unix_socket *embryo;

	while ((embryo = pending_take(u))) {
		embryo->socket.ops->closed(&embryo->socket);
		unref(embryo);
	}
}

static void unix_closed(struct socket *s)
{
	struct unix_socket *u = unix_of(s), *peer;
	struct dentry *d;
	struct list rest;
	bool was_unread;

	list_init(&rest);
	mutex_lock(&unix_lock);
	u->is_closed = true;
	was_unread = !list_is_empty(&u->queue);
	while (!list_is_empty(&u->queue)) {
		struct list *first = list_first(&u->queue);

		list_remove(first);
		list_push_back(&rest, first);
	}
	d = unix_name_drop(u);
	peer = unix_peer_set(u, NULL);
	if (peer && unix_is_stream(u)) {
		peer->error = was_unread ? ECONNRESET : peer->error;
		wait_wake_all(&peer->socket.changed);
	}
	unix_drained(u);
	mutex_unlock(&unix_lock);
	wait_wake_all(&s->changed);
	pending_refuse(u);
	if (!list_is_empty(&rest)) {
		unix_packets_drop(&rest);
	}
	dentry_unref(d);
	unref(peer);
}

static void unix_release(struct socket *s)
{
	heap_free(unix_of(s));
}

/* ---- listening and connecting --------------------------------------------------------------- */

static int unix_listen(struct socket *s, int backlog)
{
	struct unix_socket *u = unix_of(s);
	int err = 0;

	if (!unix_is_stream(u)) {
		return -EOPNOTSUPP;
	}
	mutex_lock(&unix_lock);
	if (!u->name.len || u->peer) {
		err = -EINVAL;
	} else {
		u->is_listening = true;
		u->backlog = (unsigned)backlog > SOMAXCONN ? SOMAXCONN : (unsigned)backlog;
		u->peer_credentials = socket_credentials();
	}
	mutex_unlock(&unix_lock);
	return err;
}

static int unix_create(int type, int protocol, struct socket **s);

/* Lock held: the two sides know each other, and the listener of the new one. */
static void join(struct unix_socket *u, struct unix_socket *listener, struct unix_socket *embryo)
{
	if (socket_flag(&u->socket, SO_PASSCRED)) {
		unix_bind_auto(u);
	}
	(void)!unix_peer_set(u, embryo);
	(void)!unix_peer_set(embryo, u);
	embryo->name = listener->name;
	embryo->peer_credentials = socket_credentials();
	u->peer_credentials = listener->peer_credentials;
	list_push_back(&listener->pending, &embryo->pending_link);
	listener->pending_count++;
}

static bool may_join(const struct unix_socket *listener)
{
	return READ_ONCE(listener->pending_count) <= listener->backlog ||
		READ_ONCE(listener->is_closed) || READ_ONCE(listener->cannot_receive);
}

static int join_try(struct unix_socket *u, struct unix_socket *listener, struct unix_socket *embryo)
{
	int err = 0;

	mutex_lock(&unix_lock);
	if (u->peer) {
		err = -EISCONN;
	} else if (u->is_listening) {
		err = -EINVAL;
	} else if (listener->is_closed || !listener->is_listening || listener->cannot_receive) {
		err = -ECONNREFUSED;
	} else if (!may_join(listener)) {
		err = -EAGAIN;
	} else {
		join(u, listener, embryo);
	}
	mutex_unlock(&unix_lock);
	if (!err) {
		wait_wake_all(&listener->socket.changed);
	}
	return err;
}

static int stream_connect(struct unix_socket *u, struct unix_socket *listener, bool is_nonblocking)
{
	nsec_t deadline = socket_deadline(u->socket.send_timeout, clock_now());
	struct socket *embryo;
	int err = unix_create(u->socket.type, 0, &embryo);

	while (!err) {
		err = join_try(u, listener, unix_of(embryo));
		if (err != -EAGAIN) {
			break;
		}
		err = socket_wait(&listener->drained, may_join(listener), is_nonblocking, deadline);
		if (err) {
			break;
		}
	}
	if (err) {
		socket_unref(embryo);
	}
	return err;
}

static int datagram_connect(struct unix_socket *u, struct unix_socket *to)
{
	struct unix_socket *former = NULL;
	int err = 0;

	mutex_lock(&unix_lock);
	if (to->peer && to->peer != u) {
		err = -EPERM;
	} else {
		former = unix_peer_set(u, to);
	}
	mutex_unlock(&unix_lock);
	unref(former);
	return err;
}

static int unix_connect(struct socket *s, const struct socket_address *address, bool is_nonblocking)
{
	struct unix_socket *u = unix_of(s), *to, *former;
	int err;

	if (address->len >= sizeof(uint16_t) && address->family == AF_UNSPEC &&
		!unix_is_stream(u)) {
		mutex_lock(&unix_lock);
		former = unix_peer_set(u, NULL);
		mutex_unlock(&unix_lock);
		unref(former);
		return 0;
	}
	err = unix_find(address, s->type, &to);
	if (err) {
		return err;
	}
	err = unix_is_stream(u) ? stream_connect(u, to, is_nonblocking) : datagram_connect(u, to);
	unref(to);
	return err;
}

static int unix_accept(struct socket *s, struct socket **accepted, bool is_nonblocking)
{
	struct unix_socket *u = unix_of(s);
	nsec_t deadline = socket_deadline(s->receive_timeout, clock_now());
	struct unix_socket *embryo;
	int err;

	if (!unix_is_stream(u)) {
		return -EOPNOTSUPP;
	}
	if (!u->is_listening) {
		return -EINVAL;
	}
	while (!(embryo = pending_take(u))) {
		/* As Linux: only who would wait is told that nobody comes any more. */
		if (!is_nonblocking && u->cannot_receive) {
			return -EINVAL;
		}
		err = socket_wait(&s->changed,
			READ_ONCE(u->pending_count) > 0 || READ_ONCE(u->cannot_receive),
			is_nonblocking, deadline);
		if (err) {
			return err;
		}
	}
	wait_wake_all(&u->drained);
	*accepted = &embryo->socket;
	return 0;
}

/* ---- the rest ------------------------------------------------------------------------------- */

static int unix_name(struct socket *s, bool is_peer, struct socket_address *address)
{
	struct unix_socket *u = unix_of(s);
	int err = 0;

	mutex_lock(&unix_lock);
	if (is_peer && !u->peer) {
		err = -ENOTCONN;
	} else {
		*address = is_peer ? u->peer->name : u->name;
	}
	mutex_unlock(&unix_lock);
	if (!err && !address->len) {
		address->un.family = AF_UNIX;
		address->len = sizeof(address->un.family);
	}
	return err;
}

static int unix_shutdown(struct socket *s, int how)
{
	struct unix_socket *u = unix_of(s);
	struct unix_socket *peer;

	mutex_lock(&unix_lock);
	peer = u->peer;
	u->cannot_receive = u->cannot_receive || how != SHUT_WR;
	u->cannot_send = u->cannot_send || how != SHUT_RD;
	if (peer) {
		wait_wake_all(&peer->socket.changed);
		wait_wake_all(&peer->drained);
	}
	unix_drained(u);
	mutex_unlock(&unix_lock);
	wait_wake_all(&s->changed);
	return 0;
}

static int unix_error_take(struct socket *s)
{
	return __atomic_exchange_n(&unix_of(s)->error, 0, __ATOMIC_RELAXED);
}

static int unix_option_get(struct socket *s, int level, int name, void *value, size_t *len)
{
	struct unix_socket *u = unix_of(s);
	struct linux_ucred none = { 0, UINT32_MAX, UINT32_MAX };
	int32_t number = u->is_listening;

	if (level != SOL_SOCKET || (name != SO_PEERCRED && name != SO_ACCEPTCONN)) {
		return level == SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
	}
	if (name == SO_ACCEPTCONN) {
		*len = MIN(*len, sizeof(number));
		memcpy(value, &number, *len);
	} else {
		*len = MIN(*len, sizeof(none));
		memcpy(value, u->peer || u->is_listening ? &u->peer_credentials : &none, *len);
	}
	return 0;
}

static int unix_option_set(struct socket *s, int level, int name, const void *value, size_t len)
{
	return level == SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
}

static const struct socket_ops unix_ops = {
	.bind = unix_bind,
	.connect = unix_connect,
	.pair = unix_pair,
	.listen = unix_listen,
	.accept = unix_accept,
	.name = unix_name,
	.shutdown = unix_shutdown,
	.send = unix_send,
	.receive = unix_receive,
	.has_user_receive = true,
	.option_get = unix_option_get,
	.option_set = unix_option_set,
	.poll = unix_poll,
	.unread = unix_unread,
	.error_take = unix_error_take,
	.closed = unix_closed,
	.release = unix_release,
};

static int unix_create(int type, int protocol, struct socket **s)
{
	struct unix_socket *u;

	if (protocol && protocol != AF_UNIX) {
		return -EPROTONOSUPPORT;
	}
	if (type == SOCK_RAW) {
		type = SOCK_DGRAM; /* as on Linux */
	}
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET) {
		return -ESOCKTNOSUPPORT;
	}
	u = heap_alloc(sizeof(*u));
	if (!u) {
		return -ENOMEM;
	}
	socket_init(&u->socket, &unix_ops, AF_UNIX, type, 0);
	mutex_init(&u->reading, "unix reading");
	wait_queue_init(&u->drained);
	list_init(&u->queue);
	list_init(&u->senders);
	list_init(&u->sender_link);
	list_init(&u->pending);
	list_init(&u->pending_link);
	list_init(&u->name_link);
	*s = &u->socket;
	return 0;
}

const struct socket_family socket_family_unix = { AF_UNIX, unix_create };
