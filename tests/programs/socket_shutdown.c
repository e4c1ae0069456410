/* socket_shutdown.c - shutdown() of sockets that listen or connect, also while somebody waits for them. */
#include "sockets_loop.h"

#include <fcntl.h>
#include <unistd.h>

/* A child's: who waits goes on at once, and what both say would come in either order. */
static void end(int fd, int how)
{
	if (shutdown(fd, how)) {
		tell("shutdown", -1);
	}
}

static void option_say(int fd)
{
	int n = -1;
	socklen_t len = sizeof(n);

	tell("SO_ACCEPTCONN", getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &n, &len));
	printf("%d\n", n);
}

/* ---- the internet --------------------------------------------------------------------------- */

static int listener(int family, struct sockaddr_storage *a, socklen_t *len)
{
	int l = socket(family, SOCK_STREAM, 0), holder = socket(family, SOCK_STREAM, 0), port;
	int on = 1;

	/* Only a port that was asked for stays the socket's: one that nobody has is found by another socket. */
	(void)!setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	*len = loop(family, a, 0);
	(void)!bind(holder, (struct sockaddr *)a, *len);
	port = port_of(holder);
	close(holder);
	*len = loop(family, a, port);
	(void)!bind(l, (struct sockaddr *)a, *len);
	tell("listen", listen(l, 5));
	return l;
}

static void waiting_accept(int family, int how)
{
	struct sockaddr_storage a;
	socklen_t len;
	int l = listener(family, &a, &len);

	printf("-- accept, shutdown %d, family %d\n", how, family);
	child_when_asleep(end(l, how));
	tell("waiting", accept(l, NULL, NULL));
	child_end();
	tell("again", accept(l, NULL, NULL));
	option_say(l);
	poll_tell("ready", l);
	say_error(l);
	close(l);
}

static void waiting_poll(int family)
{
	struct sockaddr_storage a;
	socklen_t len;
	int l = listener(family, &a, &len);

	printf("-- poll, family %d\n", family);
	child_when_asleep(end(l, 2));
	until(l, POLLIN);
	child_end();
	poll_tell("ready", l);
	close(l);
}

/* What was not accepted is reset; the place stays. */
static void listening(int family)
{
	struct sockaddr_storage a;
	socklen_t len;
	int l = listener(family, &a, &len), c = socket(family, SOCK_STREAM, 0);
	int other = socket(family, SOCK_STREAM, 0), s, first;
	char got[4];

	printf("-- a listener, family %d\n", family);
	first = socket(family, SOCK_STREAM, 0);
	tell("connect", connect(first, (struct sockaddr *)&a, len));
	s = accept(l, NULL, NULL);
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	until(l, POLLIN);
	tell("no sending", shutdown(l, 1));
	poll_tell("ready", l);
	option_say(l);
	tell("no receiving", shutdown(l, 0));
	until(c, POLLIN);
	tell("who was not accepted", recv(c, got, sizeof(got), 0));
	tell("send", send(s, "x", 1, 0));
	until(first, POLLIN);
	tell("who was", recv(first, got, sizeof(got), 0));
	close(c);
	c = socket(family, SOCK_STREAM, 0);
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	printf("the same port: %d\n",
		port_of(l) == swapped(((struct linux_sockaddr_in *)&a)->port));
	tell("another binds", bind(other, (struct sockaddr *)&a, len));
	tell("bind", bind(l, (struct sockaddr *)&a, len));
	tell("listen", listen(l, 5));
	option_say(l);
	close(c);
	c = socket(family, SOCK_STREAM, 0);
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	close(s);
	s = accept(l, NULL, NULL);
	tell("send", send(s, "x", 1, 0));
	until(c, POLLIN);
	tell("receive", recv(c, got, sizeof(got), 0));
	tell("shutdown", shutdown(l, 2));
	tell("again", shutdown(l, 2));
	tell("send", send(s, "x", 1, 0));
	until(c, POLLIN);
	tell("receive", recv(c, got, sizeof(got), 0));
	close(l);
	close(c);
	close(s);
	close(first);
	close(other);
}

