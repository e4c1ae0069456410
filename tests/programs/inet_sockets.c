/*
 * inet_sockets.c - TCP, UDP and ICMP over the loop, both versions of IP: connections and their
 * ends, errors, names, options, and flow with a slow reader.
 */
#include "sockets_loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void say_name(const char *what, int fd, int peer, int known_port)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	const unsigned char *bytes = (unsigned char *)&a;
	int err = peer ? getpeername(fd, (struct sockaddr *)&a, &len)
		       : getsockname(fd, (struct sockaddr *)&a, &len);

	if (err) {
		tell(what, err);
		return;
	}
	printf("%s:", what);
	for (unsigned i = a.ss_family == AF_INET ? 4 : 8; i < (a.ss_family == AF_INET ? 8u : 24u);
		i++) {
		printf(" %d", bytes[i]);
	}
	printf(", length %d, port %s\n", (int)len,
		swapped(((struct linux_sockaddr_in *)&a)->port) == known_port ? "as known"
									      : "another");
}

static void test_tcp(int family)
{
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	int l = socket(family, SOCK_STREAM, 0), c, s, port, n, on = 1;
	char buf[100] = "";

	printf("-- tcp, family %d\n", family);
	tell("bind", bind(l, (struct sockaddr *)&a, len));
	port = port_of(l);
	printf("port chosen %d\n", port > 0);
	tell("listen", listen(l, 3));
	poll_tell("listener", l);
	len = loop(family, &a, port);
	c = socket(family, SOCK_STREAM, 0);
	tell("bind to a taken port", bind(c, (struct sockaddr *)&a, len));
	tell("read unconnected", read(c, buf, 1));
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	tell("connect again", connect(c, (struct sockaddr *)&a, len));
	until(l, POLLIN);
	poll_tell("listener", l);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	printf("accepted %d\n", s >= 0);
	say_name("client's peer", c, 1, port);
	say_name("server's name", s, 0, port);
	say_name("server's peer", s, 1, port_of(c));
	tell("read nothing", read(s, buf, sizeof(buf)));
	tell("write", write(c, "hello", 5));
	until(s, POLLIN);
	n = 0;
	tell("FIONREAD", ioctl(s, FIONREAD, &n));
	printf("unread %d\n", n);
	tell("peek", recv(s, buf, 2, MSG_PEEK));
	tell("read", read(s, buf, sizeof(buf)));
	printf("%s\n", buf);
	poll_tell("connected", s);
	tell("TCP_NODELAY", setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	n = 0;
	len = sizeof(n);
	tell("TCP_NODELAY", getsockopt(c, IPPROTO_TCP, TCP_NODELAY, &n, &len));
	printf("%d\n", n);
	tell("SO_KEEPALIVE", setsockopt(c, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)));
	tell("shutdown", shutdown(c, SHUT_WR));
	until(s, POLLIN);
	poll_tell("half closed", s);
	tell("end", read(s, buf, sizeof(buf)));
	tell("write the other way", write(s, "still", 5));
	until(c, POLLIN);
	tell("read", read(c, buf, sizeof(buf)));
	tell("write after shutdown", send(c, "x", 1, MSG_NOSIGNAL));
	close(s);
	until(c, POLLRDHUP);
	poll_tell("both closed", c);
	tell("end", read(c, buf, sizeof(buf)));
	close(c);
	close(l);
	len = loop(family, &a, port);
	c = socket(family, SOCK_STREAM, 0);
	tell("connect to nobody", connect(c, (struct sockaddr *)&a, len));
	close(c);
}

/* Both sides end it, the other one first: what is read then is the end, and no error. */
static void test_both_end(int family)
{
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	int l = socket(family, SOCK_STREAM, 0), c = socket(family, SOCK_STREAM, 0), s;
	char buf[20];

	printf("-- both end, family %d\n", family);
	tell("bind", bind(l, (struct sockaddr *)&a, len));
	tell("listen", listen(l, 1));
	len = loop(family, &a, port_of(l));
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	s = accept(l, NULL, NULL);
	tell("shutdown", shutdown(s, SHUT_WR));
	until(c, POLLIN);
	tell("shutdown", shutdown(c, SHUT_WR));
	usleep(50000);
	tell("read", read(c, buf, sizeof(buf)));
	tell("read", read(s, buf, sizeof(buf)));
	close(s);
	close(c);
	close(l);
}

