/*
 * inet_sockets.c - TCP, UDP and ICMP over the loop, both versions of IP: connections and their
 * ends, errors, names, options, and flow with a slow reader.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long result)
{
	if (result < 0) {
		printf("%s: %s\n", what, strerrorname_np(errno));
	} else {
		printf("%s: %ld\n", what, result);
	}
}

static void say_poll(const char *what, int fd, int wait)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	(void)!poll(&p, 1, wait);
	printf("%s:%s%s%s%s%s\n", what, p.revents & POLLIN ? " in" : "",
		p.revents & POLLOUT ? " out" : "", p.revents & POLLHUP ? " hup" : "",
		p.revents & POLLERR ? " err" : "", p.revents & POLLRDHUP ? " rdhup" : "");
}

static void until(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	(void)!poll(&p, 1, 5000);
}

/* Either version's loop address. */
static socklen_t loop(int family, struct sockaddr_storage *a, int port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in->sin_port = htons((uint16_t)port);
		return sizeof(*in);
	}
	in6->sin6_addr = in6addr_loopback;
	in6->sin6_port = htons((uint16_t)port);
	return sizeof(*in6);
}

static int port_of(int fd)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	(void)!getsockname(fd, (struct sockaddr *)&a, &len);
	return ntohs(a.sin6_port);
}

static void say_name(const char *what, int fd, int peer, int known_port)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char text[64] = "";
	int err = peer ? getpeername(fd, (struct sockaddr *)&a, &len)
		       : getsockname(fd, (struct sockaddr *)&a, &len);

	if (err) {
		say(what, err);
		return;
	}
	if (a.ss_family == AF_INET) {
		inet_ntop(AF_INET, &((struct sockaddr_in *)&a)->sin_addr, text, sizeof(text));
	} else {
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&a)->sin6_addr, text, sizeof(text));
	}
	printf("%s: %s length %d, port %s\n", what, text, (int)len,
		ntohs(((struct sockaddr_in *)&a)->sin_port) == known_port ? "as known" : "another");
}

static void test_tcp(int family)
{
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	int l = socket(family, SOCK_STREAM, 0), c, s, port, n, on = 1;
	char buf[100] = "";

	printf("-- tcp, family %d\n", family);
	say("bind", bind(l, (struct sockaddr *)&a, len));
	port = port_of(l);
	printf("port chosen %d\n", port > 0);
	say("listen", listen(l, 3));
	say_poll("listener", l, 0);
	len = loop(family, &a, port);
	c = socket(family, SOCK_STREAM, 0);
	say("bind to a taken port", bind(c, (struct sockaddr *)&a, len));
	say("read unconnected", read(c, buf, 1));
	say("connect", connect(c, (struct sockaddr *)&a, len));
	say("connect again", connect(c, (struct sockaddr *)&a, len));
	until(l, POLLIN);
	say_poll("listener", l, 0);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	printf("accepted %d\n", s >= 0);
	say_name("client's peer", c, 1, port);
	say_name("server's name", s, 0, port);
	say_name("server's peer", s, 1, port_of(c));
	say("read nothing", read(s, buf, sizeof(buf)));
	say("write", write(c, "hello", 5));
	until(s, POLLIN);
	n = 0;
	say("FIONREAD", ioctl(s, FIONREAD, &n));
	printf("unread %d\n", n);
	say("peek", recv(s, buf, 2, MSG_PEEK));
	say("read", read(s, buf, sizeof(buf)));
	printf("%s\n", buf);
	say_poll("connected", s, 0);
	say("TCP_NODELAY", setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	n = 0;
	len = sizeof(n);
	say("TCP_NODELAY", getsockopt(c, IPPROTO_TCP, TCP_NODELAY, &n, &len));
	printf("%d\n", n);
	say("SO_KEEPALIVE", setsockopt(c, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)));
	say("shutdown", shutdown(c, SHUT_WR));
	until(s, POLLIN);
	say_poll("half closed", s, 0);
	say("end", read(s, buf, sizeof(buf)));
	say("write the other way", write(s, "still", 5));
	until(c, POLLIN);
	say("read", read(c, buf, sizeof(buf)));
	say("write after shutdown", send(c, "x", 1, MSG_NOSIGNAL));
	close(s);
	until(c, POLLRDHUP);
	say_poll("both closed", c, 0);
	say("end", read(c, buf, sizeof(buf)));
	close(c);
	close(l);
	len = loop(family, &a, port);
	c = socket(family, SOCK_STREAM, 0);
	say("connect to nobody", connect(c, (struct sockaddr *)&a, len));
	close(c);
}

