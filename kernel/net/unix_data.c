/*
 * unix_data.c - what goes through UNIX-domain sockets: bytes in packets, open files, credentials.
 *
 * A packet goes from the sender straight into the receiver's queue. Of a stream the limits between
 * packets are not seen, but one with files ends a read.
 */
#include "unix.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/string.h>
#include "../sys/transfer.h"

#define STREAM_PACKET_LEN (32 * 1024u)
#define PACKET_OVERHEAD	  256u /* of a queue's limit: what even an empty one costs */

static size_t packet_cost(const struct unix_packet *p)
{
	return p->len + PACKET_OVERHEAD;
}

/* ---- dropping ------------------------------------------------------------------------------- */

/*
 * A file that is dropped may be a socket with packets that hold files... To keep that from eating
 * the stack, whoever comes while another is at it leaves his packets to that one.
 */
static struct list doomed = LIST_INIT(doomed);
static bool is_dropping; /* U1, as the list */

static void packet_free(struct unix_packet *p)
{
	struct message_control control = { .files = p->files, .file_count = p->file_count };

	message_control_free(&control);
	heap_free(p);
}

void unix_packets_drop(struct list *packets)
{
	struct list *first;

	mutex_lock(&unix_lock);
	while ((first = list_first(packets))) {
		list_remove(first);
		list_push_back(&doomed, first);
	}
	if (!is_dropping) {
		is_dropping = true;
		while ((first = list_first(&doomed))) {
			list_remove(first);
			mutex_unlock(&unix_lock);
			packet_free(list_entry(first, struct unix_packet, link));
			mutex_lock(&unix_lock);
		}
		is_dropping = false;
	}
	mutex_unlock(&unix_lock);
}

void unix_drained(struct unix_socket *u)
{
	list_for_each(node, &u->senders) {
		wait_wake_all(&list_entry(node, struct unix_socket, sender_link)->socket.changed);
	}
	wait_wake_all(&u->drained);
}

/* ---- sending -------------------------------------------------------------------------------- */

static struct unix_packet *packet_make(const struct message *m, size_t len)
{
	struct unix_packet *p = heap_alloc(sizeof(*p) + len);

	if (p) {
		memcpy(p->data, m->data, len);
		p->len = len;
		p->credentials = m->control && m->control->has_credentials ? m->control->credentials
									   : socket_credentials();
	}
	return p;
}

/* The files go along with what is queued, and only then. */
static void files_move(struct unix_packet *p, struct message_control *control)
{
	if (control) {
		p->files = control->files;
		p->file_count = control->file_count;
		control->files = NULL;
		control->file_count = 0;
	}
}

static bool has_room(const struct unix_socket *to)
{
	return READ_ONCE(to->queued) < SOCKET_BUFFER_LEN || READ_ONCE(to->is_closed) ||
		READ_ONCE(to->cannot_receive);
}

/* Lock held: 0 and it is queued; -EAGAIN, the queue is full; or why it never can be. */
static int packet_queue(
	struct unix_socket *u, struct unix_socket *to, struct unix_packet *p, struct message *m)
{
	if (u->error && u->socket.type == SOCK_SEQPACKET) {
		int err = u->error;

		u->error = 0;
		return -err;
	}
	if (u->cannot_send || to->cannot_receive) {
		return -EPIPE;
	}
	if (to->is_closed) {
		return unix_is_stream(u) ? -EPIPE : -ECONNREFUSED;
	}
	if (!unix_is_stream(u) && to->peer && to->peer != u) {
		return -EPERM;
	}
	if (to->queued >= SOCKET_BUFFER_LEN) {
		return -EAGAIN;
	}
	if (socket_flag(&u->socket, SO_PASSCRED) || socket_flag(&to->socket, SO_PASSCRED)) {
		unix_bind_auto(u);
	}
	p->from = u->name;
	files_move(p, m->control);
	to->queued += packet_cost(p);
	list_push_back(&to->queue, &p->link);
	return 0;
}

static int packet_send(
	struct unix_socket *u, struct unix_socket *to, struct unix_packet *p, struct message *m)
{
	nsec_t deadline = socket_deadline(u->socket.send_timeout, clock_now());
	bool is_nonblocking = m->flags & MSG_DONTWAIT;
	int err;

	for (;;) {
		mutex_lock(&unix_lock);
		err = packet_queue(u, to, p, m);
		mutex_unlock(&unix_lock);
		if (!err) {
			wait_wake_all(&to->socket.changed);
		}
		if (err != -EAGAIN) {
			return err;
		}
		err = socket_wait(&to->drained, has_room(to) || READ_ONCE(u->cannot_send),
			is_nonblocking, deadline);
		if (err) {
			return err;
		}
	}
}

