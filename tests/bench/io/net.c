/*
 * net.c - the network: eth0, with the peer in dom0 at the other end of the bridge.
 *
 * TCP goes in one direction at a time, over a connection that lasts as long as its
 * row; rows of a small MTU set it on the interface before they connect, so that
 * both ends keep to it. Datagrams go in windows (io.h).
 */
#include "io.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK	  65536u
#define MTU_LARGE 1500
#define MTU_SMALL 512
#define TRIES	  600u
#define LOST_SEC  5 /* a datagram that is not there then is lost */

static char buffer[BLOCK];
static struct sockaddr_in peer;
static int stream = -1, datagram = -1;

/* ---- the interface ------------------------------------------------------------- */

static int interface_ask(unsigned long request, struct ifreq *req)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err;

	strcpy(req->ifr_name, "eth0");
	err = ioctl(fd, request, req);
	close(fd);
	return err;
}

static void address_set(unsigned long request, const char *text)
{
	struct ifreq req;
	struct sockaddr_in address = { .sin_family = AF_INET };

	memset(&req, 0, sizeof(req));
	inet_pton(AF_INET, text, &address.sin_addr);
	memcpy(&req.ifr_addr, &address, sizeof(address));
	require(!interface_ask(request, &req), "address");
}

static void mtu_set(int mtu)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	req.ifr_mtu = mtu;
	require(!interface_ask(SIOCSIFMTU, &req), "mtu");
}

static int try_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 && !connect(fd, (struct sockaddr *)&peer, sizeof(peer))) {
		return fd;
	}
	close(fd);
	return -1;
}

static int talk_begin(enum talk what)
{
	int fd = try_connect(), one = 1;
	char first = (char)what;

	require(fd >= 0, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	write_all(fd, &first, 1);
	return fd;
}

void net_find(void)
{
	struct ifreq req;
	static int is_found;
	unsigned tries = 0;
	int fd;

	if (is_found) {
		return;
	}
	is_found = 1;
	module_load("/modules/xen-netfront.ko");
	while (interface_ask(SIOCGIFFLAGS, &req) && tries++ < TRIES) {
		usleep(100000);
	}
	address_set(SIOCSIFADDR, GUEST_ADDRESS);
	address_set(SIOCSIFNETMASK, "255.255.255.0");
	require(!interface_ask(SIOCGIFFLAGS, &req), "eth0");
	req.ifr_flags |= IFF_UP | IFF_RUNNING;
	require(!interface_ask(SIOCSIFFLAGS, &req), "up");
	peer = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PEER_PORT) };
	inet_pton(AF_INET, PEER_ADDRESS, &peer.sin_addr);
	do {
		usleep(100000);
		fd = try_connect();
	} while (fd < 0 && tries++ < TRIES);
	require(fd >= 0, "the peer does not answer");
	close(fd);
}

/* ---- streams --------------------------------------------------------------------- */

static void stream_end(const struct row *row)
{
	close(stream);
	mtu_set(MTU_LARGE);
}

static void send_begin(const struct row *row)
{
	net_find();
	mtu_set((int)row->size);
	stream = talk_begin(TALK_SINK);
}

static void send_run(const struct row *row, unsigned count)
{
	uint64_t bytes = (uint64_t)count * BLOCK;
	char answer;

	write_all(stream, &bytes, sizeof(bytes));
	while (count--) {
		write_all(stream, buffer, BLOCK);
	}
	read_all(stream, &answer, 1);
}

static void receive_begin(const struct row *row)
{
	net_find();
	mtu_set((int)row->size);
	stream = talk_begin(TALK_SOURCE);
}

static void receive_run(const struct row *row, unsigned count)
{
	uint64_t bytes = (uint64_t)count * BLOCK;

	write_all(stream, &bytes, sizeof(bytes));
	while (count--) {
		read_all(stream, buffer, BLOCK);
	}
}

static void trip_begin(const struct row *row)
{
	net_find();
	stream = talk_begin(TALK_ECHO);
}

static void trip_run(const struct row *row, unsigned count)
{
	char c = 0;

	while (count--) {
		write_all(stream, &c, 1);
		read_all(stream, &c, 1);
	}
}

static void connect_begin(const struct row *row)
{
	net_find();
}

static void connect_run(const struct row *row, unsigned count)
{
	char c;

	while (count--) {
		int fd = talk_begin(TALK_ONCE);

		read_all(fd, &c, 1);
		close(fd);
	}
}

/* ---- datagrams ------------------------------------------------------------------- */

static void datagram_begin(const struct row *row)
{
	struct timeval patience = { .tv_sec = LOST_SEC };

	net_find();
	datagram = socket(AF_INET, SOCK_DGRAM, 0);
	require(datagram >= 0 && !connect(datagram, (struct sockaddr *)&peer, sizeof(peer)),
		"socket");
	setsockopt(datagram, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static void datagram_end(const struct row *row)
{
	close(datagram);
}

static void datagram_send(char what)
{
	char packet[DATAGRAM] = { what };

	require(send(datagram, packet, DATAGRAM, 0) == DATAGRAM, "send");
}

static void datagram_get(void)
{
	char packet[DATAGRAM];

	require(recv(datagram, packet, DATAGRAM, 0) == DATAGRAM, "a datagram is lost");
}

/* Whole windows: what is counted is more or less than was asked for by half of one. */
static unsigned windows(unsigned count)
{
	return (count + WINDOW - 1) / WINDOW;
}

static void datagrams_send_run(const struct row *row, unsigned count)
{
	for (unsigned w = windows(count); w > 0; w--) {
		for (unsigned i = 0; i < WINDOW; i++) {
			datagram_send(DATAGRAM_COUNTS);
		}
		datagram_get();
	}
}

static void datagrams_receive_run(const struct row *row, unsigned count)
{
	for (unsigned w = windows(count); w > 0; w--) {
		datagram_send(DATAGRAM_ASKS);
		for (unsigned i = 0; i < WINDOW; i++) {
			datagram_get();
		}
	}
}

#define STREAM(label, what, mtu)                                                                   \
	{                                                                                          \
		.name = (label), .count = 64, .begin = what##_begin, .run = what##_run,            \
		.end = stream_end, .size = (mtu)                                                   \
	}
#define DATAGRAMS(label, what)                                                                     \
	{                                                                                          \
		.name = (label), .count = 1024, .begin = datagram_begin,                           \
		.run = datagrams_##what##_run, .end = datagram_end                                 \
	}

const struct row rows_net[] = {
	STREAM("tcp-send", send, MTU_LARGE),
	STREAM("tcp-receive", receive, MTU_LARGE),
	STREAM("tcp-send-512", send, MTU_SMALL),
	STREAM("tcp-receive-512", receive, MTU_SMALL),
	DATAGRAMS("udp-send", send),
	DATAGRAMS("udp-receive", receive),
	{ .name = "tcp-round-trip",
		.count = 200,
		.begin = trip_begin,
		.run = trip_run,
		.end = stream_end },
	{ .name = "tcp-connect", .count = 64, .begin = connect_begin, .run = connect_run },
	{ .name = NULL },
};