static void test_nonblocking(void)
{
	struct sockaddr_storage a;
	socklen_t len = loop(AF_INET, &a, 0);
	int l = socket(AF_INET, SOCK_STREAM, 0), c, s, err = -1;
	struct linger linger = { 1, 0 };
	char buf[10];

	printf("-- not blocking\n");
	(void)!bind(l, (struct sockaddr *)&a, len);
	(void)!listen(l, 3);
	len = loop(AF_INET, &a, port_of(l));
	fcntl(l, F_SETFL, O_NONBLOCK);
	say("accept nobody", accept(l, NULL, NULL));
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	say_poll("fresh", c, 0);
	say("connect", connect(c, (struct sockaddr *)&a, len));
	until(c, POLLOUT);
	say_poll("connected", c, 0);
	len = sizeof(err);
	say("SO_ERROR", getsockopt(c, SOL_SOCKET, SO_ERROR, &err, &len));
	printf("%d\n", err);
	until(l, POLLIN);
	s = accept(l, NULL, NULL);
	say("SO_LINGER", setsockopt(c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(c);
	until(s, POLLIN);
	say("read after a reset", read(s, buf, sizeof(buf)));
	say("read again", read(s, buf, sizeof(buf)));
	close(s);
	/* Closed with data unread: the writer is told. */
	c = socket(AF_INET, SOCK_STREAM, 0);
	len = loop(AF_INET, &a, port_of(l));
	say("connect", connect(c, (struct sockaddr *)&a, len));
	until(l, POLLIN);
	s = accept(l, NULL, NULL);
	say("write", write(c, "unread", 6));
	until(s, POLLIN);
	close(s);
	until(c, POLLIN);
	say("read", read(c, buf, sizeof(buf)));
	close(c);
	close(l);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	len = loop(AF_INET, &a, 1);
	(void)!connect(c, (struct sockaddr *)&a, len);
	until(c, POLLOUT);
	len = sizeof(err);
	(void)!getsockopt(c, SOL_SOCKET, SO_ERROR, &err, &len);
	printf("refused: %s\n", strerrorname_np(err));
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
	say("bind", bind(one, (struct sockaddr *)&a, len));
	say("send unconnected", send(two, "x", 1, 0));
	len = loop(family, &a, port_of(one));
	say("sendto", sendto(two, "first", 5, 0, (struct sockaddr *)&a, len));
	until(one, POLLIN);
	say("FIONREAD", ioctl(one, FIONREAD, &n));
	printf("%d\n", n);
	say("recvfrom", recvfrom(one, buf, sizeof(buf), 0, (struct sockaddr *)&from, &flen));
	printf("%s, length %d, port known %d\n", buf, (int)flen,
		ntohs(((struct sockaddr_in *)&from)->sin_port) == port_of(two));
	say("answer", sendto(one, "answer", 6, 0, (struct sockaddr *)&from, flen));
	until(two, POLLIN);
	say("truncated", recv(two, buf, 3, MSG_TRUNC));
	say("connect", connect(two, (struct sockaddr *)&a, len));
	say_name("its name", two, 0, port_of(two));
	say_name("its peer", two, 1, port_of(one));
	say("empty", send(two, "", 0, 0));
	until(one, POLLIN);
	say("empty", recv(one, buf, sizeof(buf), 0));
	for (size_t i = 0; i < sizeof(large); i++) {
		large[i] = (char)(i * 13 % 253);
	}
	say("large", send(two, large, sizeof(large), 0));
	until(one, POLLIN);
	say("large", recv(one, got, sizeof(got), 0));
	printf("equal %d\n", !memcmp(large, got, sizeof(large)));
	say("too large", send(two, large, 70000, 0));
	say("SO_RCVTIMEO", setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	say("in vain", recv(one, buf, sizeof(buf), 0));
	say("bind a taken port", bind(socket(family, SOCK_DGRAM, 0), (struct sockaddr *)&a, len));
	/* A stranger's packets do not reach a connected one. */
	len = loop(family, &b, port_of(two));
	{
		int three = socket(family, SOCK_DGRAM, 0);

		say("from a stranger", sendto(three, "no", 2, 0, (struct sockaddr *)&b, len));
		usleep(20000);
		say("not heard", recv(two, buf, sizeof(buf), MSG_DONTWAIT));
		close(three);
	}
	close(one);
	close(two);
}

static unsigned short sum_of(const void *data, size_t len)
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

static void test_icmp(void)
{
	struct {
		struct icmphdr h;
		char data[32];
	} echo = { .h = { .type = ICMP_ECHO } };
	struct sockaddr_storage a;
	socklen_t len = loop(AF_INET, &a, 0);
	int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), replies = 0;
	unsigned char got[200];
	ssize_t n;

	printf("-- icmp\n");
	echo.h.un.echo.id = htons(77);
	strcpy(echo.data, "is anybody there");
	echo.h.checksum = sum_of(&echo, sizeof(echo));
	say("send", sendto(s, &echo, sizeof(echo), 0, (struct sockaddr *)&a, len));
	usleep(50000);
	while ((n = recv(s, got, sizeof(got), MSG_DONTWAIT)) > 0) {
		if (got[20] == ICMP_ECHOREPLY) {
			replies++;
			printf("%zd bytes, header %x, '%s'\n", n, got[0], got + 28);
		}
	}
	printf("replies %d\n", replies);
	close(s);
}

static void test_both(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	struct sockaddr_storage a;
	socklen_t len;
	int l = socket(AF_INET6, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), s, off = 0;

	printf("-- both versions\n");
	say("V6ONLY", setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)));
	say("bind", bind(l, (struct sockaddr *)&any, sizeof(any)));
	say("listen", listen(l, 1));
	len = loop(AF_INET, &a, port_of(l));
	say("connect", connect(c, (struct sockaddr *)&a, len));
	s = accept(l, NULL, NULL);
	say_name("server's name", s, 0, port_of(l));
	say_name("client's peer", c, 1, port_of(l));
	close(s);
	close(c);
	close(l);
}

