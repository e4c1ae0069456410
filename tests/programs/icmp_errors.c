/*
 * icmp_errors.c - errors of ICMP about what TCP and raw sockets sent, made up here with raw sockets and sent over the loop;
 * and what the kernel itself quotes of a datagram that nobody takes.
 */
#include "sockets_loop.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define IS_V4(family) ((family) == AF_INET)

/* RFC 3692: for experiments. */
#define PROTOCOL 253

struct error {
	uint8_t type, code;
};

static const struct error errors4[] = { { 3, 0 }, { 3, 1 }, { 3, 2 }, { 3, 3 }, { 3, 5 }, { 3, 6 },
	{ 3, 10 }, { 3, 11 }, { 3, 13 }, { 3, 16 }, { 11, 0 }, { 12, 0 }, { 4, 0 } };
static const struct error errors6[] = { { 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 1, 5 },
	{ 1, 6 }, { 1, 9 }, { 3, 0 }, { 4, 0 } };

static int raw_sockets[2]; /* by version */

/* An error about a packet over the loop, of which `quoted` are the first 8 bytes behind IP's header. */
static void error_send(int family, struct error e, int protocol, const void *quoted)
{
	unsigned char bytes[8 + 40 + 8] = { e.type, e.code }, *ip = bytes + 8;
	struct sockaddr_storage to;
	socklen_t to_len = loop(family, &to, 0);
	unsigned ip_len = IS_V4(family) ? 20 : 40;
	unsigned short sum;

	if (IS_V4(family)) {
		ip[0] = 0x45;
		ip[3] = 28;
		ip[8] = 64;
		ip[9] = (unsigned char)protocol;
		ip[12] = ip[16] = 127;
		ip[15] = ip[19] = 1;
	} else {
		ip[0] = 0x60;
		ip[5] = 8;
		ip[6] = (unsigned char)protocol;
		ip[7] = 64;
		ip[23] = ip[39] = 1;
	}
	memcpy(ip + ip_len, quoted, 8);
	if (IS_V4(family)) { /* else the kernel's, with the addresses */
		sum = sum_of(bytes, 8 + ip_len + 8);
		memcpy(bytes + 2, &sum, sizeof(sum));
	}
	if (sendto(raw_sockets[!IS_V4(family)], bytes, 8 + ip_len + 8, 0, (struct sockaddr *)&to,
		    to_len) < 0) {
		tell("error", -1);
	}
}

/* ---- TCP ------------------------------------------------------------------------------------ */

/* Classic BPF: only what comes from a port. Who knows none of it sees all, which does on a quiet machine. */
struct filter_step {
	uint16_t code;
	uint8_t is_true, is_false;
	uint32_t value;
};

static int sniffer_make(int family, int port)
{
	struct filter_step steps[] = { { 0x28, 0, 0, IS_V4(family) ? 20 : 0 },
		{ 0x15, 0, 1, (uint32_t)port }, { 6, 0, 0, 0xffff }, { 6, 0, 0, 0 } };
	struct {
		uint16_t count;
		struct filter_step *steps;
	} filter = { 4, steps };
	int s = socket(family, SOCK_RAW, IPPROTO_TCP);
	char got[4];

	(void)!setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	while (recv(s, got, sizeof(got), MSG_DONTWAIT) > 0) {
	}
	return s;
}

/* The first 8 bytes of the last packet of `port`'s that was seen. */
static void sniffed(int sniffer, int family, int port, unsigned char *header)
{
	unsigned char got[300], *tcp = got + (IS_V4(family) ? 20 : 0);
	bool any = false;

	for (int i = 0; i < 1000 && !any; i++) {
		while (recv(sniffer, got, sizeof(got), MSG_DONTWAIT) > 0) {
			if ((tcp[0] << 8 | tcp[1]) == port) {
				memcpy(header, tcp, 8);
				any = true;
			}
		}
		if (!any) {
			usleep(5000);
		}
	}
	if (!any) {
		printf("saw nothing\n");
	}
}

static void seq_add(unsigned char *header, unsigned n)
{
	unsigned seq = (unsigned)header[4] << 24 | (unsigned)header[5] << 16 |
		(unsigned)header[6] << 8 | header[7];

	seq += n;
	header[4] = (unsigned char)(seq >> 24);
	header[5] = (unsigned char)(seq >> 16);
	header[6] = (unsigned char)(seq >> 8);
	header[7] = (unsigned char)seq;
}

static int nonblocking(int family)
{
	int s = socket(family, SOCK_STREAM, 0);

	(void)!fcntl(s, F_SETFL, O_NONBLOCK);
	return s;
}

