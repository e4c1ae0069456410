/*
 * io.h - what the files of the I/O bench share: its rows, and how it talks with its peer.
 *
 * The program is process 1 of a guest with a disk and an interface. Its peer is the
 * same program in dom0, "io peer" (peer.c), at the other end of the bridge. Guest
 * and peer speak TCP on port PEER_PORT: the first byte of a connection says what
 * for. A count is sent as the machine has it.
 */
#ifndef IO_H
#define IO_H

#include "../bench.h"

#include <netinet/in.h>

#define PEER_ADDRESS  "10.0.0.1"
#define GUEST_ADDRESS "10.0.0.2"
#define PEER_PORT     5001

/* What a connection is for. */
enum talk {
	TALK_SINK = 'i',   /* a count, as many bytes; the peer answers with one, again and again */
	TALK_SOURCE = 'o', /* a count; the peer sends as many bytes, again and again */
	TALK_ECHO = 'e',   /* each byte comes back */
	TALK_ONCE = '1',   /* one byte comes, and the end */
};

/* Datagrams of DATAGRAM bytes go in windows, so that none is lost: of those that the peer gets it
 * answers the last of each window; for one that says so it sends a window. */
#define DATAGRAM 64u
#define WINDOW	 64u
enum { DATAGRAM_COUNTS = 'c', DATAGRAM_ASKS = 'a' };

extern const struct row rows_disk[], rows_net[];

/* Before a row's samples: the device is there, its driver loaded. Once. */
void disk_find(void);
void net_find(void);
void module_load(const char *path);

int peer_main(void);

/* All of it, or the program ends. */
void read_all(int fd, void *buf, size_t len);
void write_all(int fd, const void *buf, size_t len);

#endif
