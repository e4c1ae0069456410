/*
 * stream_pieces.c - what TCP carries comes out as it went in, whatever pieces it is written, looked at and
 * read in: little ones, large ones, in vectors, by two readers, up to a bad address.
 */
#include "sockets.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LOOPBACK 0x0100007f /* 127.0.0.1, as it stands in memory */
#define TOTAL	 (3u << 20)
#define LARGEST	 100000u
#define LITTLE	 3000

static unsigned char written[LARGEST], got[LARGEST], peeked[LARGEST];

static unsigned chance(unsigned *state, unsigned below)
{
	*state = *state * 1103515245 + 12345;
	return (*state >> 8) % below;
}

/* The byte that stands there in the stream. */
static unsigned char byte_at(unsigned at)
{
	return (unsigned char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

static unsigned wrong_in(const unsigned char *data, unsigned at, unsigned len)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < len; i++) {
		wrong += data[i] != byte_at(at + i);
	}
	return wrong;
}

/* A connection to ourselves: its two ends. */
static void connect_both(int ends[2])
{
	struct linux_sockaddr_in a = { .family = AF_INET, .address = LOOPBACK };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	tell("bind", bind(listener, &a, sizeof(a)));
	tell("listen", listen(listener, 1));
	tell("name", getsockname(listener, &a, &len));
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	tell("connect", connect(ends[0], &a, sizeof(a)));
	ends[1] = accept(listener, 0l, 0l);
	tell("no delay", setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	close(listener);
}

/* Mostly little, now and then much, and in two parts. */
static void *write_pieces(void *arg)
{
	unsigned state = 1, at = 0;
	int fd = *(int *)arg;

	while (at < TOTAL) {
		unsigned len = 1 + chance(&state, chance(&state, 8) ? 300 : LARGEST - 1);
		unsigned first = chance(&state, len + 1);
		struct iovec parts[2];

		len = len < TOTAL - at ? len : TOTAL - at;
		first = first < len ? first : len;
		for (unsigned i = 0; i < len; i++) {
			written[i] = byte_at(at + i);
		}
		parts[0] = (struct iovec){ written, first };
		parts[1] = (struct iovec){ written + first, len - first };
		if (call(writev, fd, parts, 2) != (long)len) {
			printf("written in part\n");
			break;
		}
		at += len;
	}
	(void)!shutdown(fd, SHUT_WR);
	return NULL;
}

static void test_sizes(void)
{
	unsigned state = 2, at = 0, wrong = 0, other = 0;
	pthread_t writer;
	int ends[2];

	printf("-- pieces of all sizes\n");
	connect_both(ends);
	pthread_create(&writer, NULL, write_pieces, &ends[0]);
	for (;;) {
		unsigned len = 1 + chance(&state, chance(&state, 4) ? 1000 : LARGEST - 1);
		unsigned first = chance(&state, len);
		struct iovec parts[2] = { { got, first }, { got + first, len - first } };
		ssize_t seen = chance(&state, 3) ? 0 : recv(ends[1], peeked, len, MSG_PEEK), done;

		done = chance(&state, 2) ? call(readv, ends[1], parts, 2)
					 : recv(ends[1], got, len, 0);
		if (done <= 0) {
			break;
		}
		other += seen > done || memcmp(peeked, got, (size_t)seen) != 0;
		wrong += wrong_in(got, at, (unsigned)done);
		at += (unsigned)done;
	}
	pthread_join(writer, NULL);
	printf("%u bytes, %u wrong, %u times seen otherwise before\n", at, wrong, other);
	close(ends[0]);
	close(ends[1]);
}

static void test_little(void)
{
	int ends[2], unread = 0;
	unsigned wrong;

	printf("-- bytes that wait\n");
	connect_both(ends);
	for (unsigned i = 0; i < LITTLE; i++) {
		unsigned char byte = byte_at(i);

		(void)!write(ends[0], &byte, 1);
	}
	while (unread < LITTLE) {
		ioctl(ends[1], FIONREAD, &unread);
	}
	tell("peek", recv(ends[1], got, sizeof(got), MSG_PEEK));
	wrong = wrong_in(got, 0, LITTLE);
	for (unsigned at = 0; at < LITTLE; at += 7) {
		ssize_t done = recv(ends[1], got, 7, 0);

		wrong += done != (ssize_t)(LITTLE - at < 7 ? LITTLE - at : 7) ||
			wrong_in(got, at, (unsigned)done);
	}
	printf("%u wrong\n", wrong);
	poll_tell("nothing left", ends[1]);
	tell("nothing left", recv(ends[1], got, 1, MSG_DONTWAIT));
	close(ends[0]);
	tell("the end", recv(ends[1], got, 1, MSG_PEEK));
	tell("the end", read(ends[1], got, 1));
	close(ends[1]);
}

/* What does not wait writes a part, and that part arrives. */
static void test_no_room(void)
{
	unsigned sent = 0, at = 0, wrong = 0;
	int ends[2], rounds = 0;
	ssize_t done;

	printf("-- no room\n");
	connect_both(ends);
	for (; rounds < 3; rounds++) {
		for (;;) {
			for (unsigned i = 0; i < LARGEST; i++) {
				written[i] = byte_at(sent + i);
			}
			done = send(ends[0], written, LARGEST, MSG_DONTWAIT);
			if (done < 0) {
				break;
			}
			sent += (unsigned)done;
		}
		tell("full", done);
		while (at < sent && (done = read(ends[1], got, LARGEST)) > 0) {
			wrong += wrong_in(got, at, (unsigned)done);
			at += (unsigned)done;
		}
	}
	printf("%s, %u wrong\n", at == sent && at > LARGEST ? "all came" : "not all came", wrong);
	close(ends[0]);
	close(ends[1]);
}

static void test_addresses(void)
{
	char *page = (char *)call(mmap, 0l, 8192l, 3, 0x22, -1l, 0l);
	int ends[2];

	printf("-- addresses\n");
	call(munmap, page + 4096, 4096l);
	connect_both(ends);
	tell("write", write(ends[0], page + 4000, 96));
	tell("write nowhere", write(ends[0], page + 4096, 10));
	tell("wait for all", recv(ends[1], page, 96, MSG_WAITALL));
	tell("write", write(ends[0], "hello", 5));
	tell("read to the edge", read(ends[1], page + 4091, 5));
	printf("%.5s\n", page + 4091);
	tell("write", write(ends[0], "again", 5));
	tell("read nowhere", read(ends[1], page + 4096, 5));
	tell("send to none", send(ends[0], 0l, 0l, 0));
	close(ends[0]);
	close(ends[1]);
}

static unsigned sums[2];

static void *read_some(void *arg)
{
	static unsigned char data[2][5000];
	static int next;
	int me = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
	ssize_t done;

	while ((done = read(*(int *)arg, data[me], sizeof(data[me]))) > 0) {
		for (ssize_t i = 0; i < done; i++) {
			sums[me] += data[me][i];
		}
	}
	return NULL;
}

static void test_readers(void)
{
	pthread_t writer, readers[2];
	unsigned sum = 0;
	int ends[2];

	printf("-- two readers\n");
	connect_both(ends);
	pthread_create(&readers[0], NULL, read_some, &ends[1]);
	pthread_create(&readers[1], NULL, read_some, &ends[1]);
	pthread_create(&writer, NULL, write_pieces, &ends[0]);
	pthread_join(writer, NULL);
	pthread_join(readers[0], NULL);
	pthread_join(readers[1], NULL);
	for (unsigned at = 0; at < TOTAL; at++) {
		sum += byte_at(at);
	}
	printf("every byte once: %s\n", sums[0] + sums[1] == sum ? "yes" : "no");
	close(ends[0]);
	close(ends[1]);
}

/* A number of /proc/self/io. */
static long counted(const char *name)
{
	char text[1024], *found;
	int fd = open("/proc/self/io", O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = 0;
	found = strstr(text, name);
	return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

/* What goes through a socket counts as read and written, as through a file. Reading the numbers counts, too: a little. */
static void test_counts(void)
{
	long written_before, read_before, read_after;
	int ends[2];

	connect_both(ends);
	fflush(stdout); /* no write of ours in between */
	written_before = counted("wchar: ");
	write(ends[0], written, 50000);
	printf("counted as written: %ld\n", counted("wchar: ") - written_before);
	read_before = counted("rchar: ");
	for (ssize_t left = 50000, len = 1; left > 0 && len > 0; left -= len) {
		len = read(ends[1], got, (size_t)left);
	}
	read_after = counted("rchar: ");
	printf("counted as read: %d\n",
		read_after - read_before >= 50000 && read_after - read_before < 52000);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	test_sizes();
	test_little();
	test_no_room();
	test_addresses();
	test_readers();
	test_counts();
	return 0;
}
