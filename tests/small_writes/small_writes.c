/*
 * small_writes.c - what it reads, sent over TCP a few bytes at a time, each of which may leave at once.
 *
 *     small-writes ADDRESS PORT [SIZE] <FILE
 *
 * While the other side's answers take long, the writes become few segments of very many pieces. With a SIZE the
 * writes are of so many bytes, 64 KiB at most.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE	  20u
#define PIECE_MAX 65536u

static int die(const char *what)
{
	perror(what);
	return 1;
}

int main(int count, char **words)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	static char piece[PIECE_MAX];
	size_t size = count == 4 ? strtoul(words[3], NULL, 10) : PIECE;
	ssize_t len;

	if (count < 3 || count > 4 || size == 0 || size > PIECE_MAX ||
		inet_pton(AF_INET, words[1], &peer.sin_addr) != 1) {
		return 2;
	}
	peer.sin_port = htons((unsigned short)atoi(words[2]));
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one))) {
		return die("connect");
	}
	while ((len = read(STDIN_FILENO, piece, size)) > 0) {
		if (write(fd, piece, (size_t)len) != len) {
			return die("write");
		}
	}
	return len || shutdown(fd, SHUT_WR) || read(fd, piece, 1) ? die("end") : 0;
}
