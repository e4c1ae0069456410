/*
 * error_queue.c - the queue of a socket's errors (IP_RECVERR, IPV6_RECVERR; ip(7)).
 *
 * Who asks for it gets with MSG_ERRQUEUE what ICMP said about datagrams of his: about which, who said it, and why. Of TCP
 * it is what ended an attempt to connect; over IPv4, as on Linux, also unasked.
 * The latest error is the socket's as well; when the last of the queue is taken, the socket has none any more.
 */
#include "error_queue.h"

#include <kernel/heap.h>
#include <kernel/string.h>
#include "../sys/transfer.h"

#define ERRORS_MAX 64u	/* anybody on the way may send them */
#define QUOTE_MAX  512u /* RFC 1812: no more than 576 bytes in all */

/* What cannot be kept is lost, as errors may be. */
void error_queue_add(
	struct inet_socket *s, const struct inet_error *error, const struct pbuf *p, unsigned from)
{
	unsigned len = from < p->tot_len ? MIN(p->tot_len - from, QUOTE_MAX) : 0;
	struct inet_error *copy = NULL;

	if (s->error_count < ERRORS_MAX) {
		copy = heap_alloc(sizeof(*copy) + len);
	}
	if (copy) {
		*copy = *error;
		copy->len = len ? pbuf_copy_partial(p, copy->data, (u16_t)len, (u16_t)from) : 0;
		list_push_back(&s->errors, &copy->link);
		WRITE_ONCE(s->error_count, s->error_count + 1);
	}
}

static struct inet_error *first_take(struct inet_socket *s)
{
	struct list *first = list_first(&s->errors);

	if (!first) {
		return NULL;
	}
	list_remove(first);
	WRITE_ONCE(s->error_count, s->error_count - 1);
	return list_entry(first, struct inet_error, link);
}

void error_queue_drop(struct inet_socket *s)
{
	struct inet_error *error;

	while ((error = first_take(s))) {
		heap_free(error);
	}
}

/* Bytes, or -EFAULT. */
static long tell(const struct inet_socket *s, const struct inet_error *error, struct message *m)
{
	unsigned char extra[MESSAGE_EXTRA_LEN];
	struct socket_address by = { 0 };
	bool is_v6 = s->socket.family == AF_INET6;
	size_t len = MIN((size_t)error->len, m->len);

	m->flags_out |= MSG_ERRQUEUE | (len < error->len ? MSG_TRUNC : 0);
	if (m->address) {
		address_out(s, m->address, &error->to, error->port);
	}
	if (m->control) {
		address_out(s, &by, &error->by, 0);
		memcpy(extra, &error->what, sizeof(error->what));
		memcpy(extra + sizeof(error->what), by.bytes,
			MIN(by.len, sizeof(extra) - sizeof(error->what)));
		inet_extra_add(m->control, is_v6 ? SOL_IPV6 : SOL_IP,
			is_v6 ? IPV6_RECVERR : IP_RECVERR, extra,
			MIN(sizeof(error->what) + by.len, sizeof(extra)));
	}
	if (m->user) {
		return user_vector_scatter(m->user, error->data, len) ? -EFAULT : (long)len;
	}
	memcpy(m->data, error->data, len);
	return (long)len;
}

long error_queue_receive(struct socket *socket, struct message *m)
{
	struct inet_socket *s = inet_of(socket);
	struct inet_error *error;
	struct list *next;
	long len = -EAGAIN;

	inet_enter();
	error = first_take(s);
	if (error) {
		next = list_first(&s->errors);
		s->error = next ? (int)list_entry(next, struct inet_error, link)->what.error : 0;
	}
	inet_leave();
	if (error) {
		len = tell(s, error, m);
		heap_free(error);
	}
	return len;
}