/* One whose backlog is full, so that nobody answers. */
static int deaf(int family, struct sockaddr_storage *a, socklen_t *len, int *first)
{
	int l = socket(family, SOCK_STREAM, 0);

	*len = loop(family, a, 0);
	(void)!bind(l, (struct sockaddr *)a, *len);
	(void)!listen(l, 0);
	*len = loop(family, a, port_of(l));
	*first = socket(family, SOCK_STREAM, 0);
	tell("first", connect(*first, (struct sockaddr *)a, *len));
	return l;
}

/* `quoted`: 8 bytes of what was sent, to `port`, as it stands in memory. */
static void say_queue(int s, const void *quoted, int port)
{
	struct queued_error q;

	if (queued_error_take(s, &q)) {
		printf("queued: %ld bytes%s, flags %x, %s, origin %d type %d code %d, to family %d, its port: %d\n",
			q.len, memcmp(q.data, quoted, 8) ? ", others" : "", q.flags,
			error_name(-(int)q.why.error), q.why.origin, q.why.type, q.why.code,
			q.to.ss_family, ((struct linux_sockaddr_in *)&q.to)->port == port);
	}
}

static void connecting(int family, struct error e, const struct sockaddr_storage *a, socklen_t len,
	int wants_errors)
{
	struct sockaddr_storage from;
	socklen_t from_len = loop(family, &from, 0);
	int s = nonblocking(family), sniffer, level = IS_V4(family) ? SOL_IP : SOL_IPV6;
	int name = IS_V4(family) ? IP_RECVERR : IPV6_RECVERR;
	int port = ((const struct linux_sockaddr_in *)a)->port;
	unsigned char header[8] = "", wrong[8];

	if (wants_errors) {
		tell("ask", setsockopt(s, level, name, &wants_errors, sizeof(wants_errors)));
	}

	(void)!bind(s, (struct sockaddr *)&from, from_len);
	sniffer = sniffer_make(family, port_of(s));
	printf("type %d code %d: ", e.type, e.code);
	tell("connect", connect(s, (struct sockaddr *)a, len));
	sniffed(sniffer, family, port_of(s), header);
	memcpy(wrong, header, sizeof(wrong));
	seq_add(wrong, 100000);
	error_send(family, e, IPPROTO_TCP, wrong);
	poll_tell("of another sequence", s);
	error_send(family, e, IPPROTO_TCP, header);
	poll_tell("of this", s);
	if (wants_errors) {
		say_queue(s, header, port);
		poll_tell("taken", s);
	}
	say_error(s);
	poll_tell("then", s);
	say_queue(s, header, port);
	poll_tell("at last", s);
	close(s);
	close(sniffer);
}

static void test_connecting(int family)
{
	const struct error *e = IS_V4(family) ? errors4 : errors6;
	unsigned count =
		IS_V4(family) ? sizeof(errors4) / sizeof(*e) : sizeof(errors6) / sizeof(*e);
	struct sockaddr_storage a;
	socklen_t len;
	int first, l = deaf(family, &a, &len, &first);

	printf("-- errors while connecting, family %d\n", family);
	for (unsigned i = 0; i < count; i++) {
		connecting(family, e[i], &a, len, 0);
		connecting(family, e[i], &a, len, 1);
	}
	close(first);
	close(l);
}

static void exchange(int c, int s)
{
	char got[4] = "";

	tell("send", send(c, "x", 1, 0));
	until(s, POLLIN);
	tell("receive", recv(s, got, sizeof(got), 0));
	tell("answer", send(s, "y", 1, 0));
	until(c, POLLIN);
	tell("receive", recv(c, got, sizeof(got), 0));
}

/* The header that the next segment of c's will have. All before it is acknowledged, by what is answered: an acknowledgement
 * that came later would have an error forgotten. */
static void next_of(int family, int c, int s, unsigned char *header)
{
	int sniffer = sniffer_make(family, port_of(c));
	char got[4];

	tell("send", send(c, "z", 1, 0));
	until(s, POLLIN);
	tell("receive", recv(s, got, sizeof(got), 0));
	sniffed(sniffer, family, port_of(c), header);
	seq_add(header, 1);
	tell("answer", send(s, "y", 1, 0));
	until(c, POLLIN);
	tell("receive", recv(c, got, sizeof(got), 0));
	close(sniffer);
}