static void test_nonblocking(void)
{
	struct sockaddr_storage a;
	socklen_t len = loop(AF_INET, &a, 0);
	int l = socket(AF_INET, SOCK_STREAM, 0), c, s, err = -1;
	struct linux_linger linger = { 1, 0 };
	char buf[10];

	printf("-- not blocking\n");
	(void)!bind(l, (struct sockaddr *)&a, len);
	(void)!listen(l, 3);
	len = loop(AF_INET, &a, port_of(l));
	fcntl(l, F_SETFL, O_NONBLOCK);
	tell("accept nobody", accept(l, NULL, NULL));
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	poll_tell("fresh", c);
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	until(c, POLLOUT);
	poll_tell("connected", c);
	len = sizeof(err);
	tell("SO_ERROR", getsockopt(c, SOL_SOCKET, SO_ERROR, &err, &len));
	printf("%d\n", err);
	until(l, POLLIN);
	s = accept(l, NULL, NULL);
	tell("SO_LINGER", setsockopt(c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(c);
	until(s, POLLIN);
	tell("read after a reset", read(s, buf, sizeof(buf)));
	tell("read again", read(s, buf, sizeof(buf)));
	close(s);
	/* Closed with data unread: the writer is told. */
	c = socket(AF_INET, SOCK_STREAM, 0);
	len = loop(AF_INET, &a, port_of(l));
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	until(l, POLLIN);
	s = accept(l, NULL, NULL);
	tell("write", write(c, "unread", 6));
	until(s, POLLIN);
	close(s);
	until(c, POLLIN);
	tell("read", read(c, buf, sizeof(buf)));
	close(c);
	close(l);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	len = loop(AF_INET, &a, 1);
	(void)!connect(c, (struct sockaddr *)&a, len);
	until(c, POLLOUT);
	len = sizeof(err);
	(void)!getsockopt(c, SOL_SOCKET, SO_ERROR, &err, &len);
	printf("refused: %s\n", error_name(-err));
	close(c);
}

/* A reader slower than its writer; more than all buffers hold. */
static void test_flow(int family)
{
	static char block[100000];
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	unsigned long sum = 0, total = 0;
	int l = socket(family, SOCK_STREAM, 0), s, status;
	pid_t child;
	ssize_t n;

	printf("-- flow, family %d\n", family);
	(void)!bind(l, (struct sockaddr *)&a, len);
	(void)!listen(l, 3);
	len = loop(family, &a, port_of(l));
	child = fork();
	if (child == 0) {
		int c = socket(family, SOCK_STREAM, 0);

		if (connect(c, (struct sockaddr *)&a, len)) {
			_exit(2);
		}
		for (int i = 0; i < 30; i++) {
			for (size_t k = 0; k < sizeof(block); k++) {
				block[k] = (char)(i * 7 + (int)(k % 251));
			}
			if (write(c, block, sizeof(block)) != (ssize_t)sizeof(block)) {
				_exit(1);
			}
		}
		_exit(0);
	}
	s = accept(l, NULL, NULL);
	usleep(200000);
	while ((n = read(s, block, 7777)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			sum = sum * 31 + (unsigned char)block[i];
		}
		total += (unsigned long)n;
	}
	waitpid(child, &status, 0);
	printf("%lu bytes, sum %lx, status %d, end %ld\n", total, sum, status, (long)n);
	close(s);
	close(l);
}

static void test_udp(int family)
{
	static char large[60000], got[60000];
	struct sockaddr_storage a, b, from;
	socklen_t len = loop(family, &a, 0), flen = sizeof(from);
	int one = socket(family, SOCK_DGRAM, 0), two = socket(family, SOCK_DGRAM, 0), n;
	struct timeval t = { 0, 50000 };
	char buf[20] = "";

	printf("-- udp, family %d\n", family);
	tell("bind", bind(one, (struct sockaddr *)&a, len));
	tell("send unconnected", send(two, "x", 1, 0));
	len = loop(family, &a, port_of(one));
	tell("sendto", sendto(two, "first", 5, 0, (struct sockaddr *)&a, len));
	until(one, POLLIN);
	tell("FIONREAD", ioctl(one, FIONREAD, &n));
	printf("%d\n", n);
	tell("recvfrom", recvfrom(one, buf, sizeof(buf), 0, (struct sockaddr *)&from, &flen));
	printf("%s, length %d, port known %d\n", buf, (int)flen,
		swapped(((struct linux_sockaddr_in *)&from)->port) == port_of(two));
	tell("answer", sendto(one, "answer", 6, 0, (struct sockaddr *)&from, flen));
	until(two, POLLIN);
	tell("truncated", recv(two, buf, 3, MSG_TRUNC));
	tell("connect", connect(two, (struct sockaddr *)&a, len));
	say_name("its name", two, 0, port_of(two));
	say_name("its peer", two, 1, port_of(one));
	tell("empty", send(two, "", 0, 0));
	until(one, POLLIN);
	tell("empty", recv(one, buf, sizeof(buf), 0));
	for (size_t i = 0; i < sizeof(large); i++) {
		large[i] = (char)(i * 13 % 253);
	}
	tell("large", send(two, large, sizeof(large), 0));
	until(one, POLLIN);
	tell("large", recv(one, got, sizeof(got), 0));
	printf("equal %d\n", !memcmp(large, got, sizeof(large)));
	tell("too large", send(two, large, 70000, 0));
	tell("SO_RCVTIMEO", setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	tell("in vain", recv(one, buf, sizeof(buf), 0));
	tell("bind a taken port", bind(socket(family, SOCK_DGRAM, 0), (struct sockaddr *)&a, len));
	/* A stranger's packets do not reach a connected one. */
	len = loop(family, &b, port_of(two));
	{
		int three = socket(family, SOCK_DGRAM, 0);

		tell("from a stranger", sendto(three, "no", 2, 0, (struct sockaddr *)&b, len));
		usleep(20000);
		tell("not heard", recv(two, buf, sizeof(buf), MSG_DONTWAIT));
		close(three);
	}
	close(one);
	close(two);
}

static void say_events(const char *what, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	int n = poll(&p, 1, 0);

	printf("%s: %d, events %x\n", what, n, (unsigned)p.revents);
}

/* A port that nobody has: whoever is connected to it hears of it, once, by the next call that may say so. */
static void test_refused(int family)
{
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	int taken = socket(family, SOCK_DGRAM, 0), s = socket(family, SOCK_DGRAM, 0);
	char buf[20];

	printf("-- refused, family %d\n", family);
	tell("bind", bind(taken, (struct sockaddr *)&a, len));
	len = loop(family, &a, port_of(taken));
	close(taken);
	tell("unconnected", sendto(s, "x", 1, 0, (struct sockaddr *)&a, len));
	say_events("unconnected", s);
	say_error(s);
	tell("connect", connect(s, (struct sockaddr *)&a, len));
	tell("send", send(s, "x", 1, 0));
	until(s, POLLERR);
	say_events("refused", s);
	tell("receive", recv(s, buf, sizeof(buf), MSG_DONTWAIT));
	say_events("told", s);
	tell("receive", recv(s, buf, sizeof(buf), MSG_DONTWAIT));
	tell("send", send(s, "x", 1, 0));
	until(s, POLLERR);
	tell("send again", send(s, "x", 1, 0));
	tell("send", send(s, "x", 1, 0));
	until(s, POLLERR);
	say_error(s);
	say_error(s);
	tell("send", send(s, "x", 1, 0));
	tell("wait", recv(s, buf, sizeof(buf), 0));
	tell("error queue", recv(s, buf, sizeof(buf), MSG_ERRQUEUE));
	close(s);
}

/* What an error queue tells of: the datagram, who said it, and why. How much of its data is quoted is the router's choice. */
static void say_queued(int s, int port)
{
	struct sockaddr_storage loops;
	struct queued_error q;
	socklen_t len;

	if (!queued_error_take(s, &q)) {
		return;
	}
	len = loop(q.to.ss_family, &loops, 0);
	printf("queued: flags %x, control %d %d of %d, %s, origin %d type %d code %d info %d data %d\n",
		q.flags, q.control.level, q.control.type, (int)q.control.len,
		error_name(-(int)q.why.error), q.why.origin, q.why.type, q.why.code,
		(int)q.why.info, (int)q.why.data);
	printf("by us %d, to family %d, our port %d\n", !memcmp(q.more, &loops, len),
		q.to.ss_family, ((struct linux_sockaddr_in *)&q.to)->port == swapped(port));
}

static void test_error_queue(int family)
{
	int level = family == AF_INET ? SOL_IP : SOL_IPV6, on = 1, off = 0;
	int name = family == AF_INET ? IP_RECVERR : IPV6_RECVERR;
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0), size = sizeof(int);
	int taken = socket(family, SOCK_DGRAM, 0), s = socket(family, SOCK_DGRAM, 0), port;
	char buf[20];

	printf("-- error queue, family %d\n", family);
	tell("bind", bind(taken, (struct sockaddr *)&a, len));
	port = port_of(taken);
	len = loop(family, &a, port);
	close(taken);
	tell("ask", setsockopt(s, level, name, &on, sizeof(on)));
	tell("asked", getsockopt(s, level, name, &on, &size));
	printf("%d\n", on);
	say_queued(s, port);
	tell("unconnected", sendto(s, "x", 1, 0, (struct sockaddr *)&a, len));
	until(s, POLLERR);
	say_events("refused", s);
	tell("receive", recv(s, buf, sizeof(buf), MSG_DONTWAIT));
	say_events("told", s);
	say_queued(s, port);
	say_events("all told", s);
	say_queued(s, port);
	tell("connect", connect(s, (struct sockaddr *)&a, len));
	tell("send", send(s, "x", 1, 0));
	until(s, POLLERR);
	tell("send again", send(s, "x", 1, 0));
	say_queued(s, port);
	say_error(s);
	tell("send", send(s, "x", 1, 0));
	until(s, POLLERR);
	tell("no more", setsockopt(s, level, name, &off, sizeof(off)));
	say_queued(s, port);
	say_error(s);
	say_events("nothing", s);
	close(s);
}

static void test_icmp(void)
{
	struct {
		uint8_t type, code;
		uint16_t checksum, id, sequence;
		char data[32];
	} echo = { .type = 8 };
	struct sockaddr_storage a;
	socklen_t len = loop(AF_INET, &a, 0);
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), replies = 0;
	unsigned char got[200];
	ssize_t n;

	printf("-- icmp\n");
	echo.id = 77;
	strcpy(echo.data, "is anybody there");
	echo.checksum = sum_of(&echo, sizeof(echo));
	tell("send", sendto(s, &echo, sizeof(echo), 0, (struct sockaddr *)&a, len));
	/* What was sent is heard, too. */
	while (!replies) {
		until(s, POLLIN);
		while ((n = recv(s, got, sizeof(got), MSG_DONTWAIT)) > 0) {
			if (got[20] == 0) {
				replies++;
				printf("%zd bytes, header %x, '%s'\n", n, got[0], got + 28);
			}
		}
	}
	printf("replies %d\n", replies);
	close(s);
}

static void test_both(void)
{
	struct linux_sockaddr_in6 any = { .family = AF_INET6 };
	struct sockaddr_storage a;
	socklen_t len;
	int l = socket(AF_INET6, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), s, off = 0;

	printf("-- both versions\n");
	tell("V6ONLY", setsockopt(l, SOL_IPV6, IPV6_V6ONLY, &off, sizeof(off)));
	tell("bind", bind(l, (struct sockaddr *)&any, sizeof(any)));
	tell("listen", listen(l, 1));
	len = loop(AF_INET, &a, port_of(l));
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	s = accept(l, NULL, NULL);
	say_name("server's name", s, 0, port_of(l));
	say_name("client's peer", c, 1, port_of(l));
	close(s);
	close(c);
	close(l);
}

/* Nobody accepts, and who listens goes. */
static void test_not_accepted(int family)
{
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	int l = socket(family, SOCK_STREAM, 0), c[3];
	char got[4];

	printf("-- not accepted, family %d\n", family);
	tell("bind", bind(l, (struct sockaddr *)&a, len));
	tell("listen", listen(l, 3));
	len = loop(family, &a, port_of(l));
	for (int i = 0; i < 3; i++) {
		c[i] = socket(family, SOCK_STREAM, 0);
		tell("connect", connect(c[i], (struct sockaddr *)&a, len));
	}
	tell("send", send(c[0], "lost", 4, 0));
	close(l);
	for (int i = 0; i < 3; i++) {
		until(c[i], POLLIN);
		tell("receive", recv(c[i], got, sizeof(got), 0));
		close(c[i]);
	}
}

static void test_rest(void)
{
	struct linux_sockaddr_in a = { .family = AF_INET, .address = 0x04030201 };
	int s = socket(AF_INET, SOCK_STREAM, 0), n = 0;
	socklen_t len = sizeof(n);

	printf("-- the rest\n");
	tell("bind to another's address", bind(s, (struct sockaddr *)&a, sizeof(a)));
	tell("short address", bind(s, (struct sockaddr *)&a, 4));
	tell("wrong protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	tell("shutdown unconnected", shutdown(s, SHUT_RDWR));
	tell("peer of nobody", getpeername(s, (struct sockaddr *)&a, &len));
	tell("send unconnected", send(s, "x", 1, MSG_NOSIGNAL));
	len = sizeof(n);
	tell("SO_TYPE", getsockopt(s, SOL_SOCKET, SO_TYPE, &n, &len));
	printf("%d\n", n);
	tell("SO_PROTOCOL", getsockopt(s, SOL_SOCKET, SO_PROTOCOL, &n, &len));
	printf("%d\n", n);
	n = 42;
	tell("IP_TTL", setsockopt(s, SOL_IP, IP_TTL, &n, sizeof(n)));
	n = 0;
	tell("IP_TTL", getsockopt(s, SOL_IP, IP_TTL, &n, &len));
	printf("%d\n", n);
	close(s);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	test_tcp(AF_INET);
	test_tcp(AF_INET6);
	test_both_end(AF_INET);
	test_both_end(AF_INET6);
	test_nonblocking();
	test_flow(AF_INET);
	test_flow(AF_INET6);
	test_udp(AF_INET);
	test_udp(AF_INET6);
	test_refused(AF_INET);
	test_refused(AF_INET6);
	test_error_queue(AF_INET);
	test_error_queue(AF_INET6);
	test_icmp();
	test_not_accepted(AF_INET);
	test_not_accepted(AF_INET6);
	test_both();
	test_rest();
	return 0;
}
