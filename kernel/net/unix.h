/*
 * unix.h - UNIX-domain sockets: what their files share.
 *
 * Invariants:
 *   U1  unix_lock, a mutex, guards all fields and both tables of names. It is never held while a
 *       file or an inode is let go: that may close another socket.
 *   U2  `peer` is a reference and stays until the socket itself is closed, so that who wrote to a
 *       peer that is gone learns it. While a socket is open it is in its peer's `senders`.
 *   U3  Whoever changes what another may wait for wakes `changed` of all whom it concerns: room in
 *       a queue concerns the senders, which are in its list, and who sends without a connection,
 *       on `drained`.
 *   U4  Packets leave a queue under its socket's `reading` too, and what `taken` counts changes under
 *       both. So who reads copies a packet's bytes to user memory without unix_lock, and finds it where it was.
 */
#ifndef NET_UNIX_H
#define NET_UNIX_H

#include <kernel/socket.h>

/* What one send() put in, with what came beside it. */
struct unix_packet {
	struct list link;
	size_t len, taken; /* bytes in all; read already, of a stream */
	struct socket_address from;
	struct linux_ucred credentials;
	struct file **files;
	unsigned file_count;
	char data[];
};

struct unix_socket {
	struct socket socket; /* first */

	struct mutex reading; /* before unix_lock */
	struct list queue;    /* of packets to be received */
	size_t queued;	      /* bytes of memory in it */

	struct unix_socket *peer;
	struct list senders, sender_link;
	struct linux_ucred peer_credentials;

	/* a listener: sockets that connected and are not accepted yet, each a reference */
	bool is_listening;
	struct list pending, pending_link;
	unsigned pending_count, backlog;

	bool is_closed, cannot_send, cannot_receive;
	int error; /* SO_ERROR: a positive errno */
	struct wait_queue drained;

	/* names (unix_name.c) */
	struct socket_address name;
	struct dentry *dentry; /* bound to a file: a reference of it */
	struct list name_link;
};

extern struct mutex unix_lock;

static inline struct unix_socket *unix_of(struct socket *s)
{
	return container_of(s, struct unix_socket, socket);
}

/* ---- names (unix_name.c) ----------------------------------------------- */

int unix_bind(struct socket *s, const struct socket_address *address);
/* A name nobody has, where programs are to see one. Lock held. */
void unix_bind_auto(struct unix_socket *u);
/* Whom the address names: referenced. -ECONNREFUSED, -ENOENT, -EPROTOTYPE, ... Lock not held. */
int unix_find(
	const struct socket_address *address, int type, struct unix_socket **found) __must_check;
/* Nobody finds it any more; lock held. What it returns is dropped without. */
struct dentry *unix_name_drop(struct unix_socket *u) __must_check;

/* ---- data (unix_data.c) ------------------------------------------------ */

long unix_send(struct socket *s, struct message *m);
long unix_receive(struct socket *s, struct message *m);
long unix_unread(struct socket *s);
unsigned unix_poll(struct socket *s);
/* Let everything in the list of packets go, without deep recursion. Lock not held. */
void unix_packets_drop(struct list *packets);
/* Tell those who wait for room in u's queue. */
void unix_drained(struct unix_socket *u);

/* ---- connections (unix.c) ---------------------------------------------- */

/* Make `peer` whom u sends to; lock held. The former one is the caller's to unref. */
struct unix_socket *unix_peer_set(struct unix_socket *u, struct unix_socket *peer) __must_check;

static inline bool unix_is_stream(const struct unix_socket *u)
{
	return u->socket.type != SOCK_DGRAM;
}

#endif