static void test_connected(int family)
{
	static const struct error refused4 = { 3, 3 }, refused6 = { 1, 4 };
	struct error e = IS_V4(family) ? refused4 : refused6;
	int level = IS_V4(family) ? SOL_IP : SOL_IPV6, on = 0;
	int name = IS_V4(family) ? IP_RECVERR : IPV6_RECVERR;
	int l = socket(family, SOCK_STREAM, 0), c = socket(family, SOCK_STREAM, 0), s;
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0), size = sizeof(on);
	unsigned char header[8] = "", wrong[8];
	char got[4];

	printf("-- errors of a connection, family %d\n", family);
	(void)!bind(l, (struct sockaddr *)&a, len);
	(void)!listen(l, 1);
	len = loop(family, &a, port_of(l));
	tell("connect", connect(c, (struct sockaddr *)&a, len));
	s = accept(l, NULL, NULL);
	exchange(c, s);
	next_of(family, c, s, header);
	memcpy(wrong, header, sizeof(wrong));
	seq_add(wrong, 100000);
	error_send(family, e, IPPROTO_TCP, wrong);
	say_error(c);
	error_send(family, e, IPPROTO_TCP, header);
	poll_tell("remembered", c);
	say_error(c);
	say_error(c);
	error_send(family, e, IPPROTO_TCP, header);
	exchange(c, s);
	say_error(c); /* what was acknowledged since has it forgotten */
	next_of(family, c, s, header);
	tell("asked", getsockopt(c, level, name, &on, &size));
	printf("%d\n", on);
	on = 1;
	tell("ask", setsockopt(c, level, name, &on, sizeof(on)));
	on = 0;
	tell("asked", getsockopt(c, level, name, &on, &size));
	printf("%d\n", on);
	error_send(family, e, IPPROTO_TCP, header);
	poll_tell("told", c);
	say_queue(c, header, 0);
	tell("receive", recv(c, got, sizeof(got), MSG_DONTWAIT));
	poll_tell("was told", c);
	exchange(c, s);
	close(c);
	close(s);
	close(l);
}

/* ---- raw ------------------------------------------------------------------------------------ */

static void raw_errors(int family, int s)
{
	const struct error *e = IS_V4(family) ? errors4 : errors6;
	unsigned count =
		IS_V4(family) ? sizeof(errors4) / sizeof(*e) : sizeof(errors6) / sizeof(*e);

	for (unsigned i = 0; i < count; i++) {
		printf("type %d code %d: ", e[i].type, e[i].code);
		error_send(family, e[i], PROTOCOL, "quotedly");
		say_error(s);
		say_queue(s, "quotedly", 0);
	}
}

static void test_raw(int family)
{
	int level = IS_V4(family) ? SOL_IP : SOL_IPV6, on = 1;
	int name = IS_V4(family) ? IP_RECVERR : IPV6_RECVERR;
	int s = socket(family, SOCK_RAW, PROTOCOL), other = socket(family, SOCK_RAW, PROTOCOL + 1);
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);

	printf("-- errors of a raw socket, family %d\n", family);
	error_send(family, IS_V4(family) ? errors4[3] : errors6[4], PROTOCOL, "quotedly");
	say_error(s);
	tell("connect", connect(s, (struct sockaddr *)&a, len));
	tell("connect", connect(other, (struct sockaddr *)&a, len));
	raw_errors(family, s);
	say_error(other);
	tell("ask", setsockopt(s, level, name, &on, sizeof(on)));
	raw_errors(family, s);
	close(other);
	close(s);
}

/* ---- what the kernel quotes ----------------------------------------------------------------- */

static void test_quote(int family, unsigned datagram_len)
{
	static unsigned char data[3000], got[3000];
	int taken = socket(family, SOCK_DGRAM, 0), s = socket(family, SOCK_DGRAM, 0);
	int icmp = socket(family, SOCK_RAW, IS_V4(family) ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	unsigned header = IS_V4(family) ? 20 : 0, quoted = header + 8 + (IS_V4(family) ? 28 : 48);
	struct sockaddr_storage a;
	socklen_t len = loop(family, &a, 0);
	long n = 0;

	for (unsigned i = 0; i < sizeof(data); i++) {
		data[i] = (unsigned char)(i * 7 + i / 256);
	}
	(void)!bind(taken, (struct sockaddr *)&a, len);
	len = loop(family, &a, port_of(taken));
	close(taken);
	printf("-- a datagram of %u that nobody takes, family %d\n", datagram_len, family);
	tell("send", sendto(s, data, datagram_len, 0, (struct sockaddr *)&a, len));
	for (int i = 0; i < 100; i++) {
		until(icmp, POLLIN);
		n = recv(icmp, got, sizeof(got), MSG_DONTWAIT);
		if (n > 0 && got[header] == (IS_V4(family) ? 3 : 1)) {
			break;
		}
	}
	printf("error of %ld bytes, type %d code %d, the datagram's beginning: %d\n", n,
		got[header], got[header + 1],
		n >= (long)quoted && !memcmp(got + quoted, data, (size_t)n - quoted));
	close(icmp);
	close(s);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	raw_sockets[0] = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	raw_sockets[1] = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	test_connecting(AF_INET);
	test_connecting(AF_INET6);
	test_connected(AF_INET);
	test_connected(AF_INET6);
	test_raw(AF_INET);
	test_raw(AF_INET6);
	test_quote(AF_INET, 20);
	test_quote(AF_INET, 1000);
	test_quote(AF_INET6, 20);
	test_quote(AF_INET6, 1240);
	return 0;
}