/* Where it goes: referenced. */
static int receiver_get(struct unix_socket *u, const struct message *m, struct unix_socket **to)
{
	int err = 0;

	if (m->address && m->address->len) {
		if (!unix_is_stream(u)) {
			return unix_find(m->address, SOCK_DGRAM, to);
		}
		if (u->socket.type == SOCK_STREAM) {
			return u->peer ? -EISCONN : -EOPNOTSUPP;
		}
	}
	mutex_lock(&unix_lock);
	*to = u->peer;
	if (*to) {
		socket_ref(&(*to)->socket);
	} else {
		err = u->cannot_send && unix_is_stream(u) ? -EPIPE : -ENOTCONN;
	}
	mutex_unlock(&unix_lock);
	return err;
}

long unix_send(struct socket *s, struct message *m)
{
	struct unix_socket *u = unix_of(s), *to;
	size_t len = s->type == SOCK_STREAM ? MIN(m->len, STREAM_PACKET_LEN) : m->len;
	struct unix_packet *p;
	long err;

	if (len + PACKET_OVERHEAD > SOCKET_BUFFER_LEN) {
		return -EMSGSIZE;
	}
	err = receiver_get(u, m, &to);
	if (err || (s->type == SOCK_STREAM && len == 0)) {
		if (!err) {
			socket_unref(&to->socket);
		}
		return err;
	}
	p = packet_make(m, len);
	err = p ? packet_send(u, to, p, m) : -ENOMEM;
	socket_unref(&to->socket);
	if (err) {
		heap_free(p);
	}
	return err ? err : (long)len;
}

/* ---- receiving ------------------------------------------------------------------------------ */

static bool is_at_end(const struct unix_socket *u)
{
	return READ_ONCE(u->cannot_receive) ||
		(unix_is_stream(u) && u->peer && READ_ONCE(u->peer->is_closed)) ||
		(unix_is_stream(u) && u->peer && READ_ONCE(u->peer->cannot_send));
}

static bool can_receive(struct unix_socket *u)
{
	return READ_ONCE(u->queued) > 0 || is_at_end(u) || READ_ONCE(u->error);
}

/* A peek leaves the files where they are and tells of copies. */
static void files_peek(const struct unix_packet *p, struct message_control *control)
{
	struct file **copy = p->file_count ? heap_alloc(p->file_count * sizeof(*copy)) : NULL;

	if (!copy) {
		return;
	}
	for (unsigned i = 0; i < p->file_count; i++) {
		copy[i] = p->files[i];
		file_ref(copy[i]);
	}
	control->files = copy;
	control->file_count = p->file_count;
}

static void beside_take(struct unix_socket *u, struct unix_packet *p, struct message *m)
{
	struct message_control *control = m->control;

	if (m->address) {
		*m->address = p->from;
	}
	if (!control) {
		return;
	}
	control->has_credentials = socket_flag(&u->socket, SO_PASSCRED);
	control->credentials = p->credentials;
	if (m->flags & MSG_PEEK) {
		files_peek(p, control);
	} else {
		control->files = p->files;
		control->file_count = p->file_count;
		p->files = NULL;
		p->file_count = 0;
	}
}

static void packet_retire(struct unix_socket *u, struct unix_packet *p, struct list *used)
{
	u->queued -= packet_cost(p);
	list_remove(&p->link);
	list_push_back(used, &p->link);
}

/* U4. 0 or -EFAULT. */
static int packet_copy(
	const struct unix_packet *p, size_t from, struct message *m, size_t done, size_t len)
{
	if (!m->user) {
		memcpy((char *)m->data + done, p->data + from, len);
		return 0;
	}
	return len ? user_vector_scatter(m->user, p->data + from, len) : 0;
}

/* What there was no address for is lost, as on Linux. */
static long datagram_take(struct unix_socket *u, struct message *m, struct list *used)
{
	struct unix_packet *p = list_entry(list_first(&u->queue), struct unix_packet, link);
	size_t len = MIN(p->len, m->len);
	size_t told = m->flags & MSG_TRUNC ? p->len : len;
	int err = packet_copy(p, 0, m, 0, len);

	mutex_lock(&unix_lock);
	if (!err) {
		m->flags_out |= len < p->len ? MSG_TRUNC : 0;
		m->flags_out |= u->socket.type == SOCK_SEQPACKET ? MSG_EOR : 0;
		beside_take(u, p, m);
	}
	if (!(m->flags & MSG_PEEK)) {
		packet_retire(u, p, used);
	}
	mutex_unlock(&unix_lock);
	return err ? err : (long)told;
}

/* The packet behind `p`, or the first; NULL: there is none yet. */
static struct unix_packet *packet_after(struct unix_socket *u, const struct unix_packet *p)
{
	struct list *next;

