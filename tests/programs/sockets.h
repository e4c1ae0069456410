/*
 * sockets.h - sockets for programs that are compared with Linux: newlib knows none, so the calls
 * are the kernel's own, with the results that a C library gives.
 */
#ifndef TESTS_SOCKETS_H
#define TESTS_SOCKETS_H

#include "call.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/in.h>
#include <linux/socket.h>
#include <poll.h>
#include <string.h>

typedef unsigned int socklen_t;

struct sockaddr {
	uint16_t sa_family;
	char sa_data[14];
};

/* Room for an address of any family. */
struct sockaddr_storage {
	uint16_t ss_family;
	char data[126] __attribute__((aligned(4)));
};

struct iovec {
	void *iov_base;
	size_t iov_len;
};

struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	size_t msg_iovlen;
	void *msg_control;
	size_t msg_controllen;
	unsigned msg_flags;
};
_Static_assert(
	sizeof(struct msghdr) == sizeof(struct linux_msghdr), "struct msghdr is the kernel's");

/* -1 and errno, as a C library has it. */
static inline long libc(long result)
{
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

#define socket(family, type, protocol)	   ((int)libc(call(socket, family, type, protocol)))
#define socketpair(family, type, proto, s) ((int)libc(call(socketpair, family, type, proto, s)))
#define bind(s, a, len)			   ((int)libc(call(bind, s, a, len)))
#define connect(s, a, len)		   ((int)libc(call(connect, s, a, len)))
#define listen(s, backlog)		   ((int)libc(call(listen, s, backlog)))
/* i386 has accept() through socketcall() only. */
#ifdef __x86_64__
#define accept(s, a, len) ((int)libc(call(accept, s, a, len)))
#else
#define accept(s, a, len) ((int)libc(call(accept4, s, a, len, 0)))
#endif
#define accept4(s, a, len, flags)	     ((int)libc(call(accept4, s, a, len, flags)))
#define getsockname(s, a, len)		     ((int)libc(call(getsockname, s, a, len)))
#define getpeername(s, a, len)		     ((int)libc(call(getpeername, s, a, len)))
#define shutdown(s, how)		     ((int)libc(call(shutdown, s, how)))
#define setsockopt(s, level, name, v, len)   ((int)libc(call(setsockopt, s, level, name, v, len)))
#define getsockopt(s, level, name, v, len)   ((int)libc(call(getsockopt, s, level, name, v, len)))
#define send(s, data, len, flags)	     libc(call(sendto, s, data, len, flags, 0l, 0))
#define sendto(s, data, len, flags, a, al)   libc(call(sendto, s, data, len, flags, a, al))
#define recv(s, data, len, flags)	     libc(call(recvfrom, s, data, len, flags, 0l, 0l))
#define recvfrom(s, data, len, flags, a, al) libc(call(recvfrom, s, data, len, flags, a, al))
#define sendmsg(s, m, flags)		     libc(call(sendmsg, s, m, flags))
#define recvmsg(s, m, flags)		     libc(call(recvmsg, s, m, flags))

/* What a call gave, errors by name. */
static inline void tell(const char *what, long result)
{
	say(what, result < 0 ? -errno : result);
}

static inline void poll_tell(const char *what, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	(void)!poll(&p, 1, 0);
	printf("%s:%s%s%s%s%s\n", what, p.revents & POLLIN ? " in" : "",
		p.revents & POLLOUT ? " out" : "", p.revents & POLLHUP ? " hup" : "",
		p.revents & POLLERR ? " err" : "", p.revents & POLLRDHUP ? " rdhup" : "");
}

#endif
