/* peer.c - the other end, in dom0: a process for each connection, one for datagrams. */
#include "io.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER (256u << 10)

static char buffer[BUFFER];

/* 0 at the end of the connection. */
static int count_get(int fd, uint64_t *count)
{
	return recv(fd, count, sizeof(*count), MSG_WAITALL) == sizeof(*count);
}

static void sink(int fd)
{
	uint64_t left;

	while (count_get(fd, &left)) {
		while (left > 0) {
			ssize_t got = recv(fd, buffer, left < BUFFER ? left : BUFFER, 0);

			if (got <= 0) {
				return;
			}
			left -= (uint64_t)got;
		}
		if (send(fd, "", 1, 0) != 1) {
			return;
		}
	}
}

static void source(int fd)
{
	uint64_t left;

	while (count_get(fd, &left)) {
		while (left > 0) {
			ssize_t sent = send(fd, buffer, left < BUFFER ? left : BUFFER, 0);

			if (sent <= 0) {
				return;
			}
			left -= (uint64_t)sent;
		}
	}
}

static void echo(int fd)
{
	char c;

	while (recv(fd, &c, 1, 0) == 1 && send(fd, &c, 1, 0) == 1) {
	}
}

static void talk(int fd)
{
	char what;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (recv(fd, &what, 1, 0) != 1) {
		return;
	}
	switch (what) {
	case TALK_SINK:
		sink(fd);
		break;
	case TALK_SOURCE:
		source(fd);
		break;
	case TALK_ECHO:
		echo(fd);
		break;
	default:
		send(fd, "", 1, 0);
		break;
	}
}

static void datagrams(int fd)
{
	char packet[DATAGRAM];
	struct sockaddr_in from;
	unsigned counted = 0;

	for (;;) {
		socklen_t len = sizeof(from);

		if (recvfrom(fd, packet, DATAGRAM, 0, (struct sockaddr *)&from, &len) <= 0) {
			continue;
		}
		if (packet[0] == DATAGRAM_ASKS) {
			for (unsigned i = 0; i < WINDOW; i++) {
				sendto(fd, packet, DATAGRAM, 0, (struct sockaddr *)&from, len);
			}
		} else if (++counted == WINDOW) {
			counted = 0;
			sendto(fd, packet, DATAGRAM, 0, (struct sockaddr *)&from, len);
		}
	}
}

static int bound(int type)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PEER_PORT) };
	int fd = socket(AF_INET, type, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	require(fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)), "bind");
	return fd;
}

int peer_main(void)
{
	int listener = bound(SOCK_STREAM), fd;

	signal(SIGCHLD, SIG_IGN);
	if (!fork()) {
		datagrams(bound(SOCK_DGRAM));
	}
	require(!listen(listener, 64), "listen");
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd >= 0 && !fork()) {
			talk(fd);
			_exit(0);
		}
		close(fd);
	}
}
