/*
 * unix_sockets.c - UNIX-domain sockets: streams, datagrams, sequenced packets; names; files and
 * credentials that go along; what is said of an end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A call's result by name: the number, or the error's. */
static void say(const char *what, long result)
{
	if (result < 0) {
		printf("%s: %s\n", what, strerrorname_np(errno));
	} else {
		printf("%s: %ld\n", what, result);
	}
}

static void say_fd(const char *what, int fd)
{
	if (fd < 0) {
		say(what, fd);
	} else {
		printf("%s: ok\n", what);
	}
}

static socklen_t address_of(struct sockaddr_un *a, const char *name, int abstract)
{
	size_t len = strlen(name);

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path + abstract, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

static void say_poll(const char *what, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	(void)!poll(&p, 1, 0);
	printf("%s:%s%s%s%s%s\n", what, p.revents & POLLIN ? " in" : "",
		p.revents & POLLOUT ? " out" : "", p.revents & POLLHUP ? " hup" : "",
		p.revents & POLLERR ? " err" : "", p.revents & POLLRDHUP ? " rdhup" : "");
}

static void test_pair(int type)
{
	char buf[100] = "";
	int s[2], n = 0;
	struct stat st;

	printf("-- pair of type %d\n", type);
	say("socketpair", socketpair(AF_UNIX, type, 0, s));
	fstat(s[0], &st);
	printf("a socket: %d\n", S_ISSOCK(st.st_mode));
	say_poll("fresh", s[0]);
	say("write", write(s[0], "hello", 5));
	say("write", write(s[0], "world", 5));
	say("FIONREAD", ioctl(s[1], FIONREAD, &n));
	printf("unread %d\n", n);
	say("peek", recv(s[1], buf, 3, MSG_PEEK));
	say("peek trunc", recv(s[1], buf, 3, MSG_PEEK | MSG_TRUNC));
	say("read", read(s[1], buf, 7));
	printf("%s\n", buf);
	memset(buf, 0, sizeof(buf));
	say("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	printf("%s\n", buf);
	say("read nothing", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	say("shutdown", shutdown(s[0], SHUT_WR));
	say_poll("its end", s[0]);
	say_poll("other end", s[1]);
	say("write", send(s[0], "x", 1, MSG_NOSIGNAL));
	say("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	say("the other way", send(s[1], "back", 4, MSG_NOSIGNAL));
	close(s[0]);
	say_poll("closed", s[1]);
	say("write", send(s[1], "x", 1, MSG_NOSIGNAL));
	say("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	say("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	close(s[1]);
}

static void say_name(const char *what, int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (get(fd, (struct sockaddr *)&a, &len)) {
		say(what, -1);
		return;
	}
	printf("%s: length %d family %d %s\n", what, (int)len, a.sun_family,
		len > 2 ? a.sun_path[0] ? a.sun_path : a.sun_path + 1 : "no name");
}

static int get_name(int fd, struct sockaddr *a, socklen_t *len)
{
	return getsockname(fd, a, len);
}

static int get_peer(int fd, struct sockaddr *a, socklen_t *len)
{
	return getpeername(fd, a, len);
}

static void test_stream(int abstract)
{
	struct sockaddr_un a;
	socklen_t len = address_of(&a, "listener", abstract);
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c, s, type = 0;
	struct ucred cred;
	char buf[10];

	printf("-- stream, abstract %d\n", abstract);
	c = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	say("connect to nobody", connect(c, (struct sockaddr *)&a, len));
	say("listen unbound", listen(l, 5));
	say("bind", bind(l, (struct sockaddr *)&a, len));
	say("bind again", bind(l, (struct sockaddr *)&a, len));
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	say("bind another", bind(s, (struct sockaddr *)&a, len));
	close(s);
	say("connect to who does not listen", connect(c, (struct sockaddr *)&a, len));
	say("listen", listen(l, 5));
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	say("connect of another type", connect(s, (struct sockaddr *)&a, len));
	close(s);
	say_poll("listener", l);
	say("connect", connect(c, (struct sockaddr *)&a, len));
	say("connect again", connect(c, (struct sockaddr *)&a, len));
	say_poll("listener", l);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	say_fd("accept", s);
	printf("flags %d %d\n", !!(fcntl(s, F_GETFL) & O_NONBLOCK), fcntl(c, F_GETFD));
	say_name("client's name", c, get_name);
	say_name("client's peer", c, get_peer);
	say_name("server's name", s, get_name);
	say_name("server's peer", s, get_peer);
	say_name("listener's peer", l, get_peer);
	len = sizeof(cred);
	say("SO_PEERCRED", getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	printf("us %d %d %d\n", cred.pid == getpid(), cred.uid == getuid(), cred.gid == getgid());
	len = sizeof(type);
	say("SO_ACCEPTCONN", getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &type, &len));
	printf("%d\n", type);
	say("read from nonblocking", read(s, buf, sizeof(buf)));
	say("write", write(c, "abc", 3));
	say("read", read(s, buf, sizeof(buf)));
	close(c);
	say("end", read(s, buf, sizeof(buf)));
	say("write", send(s, "x", 1, MSG_NOSIGNAL));
	close(s);
	fcntl(l, F_SETFL, O_NONBLOCK);
	say("accept nobody", accept(l, NULL, NULL));
	close(l);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	len = address_of(&a, "listener", abstract);
	say("connect to the closed one", connect(c, (struct sockaddr *)&a, len));
	close(c);
	if (!abstract) {
		say("unlink", unlink("listener"));
	}
}

static void test_datagram(void)
{
	struct sockaddr_un a, b, from;
	socklen_t la = address_of(&a, "one", 0), lb = address_of(&b, "two", 1), len = sizeof(from);
	int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0);
	int stranger = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[10] = "";

	printf("-- datagrams\n");
	say("bind", bind(one, (struct sockaddr *)&a, la));
	say("bind", bind(two, (struct sockaddr *)&b, lb));
	say("send unconnected", send(one, "x", 1, 0));
	say("sendto", sendto(one, "first", 5, 0, (struct sockaddr *)&b, lb));
	say("sendto", sendto(one, "", 0, 0, (struct sockaddr *)&b, lb));
	say("recvfrom", recvfrom(two, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len));
	printf("%s from %s\n", buf, from.sun_path);
	say("empty", recv(two, buf, sizeof(buf), 0));
	say("connect", connect(two, (struct sockaddr *)&a, la));
	say("send", send(two, "0123456789abc", 13, 0));
	say("truncated", recv(one, buf, 4, MSG_TRUNC));
	say("from a stranger", sendto(stranger, "x", 1, 0, (struct sockaddr *)&b, lb));
	close(one);
	say("send to who is gone", send(two, "x", 1, 0));
	close(two);
	close(stranger);
	unlink("one");
}

static void send_files(int s, int *files, int count, const char *text)
{
	char control[CMSG_SPACE(sizeof(int) * 4)] = "";
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
	memcpy(CMSG_DATA(c), files, sizeof(int) * (size_t)count);
	say("sendmsg", sendmsg(s, &m, 0));
}

static int receive_files(int s, size_t room, int *files)
{
	char control[256] = "", text[20] = "";
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room
	};
	int count = 0;

	say("recvmsg", recvmsg(s, &m, MSG_CMSG_CLOEXEC));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		printf("control %d %d length %d\n", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
		if (c->cmsg_type == SCM_RIGHTS) {
			count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(files, CMSG_DATA(c), sizeof(int) * (size_t)count);
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
			printf("from us: %d\n", cred.pid == getpid() && cred.uid == getuid());
		}
	}
	printf("'%s', %d files, truncated %d\n", text, count, !!(m.msg_flags & MSG_CTRUNC));
	return count;
}

static void test_files(void)
{
	int s[2], p[2], got[4], on = 1, count, n = 0;
	char buf[10] = "";

	printf("-- files\n");
	(void)!socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	(void)!pipe(p);
	send_files(s[0], p, 2, "two ends");
	say("write behind", write(s[0], "more", 4));
	close(p[0]);
	close(p[1]);
	count = receive_files(s[1], 256, got);
	if (count == 2) {
		printf("close-on-exec %d\n", fcntl(got[0], F_GETFD));
		say("write", write(got[1], "through", 7));
		say("read", read(got[0], buf, sizeof(buf)));
		printf("%s\n", buf);
		send_files(s[1], got, 2, "one fits");
		close(got[0]);
		close(got[1]);
	}
	say("read the rest", read(s[1], buf, sizeof(buf)));
	n = receive_files(s[0], CMSG_LEN(sizeof(int)), got);
	if (n == 1) {
		close(got[0]);
	}
	/* What nobody takes is closed with the socket. */
	(void)!pipe(p);
	send_files(s[0], p, 2, "lost");
	close(p[1]);
	close(s[1]);
	say("the pipe's end", read(p[0], buf, sizeof(buf)));
	close(p[0]);
	close(s[0]);

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
	say("SO_PASSCRED", setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	say("send", send(s[0], "who", 3, 0));
	(void)receive_files(s[1], 256, got);
	close(s[0]);
	close(s[1]);
	got[0] = 99;
	(void)!socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	send_files(s[0], got, 1, "bad");
	close(s[0]);
	close(s[1]);
}

/* A reader slower than its writer, in another process; more than a buffer holds. */
static void test_flow(void)
{
	static char block[100000];
	unsigned long sum = 0, total = 0;
	int s[2], status;
	pid_t child;
	ssize_t n;

	printf("-- flow\n");
	(void)!socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	child = fork();
	if (child == 0) {
		close(s[1]);
		for (int i = 0; i < 20; i++) {
			for (size_t k = 0; k < sizeof(block); k++) {
				block[k] = (char)(i * 7 + (int)(k % 251));
			}
			if (write(s[0], block, sizeof(block)) != (ssize_t)sizeof(block)) {
				_exit(1);
			}
		}
		_exit(0);
	}
	close(s[0]);
	while ((n = read(s[1], block, 7777)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			sum = sum * 31 + (unsigned char)block[i];
		}
		total += (unsigned long)n;
	}
	waitpid(child, &status, 0);
	printf("%lu bytes, sum %lx, status %d\n", total, sum, status);
	close(s[1]);
}

static volatile int pipes;

static void on_pipe(int signo)
{
	pipes++;
}

static void test_rest(void)
{
	struct timeval t = { 0, 50000 };
	int s[2], l, on = 1;
	char buf[10];

	printf("-- the rest\n");
	say("no such family", socket(99, SOCK_STREAM, 0));
	say("no such type", socket(AF_UNIX, 77, 0));
	say("not a socket", listen(0, 1));
	say("not open", listen(77, 1));
	signal(SIGPIPE, on_pipe);
	(void)!socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	say("SO_RCVTIMEO", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	say("in vain", read(s[0], buf, sizeof(buf)));
	say("unknown option", setsockopt(s[0], SOL_SOCKET, 9999, &on, sizeof(on)));
	close(s[1]);
	say("write", write(s[0], "x", 1));
	printf("SIGPIPE %d\n", pipes);
	close(s[0]);
	l = socket(AF_UNIX, SOCK_STREAM, 0);
	say("read unconnected", read(l, buf, 1));
	say("write unconnected", send(l, buf, 1, MSG_NOSIGNAL));
	say("shutdown unconnected", shutdown(l, SHUT_RDWR));
	say_poll("unconnected", l);
	close(l);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_pair(SOCK_STREAM);
	test_pair(SOCK_DGRAM);
	test_pair(SOCK_SEQPACKET);
	test_stream(0);
	test_stream(1);
	test_datagram();
	test_files();
	test_flow();
	test_rest();
	return 0;
}
