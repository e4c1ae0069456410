/* sockets_loop.h - sockets of the internet over the loop of either version: what the programs that use it share. */
#ifndef TESTS_SOCKETS_LOOP_H
#define TESTS_SOCKETS_LOOP_H

#include "sockets.h"

#define LOOPBACK 0x0100007f /* 127.0.0.1, as it stands in memory */

static uint16_t swapped(int port)
{
	return (uint16_t)(port >> 8 | port << 8);
}

static inline void until(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	(void)!poll(&p, 1, -1);
}

/* Either version's loop address. */
static socklen_t loop(int family, struct sockaddr_storage *a, int port)
{
	struct linux_sockaddr_in *in = (struct linux_sockaddr_in *)a;
	struct linux_sockaddr_in6 *in6 = (struct linux_sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = (uint16_t)family;
	if (family == AF_INET) {
		in->address = LOOPBACK;
		in->port = swapped(port);
		return sizeof(*in);
	}
	in6->address[3] = 0x01000000;
	in6->port = swapped(port);
	return sizeof(*in6);
}

static inline int port_of(int fd)
{
	struct linux_sockaddr_in6 a;
	socklen_t len = sizeof(a);

	(void)!getsockname(fd, (struct sockaddr *)&a, &len);
	return swapped(a.port);
}

/* What an error queue tells of: the datagram, where that went, and why. */
struct queued_error {
	struct linux_cmsghdr control __attribute__((aligned(8)));
	struct linux_sock_extended_err why;
	char more[200]; /* of `control`: who said it */
	struct sockaddr_storage to;
	char data[20];
	long len;
	int flags;
};

/* The next of them, or says why there is none, and 0. */
static inline int queued_error_take(int s, struct queued_error *q)
{
	struct iovec iov = { q->data, sizeof(q->data) };
	struct msghdr m = { .msg_name = &q->to,
		.msg_namelen = sizeof(q->to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = q,
		.msg_controllen = offsetof(struct queued_error, to) };

	memset(q, 0, sizeof(*q));
	q->len = recvmsg(s, &m, MSG_ERRQUEUE);
	q->flags = m.msg_flags;
	if (q->len < 0) {
		tell("error queue", q->len);
	}
	return q->len >= 0;
}

static inline unsigned short sum_of(const void *data, size_t len)
{
	const unsigned short *words = data;
	unsigned sum = 0;

	for (; len > 1; len -= 2) {
		sum += *words++;
	}
	while (sum >> 16) {
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (unsigned short)~sum;
}

static inline void say_error(int fd)
{
	int n = -1;
	socklen_t len = sizeof(n);

	tell("SO_ERROR", getsockopt(fd, SOL_SOCKET, SO_ERROR, &n, &len));
	printf("%d\n", n);
}

#endif