/* A listener may become one that connects. */
static void turned(int family)
{
	struct sockaddr_storage a, b;
	socklen_t len, b_len;
	int l = listener(family, &a, &len), other = listener(family, &b, &b_len);

	printf("-- a listener that connects, family %d\n", family);
	tell("connect", connect(l, (struct sockaddr *)&b, b_len));
	tell("shutdown", shutdown(l, 2));
	tell("connect", connect(l, (struct sockaddr *)&b, b_len));
	printf("the same port: %d\n",
		port_of(l) == swapped(((struct linux_sockaddr_in *)&a)->port));
	poll_tell("ready", l);
	close(other);
	close(l);
}

/* One whose backlog is full, so that it takes no more. */
static void connecting(int family)
{
	enum { COUNT = 8 };
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	int l = socket(family, SOCK_STREAM, 0), c, fill[COUNT];

	(void)!bind(l, (struct sockaddr *)&a, len);
	len = loop(family, &a, port_of(l));
	(void)!listen(l, 1);
	for (int i = 0; i < COUNT; i++) {
		fill[i] = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fill[i], (struct sockaddr *)&a, len);
	}
	for (int how = 0; how < 3; how++) {
		printf("-- connecting, shutdown %d, family %d\n", how, family);
		c = socket(family, SOCK_STREAM, 0);
		child_when_asleep(end(c, how));
		tell("waiting", connect(c, (struct sockaddr *)&a, len));
		child_end();
		say_error(c);
		close(c);
	}
	c = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	tell("shutdown", shutdown(c, 2));
	say_error(c);
	tell("send", send(c, "x", 1, MSG_NOSIGNAL));
	for (int i = 0; i < COUNT; i++) {
		close(fill[i]);
	}
	close(c);
	close(l);
}

/* ---- the UNIX domain ------------------------------------------------------------------------ */

static int local_listener(int type, struct sockaddr *a)
{
	int l = socket(AF_UNIX, type, 0);

	a->sa_family = AF_UNIX;
	strcpy(a->sa_data, "l");
	unlink("l");
	(void)!bind(l, a, 4);
	tell("listen", listen(l, 5));
	return l;
}

static void local(int type, int how)
{
	struct sockaddr a;
	int l = local_listener(type, &a), c = socket(AF_UNIX, type, 0), s;
	char got[4];

	printf("-- UNIX domain, type %d, shutdown %d\n", type, how);
	tell("connect", connect(c, &a, 4));
	tell("shutdown", shutdown(l, how));
	poll_tell("ready", l);
	option_say(l);
	s = accept(l, NULL, NULL);
	tell("accept", s < 0 ? s : 0);
	tell("send", send(s, "x", 1, 0));
	tell("receive", recv(c, got, sizeof(got), 0));
	poll_tell("ready", l);
	(void)!fcntl(l, F_SETFL, O_NONBLOCK);
	tell("accept without waiting", accept(l, NULL, NULL));
	(void)!fcntl(l, F_SETFL, 0);
	close(c);
	close(s);
	c = socket(AF_UNIX, type, 0);
	s = connect(c, &a, 4);
	tell("connect", s);
	if (how != 1) {
		tell("accept", accept(l, NULL, NULL));
		tell("listen", listen(l, 5));
		tell("accept", accept(l, NULL, NULL));
	}
	close(c);
	close(l);
}

static void local_waiting(int type, int how)
{
	struct sockaddr a;
	int l = local_listener(type, &a);

	printf("-- UNIX domain, waiting, type %d, shutdown %d\n", type, how);
	child_when_asleep(end(l, how));
	tell("accept", accept(l, NULL, NULL));
	child_end();
	close(l);
	l = local_listener(type, &a);
	child_when_asleep(end(l, how));
	until(l, POLLIN);
	child_end();
	poll_tell("ready", l);
	close(l);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int family = AF_INET; family; family = family == AF_INET ? AF_INET6 : 0) {
		waiting_accept(family, 0);
		waiting_accept(family, 2);
		waiting_poll(family);
		listening(family);
		turned(family);
		connecting(family);
	}
	for (int how = 0; how < 3; how++) {
		local(SOCK_STREAM, how);
		local(SOCK_SEQPACKET, how);
	}
	local_waiting(SOCK_STREAM, 0);
	local_waiting(SOCK_STREAM, 2);
	local_waiting(SOCK_SEQPACKET, 2);
	return 0;
}
