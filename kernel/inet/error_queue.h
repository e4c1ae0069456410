/* error_queue.h - what ICMP said about what a socket sent, until a program takes it; with the lock. See error_queue.c. */
#ifndef INET_ERROR_QUEUE_H
#define INET_ERROR_QUEUE_H

#include "inet.h"

struct inet_error {
	struct list link;
	struct linux_sock_extended_err what;
	ip_addr_t by, to; /* who reports it; where what was sent went */
	u16_t port;
	unsigned len; /* of what was sent, as much as was quoted */
	char data[];
};

/* `p` from the error's header on, what was sent from `from` on; the caller sets the socket's own error. */
void error_queue_add(
	struct inet_socket *s, const struct inet_error *error, const struct pbuf *p, unsigned from);
void error_queue_drop(struct inet_socket *s);
/* MSG_ERRQUEUE; takes the lock. */
long error_queue_receive(struct socket *socket, struct message *m);

#endif