static void test_rest(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(0x01020304) } };
	int s = socket(AF_INET, SOCK_STREAM, 0), n = 0;
	socklen_t len = sizeof(n);

	printf("-- the rest\n");
	say("bind to another's address", bind(s, (struct sockaddr *)&a, sizeof(a)));
	say("short address", bind(s, (struct sockaddr *)&a, 4));
	say("wrong protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	say("shutdown unconnected", shutdown(s, SHUT_RDWR));
	say("peer of nobody", getpeername(s, (struct sockaddr *)&a, &len));
	say("send unconnected", send(s, "x", 1, MSG_NOSIGNAL));
	len = sizeof(n);
	say("SO_TYPE", getsockopt(s, SOL_SOCKET, SO_TYPE, &n, &len));
	printf("%d\n", n);
	say("SO_PROTOCOL", getsockopt(s, SOL_SOCKET, SO_PROTOCOL, &n, &len));
	printf("%d\n", n);
	n = 42;
	say("IP_TTL", setsockopt(s, IPPROTO_IP, IP_TTL, &n, sizeof(n)));
	n = 0;
	say("IP_TTL", getsockopt(s, IPPROTO_IP, IP_TTL, &n, &len));
	printf("%d\n", n);
	close(s);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	test_tcp(AF_INET);
	test_tcp(AF_INET6);
	test_nonblocking();
	test_flow(AF_INET);
	test_flow(AF_INET6);
	test_udp(AF_INET);
	test_udp(AF_INET6);
	test_icmp();
	test_both();
	test_rest();
	return 0;
}