	mutex_lock(&unix_lock);
	next = p ? p->link.next : u->queue.next;
	mutex_unlock(&unix_lock);
	return next == &u->queue ? NULL : list_entry(next, struct unix_packet, link);
}

/* A packet of which a part could not be copied stays as it was, as on Linux. */
static long stream_take(struct unix_socket *u, struct message *m, struct list *used)
{
	bool is_peek = m->flags & MSG_PEEK, has_files = false;
	struct unix_packet *p = NULL;
	size_t done = 0;

	while (done < m->len && !has_files && (p = packet_after(u, p))) {
		size_t part = MIN(p->len - p->taken, m->len - done);

		if (packet_copy(p, p->taken, m, done, part)) {
			return done ? (long)done : -EFAULT;
		}
		has_files = p->file_count;
		done += part;
		mutex_lock(&unix_lock);
		if (done == part || has_files) {
			beside_take(u, p, m);
		}
		if (!is_peek) {
			p->taken += part;
			if (p->taken == p->len) {
				packet_retire(u, p, used);
				p = NULL;
			}
		}
		mutex_unlock(&unix_lock);
	}
	return (long)done;
}

/* Lock held. 1: something is there; 0: nothing any more; or why nothing can be had. */
static int look(struct unix_socket *u)
{
	int err = u->error;

	if (err && unix_is_stream(u)) {
		u->error = 0;
		return -err;
	}
	if (!list_is_empty(&u->queue)) {
		return 1;
	}
	if (unix_is_stream(u) && !u->peer) {
		return u->is_listening || u->socket.type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	}
	return is_at_end(u) ? 0 : -EAGAIN;
}

static long take(struct unix_socket *u, struct message *m, struct list *used)
{
	long done;

	mutex_lock(&u->reading);
	mutex_lock(&unix_lock);
	done = look(u);
	mutex_unlock(&unix_lock);
	if (done > 0) {
		done = u->socket.type == SOCK_STREAM ? stream_take(u, m, used)
						     : datagram_take(u, m, used);
	}
	mutex_unlock(&u->reading);
	return done;
}

long unix_receive(struct socket *s, struct message *m)
{
	struct unix_socket *u = unix_of(s);
	nsec_t deadline = socket_deadline(s->receive_timeout, clock_now());
	bool is_nonblocking = m->flags & MSG_DONTWAIT;
	struct list used;
	long done;

	list_init(&used);
	while ((done = take(u, m, &used)) == -EAGAIN) {
		int err = socket_wait(&s->changed, can_receive(u), is_nonblocking, deadline);

		if (err) {
			return err;
		}
	}
	if (!list_is_empty(&used)) {
		mutex_lock(&unix_lock);
		unix_drained(u);
		mutex_unlock(&unix_lock);
		unix_packets_drop(&used);
	}
	return done;
}

/* ---- readiness ------------------------------------------------------------------------------ */

long unix_unread(struct socket *s)
{
	struct unix_socket *u = unix_of(s);
	size_t len = 0;

	if (u->is_listening) {
		return -EINVAL;
	}
	mutex_lock(&unix_lock);
	list_for_each(node, &u->queue) {
		struct unix_packet *p = list_entry(node, struct unix_packet, link);

		len += p->len - p->taken;
		if (s->type == SOCK_DGRAM) {
			break;
		}
	}
	mutex_unlock(&unix_lock);
	return (long)len;
}

static unsigned poll_locked(struct unix_socket *u)
{
	bool is_stream = unix_is_stream(u);
	bool ends_in = is_at_end(u);
	bool ends_out = u->cannot_send || (is_stream && u->peer && u->peer->is_closed);
	unsigned events = u->error ? POLLERR : 0;

	if (u->is_listening) {
		events |=
			!list_is_empty(&u->pending) || u->cannot_receive ? POLLIN | POLLRDNORM : 0;
		events |= u->cannot_receive ? POLLRDHUP : 0;
		return events | (u->cannot_receive && u->cannot_send ? POLLHUP : 0);
	}
	events |= !list_is_empty(&u->queue) || ends_in ? POLLIN | POLLRDNORM : 0;
	events |= ends_in ? POLLRDHUP : 0;
	events |= (ends_in && ends_out) || (is_stream && !u->peer) ? POLLHUP : 0;
	/* What has nobody to send to is ready to say so. */
	events |= !u->peer || has_room(u->peer) ? POLLOUT | POLLWRNORM | POLLWRBAND : 0;
	return events;
}

unsigned unix_poll(struct socket *s)
{
	unsigned events;

	mutex_lock(&unix_lock);
	events = poll_locked(unix_of(s));
	mutex_unlock(&unix_lock);
	return events;
}
