/*
 * unix_sockets.c - UNIX-domain sockets: streams, datagrams, sequenced packets; names; files and
 * credentials that go along; what is said of an end.
 */
#include "sockets.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define sockaddr_un linux_sockaddr_un
#define ucred	    linux_ucred

static void say_fd(const char *what, int fd)
{
	if (fd < 0) {
		tell(what, fd);
	} else {
		printf("%s: ok\n", what);
	}
}

static socklen_t address_of(struct sockaddr_un *a, const char *name, int abstract)
{
	size_t len = strlen(name);

	memset(a, 0, sizeof(*a));
	a->family = AF_UNIX;
	memcpy(a->path + abstract, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, path) + len + 1);
}

static void test_pair(int type)
{
	char buf[100] = "";
	int s[2], n = 0;
	struct stat st;

	printf("-- pair of type %d\n", type);
	tell("socketpair", socketpair(AF_UNIX, type, 0, s));
	fstat(s[0], &st);
	printf("a socket: %d\n", S_ISSOCK(st.st_mode));
	poll_tell("fresh", s[0]);
	tell("write", write(s[0], "hello", 5));
	tell("write", write(s[0], "world", 5));
	tell("FIONREAD", ioctl(s[1], FIONREAD, &n));
	printf("unread %d\n", n);
	tell("peek", recv(s[1], buf, 3, MSG_PEEK));
	tell("peek trunc", recv(s[1], buf, 3, MSG_PEEK | MSG_TRUNC));
	tell("read", read(s[1], buf, 7));
	printf("%s\n", buf);
	memset(buf, 0, sizeof(buf));
	tell("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	printf("%s\n", buf);
	tell("read nothing", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	tell("shutdown", shutdown(s[0], SHUT_WR));
	poll_tell("its end", s[0]);
	poll_tell("other end", s[1]);
	tell("write", send(s[0], "x", 1, MSG_NOSIGNAL));
	tell("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	tell("the other way", send(s[1], "back", 4, MSG_NOSIGNAL));
	close(s[0]);
	poll_tell("closed", s[1]);
	tell("write", send(s[1], "x", 1, MSG_NOSIGNAL));
	tell("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	tell("read", recv(s[1], buf, sizeof(buf), MSG_DONTWAIT));
	close(s[1]);
}

static void say_name(const char *what, int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (get(fd, (struct sockaddr *)&a, &len)) {
		tell(what, -1);
		return;
	}
	printf("%s: length %d family %d %s\n", what, (int)len, a.family,
		len > 2 ? a.path[0] ? a.path : a.path + 1 : "no name");
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
	tell("connect to nobody", connect(c, (struct sockaddr *)&a, len));
	tell("listen unbound", listen(l, 5));
	tell("bind", bind(l, (struct sockaddr *)&a, len));
	tell("bind again", bind(l, (struct sockaddr *)&a, len));
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	tell("bind another", bind(s, (struct sockaddr *)&a, len));
	close(s);
	tell("connect to who does not listen", connect(c, (struct sockaddr *)&a, len));
	tell("listen", listen(l, 5));
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	tell("connect of another type", connect(s, (struct sockaddr *)&a, len));
	close(s);
	poll_tell("listener", l);
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	tell("connect again", connect(c, (struct sockaddr *)&a, len));
	poll_tell("listener", l);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	say_fd("accept", s);
	printf("flags %d %d\n", !!(fcntl(s, F_GETFL) & O_NONBLOCK), fcntl(c, F_GETFD));
	say_name("client's name", c, get_name);
	say_name("client's peer", c, get_peer);
	say_name("server's name", s, get_name);
	say_name("server's peer", s, get_peer);
	say_name("listener's peer", l, get_peer);
	len = sizeof(cred);
	tell("SO_PEERCRED", getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	printf("us %d %d %d\n", cred.pid == getpid(), cred.uid == getuid(), cred.gid == getgid());
	len = sizeof(type);
	tell("SO_ACCEPTCONN", getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &type, &len));
	printf("%d\n", type);
	tell("read from nonblocking", read(s, buf, sizeof(buf)));
	tell("write", write(c, "abc", 3));
	tell("read", read(s, buf, sizeof(buf)));
	close(c);
	tell("end", read(s, buf, sizeof(buf)));
	tell("write", send(s, "x", 1, MSG_NOSIGNAL));
	close(s);
	fcntl(l, F_SETFL, O_NONBLOCK);
	tell("accept nobody", accept(l, NULL, NULL));
	close(l);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	len = address_of(&a, "listener", abstract);
	tell("connect to the closed one", connect(c, (struct sockaddr *)&a, len));
	close(c);
	if (!abstract) {
		tell("unlink", unlink("listener"));
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
	tell("bind", bind(one, (struct sockaddr *)&a, la));
	tell("bind", bind(two, (struct sockaddr *)&b, lb));
	tell("send unconnected", send(one, "x", 1, 0));
	tell("sendto", sendto(one, "first", 5, 0, (struct sockaddr *)&b, lb));
	tell("sendto", sendto(one, "", 0, 0, (struct sockaddr *)&b, lb));
	tell("recvfrom", recvfrom(two, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len));
	printf("%s from %s\n", buf, from.path);
	tell("empty", recv(two, buf, sizeof(buf), 0));
	tell("connect", connect(two, (struct sockaddr *)&a, la));
	tell("send", send(two, "0123456789abc", 13, 0));
	tell("truncated", recv(one, buf, 4, MSG_TRUNC));
	tell("from a stranger", sendto(stranger, "x", 1, 0, (struct sockaddr *)&b, lb));
	close(one);
	tell("send to who is gone", send(two, "x", 1, 0));
	close(two);
	close(stranger);
	unlink("one");
}

static void send_files(int s, int *files, int count, const char *text)
{
	char control[CMSG_PADDED(sizeof(struct linux_cmsghdr) + sizeof(int) * 4)]
		__attribute__((aligned(8))) = "";
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen =
			CMSG_PADDED(sizeof(struct linux_cmsghdr) + sizeof(int) * (size_t)count) };
	struct linux_cmsghdr *c = (struct linux_cmsghdr *)control;

	c->level = SOL_SOCKET;
	c->type = SCM_RIGHTS;
	c->len = (sizeof(struct linux_cmsghdr) + sizeof(int) * (size_t)count);
	memcpy((c + 1), files, sizeof(int) * (size_t)count);
	tell("sendmsg", sendmsg(s, &m, 0));
}

static int receive_files(int s, size_t room, int *files)
{
	char control[256] __attribute__((aligned(8))) = "", text[20] = "";
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room
	};
	int count = 0;

	tell("recvmsg", recvmsg(s, &m, MSG_CMSG_CLOEXEC));
	for (size_t at = 0; at + sizeof(struct linux_cmsghdr) <= m.msg_controllen;) {
		struct linux_cmsghdr *c = (struct linux_cmsghdr *)(control + at);

		at += CMSG_PADDED(c->len);
		printf("control %d %d length %d\n", c->level, c->type, (int)c->len);
		if (c->type == SCM_RIGHTS) {
			count = (int)((c->len - (sizeof(struct linux_cmsghdr) + 0)) / sizeof(int));
			memcpy(files, (c + 1), sizeof(int) * (size_t)count);
		} else if (c->type == SCM_CREDENTIALS) {
			struct ucred cred;

			memcpy(&cred, (c + 1), sizeof(cred));
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
	tell("write behind", write(s[0], "more", 4));
	close(p[0]);
	close(p[1]);
	count = receive_files(s[1], 256, got);
	if (count == 2) {
		printf("close-on-exec %d\n", fcntl(got[0], F_GETFD));
		tell("write", write(got[1], "through", 7));
		tell("read", read(got[0], buf, sizeof(buf)));
		printf("%s\n", buf);
		send_files(s[1], got, 2, "one fits");
		close(got[0]);
		close(got[1]);
	}
	tell("read the rest", read(s[1], buf, sizeof(buf)));
	n = receive_files(s[0], (sizeof(struct linux_cmsghdr) + sizeof(int)), got);
	if (n == 1) {
		close(got[0]);
	}
	/* What nobody takes is closed with the socket. */
	(void)!pipe(p);
	send_files(s[0], p, 2, "lost");
	close(p[1]);
	close(s[1]);
	tell("the pipe's end", read(p[0], buf, sizeof(buf)));
	close(p[0]);
	close(s[0]);

	(void)!socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
	tell("SO_PASSCRED", setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	tell("send", send(s[0], "who", 3, 0));
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

/* A stream's message stays whole if one byte of it could not be delivered, and so do its files; a datagram is lost. */
static void test_bad_addresses(int type)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = pages + 4096, buf[20] = "";
	struct iovec iov = { end, 10 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int s[2], file = 1;

	printf("-- bad addresses, type %d\n", type);
	munmap(end, 4096);
	tell("socketpair", socketpair(AF_UNIX, type, 0, s));
	tell("write", write(s[0], "hello", 5));
	tell("write", write(s[0], "world", 5));
	tell("peek", recv(s[1], end - 3, 10, MSG_PEEK));
	tell("read", read(s[1], end - 3, 10));
	tell("read", recv(s[1], end - 5, 10, MSG_DONTWAIT));
	printf("%.5s\n", end - 5);
	tell("nowhere", recv(s[1], end, 10, MSG_DONTWAIT));
	tell("all", recv(s[1], buf, 10, MSG_DONTWAIT));
	printf("'%s'\n", buf);
	send_files(s[0], &file, 1, "file");
	tell("recvmsg", recvmsg(s[1], &m, MSG_DONTWAIT));
	send_files(s[0], &file, 1, "another");
	if (receive_files(s[1], 256, &file) == 1) {
		close(file);
	}
	tell("no more", recv(s[1], buf, 4, MSG_DONTWAIT));
	close(s[0]);
	close(s[1]);
	munmap(pages, 4096);
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
	tell("no such family", socket(99, SOCK_STREAM, 0));
	tell("no such type", socket(AF_UNIX, 77, 0));
	tell("not a socket", listen(0, 1));
	tell("not open", listen(77, 1));
	signal(SIGPIPE, on_pipe);
	(void)!socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	tell("SO_RCVTIMEO", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	tell("in vain", read(s[0], buf, sizeof(buf)));
	tell("unknown option", setsockopt(s[0], SOL_SOCKET, 9999, &on, sizeof(on)));
	close(s[1]);
	tell("write", write(s[0], "x", 1));
	printf("SIGPIPE %d\n", pipes);
	close(s[0]);
	l = socket(AF_UNIX, SOCK_STREAM, 0);
	tell("read unconnected", read(l, buf, 1));
	tell("write unconnected", send(l, buf, 1, MSG_NOSIGNAL));
	tell("shutdown unconnected", shutdown(l, SHUT_RDWR));
	poll_tell("unconnected", l);
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
	test_bad_addresses(SOCK_STREAM);
	test_bad_addresses(SOCK_DGRAM);
	test_bad_addresses(SOCK_SEQPACKET);
	test_rest();
	return 0;
}
