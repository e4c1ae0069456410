/*
 * socket.h - sockets: what the families share, and what the system calls ask of them.
 *
 * A family (UNIX, internet, packet, netlink) embeds struct socket in its own and serves it by
 * struct socket_ops. Data comes and goes through kernel memory, and the system-call layer copies, but for
 * families that copy from and to user memory themselves.
 *
 * Operations sleep interruptibly unless MSG_DONTWAIT (or `is_nonblocking`) says otherwise:
 * -EAGAIN when they would have to wait or a time-out of the socket's passed, -ERESTARTSYS or
 * -EINTR for a signal. All are for threads that hold no lock.
 */
#ifndef KERNEL_SOCKET_H
#define KERNEL_SOCKET_H

#include <kernel/errno.h>
#include <kernel/signal.h>
#include <kernel/thread.h>
#include <kernel/vfs.h>
#include <linux/socket.h>

#define SOCKET_ADDRESS_LEN_MAX 128u
#define SOCKET_BUFFER_LEN      212992u /* Linux's default for SO_SNDBUF and SO_RCVBUF */

/* An address as programs write it; `len` counts its bytes, 0: there is none. */
struct socket_address {
	unsigned len;
	union {
		uint16_t family;
		struct linux_sockaddr_un un;
		unsigned char bytes[SOCKET_ADDRESS_LEN_MAX];
	};
};

/* What goes beside the data. */
#define MESSAGE_EXTRA_COUNT 2u
#define MESSAGE_EXTRA_LEN   48u

struct message_extra {
	int level, type;
	unsigned len;
	unsigned char data[MESSAGE_EXTRA_LEN];
};

struct message_control {
	struct file **files; /* on the heap; each a reference */
	unsigned file_count;
	bool has_credentials;
	struct linux_ucred credentials;
	unsigned extra_count; /* receive only: what the family tells */
	struct message_extra extra[MESSAGE_EXTRA_COUNT];
};

struct user_vector;

struct message {
	void *data;
	struct user_vector
		*user; /* not NULL: the data is there instead; only if the operations say so */
	size_t len;
	unsigned flags; /* MSG_*, the caller's */
	struct socket_address
		*address; /* send: where to; receive: where from. NULL: not said, not wanted */
	struct message_control *control; /* NULL: none; then files that came are dropped */
	unsigned flags_out;		 /* receive: MSG_TRUNC and the like */
};

/* Drop what is left of files, and the list. */
void message_control_free(struct message_control *control);

struct socket;

struct socket_ops {
	int (*bind)(struct socket *s, const struct socket_address *address);
	int (*connect)(struct socket *s, const struct socket_address *address, bool is_nonblocking);
	int (*pair)(struct socket *a, struct socket *b); /* NULL: -EOPNOTSUPP, as all below */
	int (*listen)(struct socket *s, int backlog);
	int (*accept)(struct socket *s, struct socket **accepted, bool is_nonblocking);
	/* The socket's own address, or its peer's: -ENOTCONN. */
	int (*name)(struct socket *s, bool is_peer, struct socket_address *address);
	int (*shutdown)(struct socket *s, int how);
	/* Bytes, or an errno. Of a stream perhaps only a part. -EPIPE gets the caller SIGPIPE. */
	long (*send)(struct socket *s, struct message *m);
	/* Bytes copied; with MSG_TRUNC in m->flags a datagram's whole length. 0 at a stream's end. */
	long (*receive)(struct socket *s, struct message *m);
	/* MSG_ERRQUEUE: never waits. NULL: -EAGAIN, there is none. */
	long (*receive_error)(struct socket *s, struct message *m);
	/*
	 * They take m->user, and pass over what they copied: when it is received, and, of streams, when as much
	 * or more is sent; 0: never.
	 */
	bool has_user_receive;
	size_t user_send_least;
	/* For levels and options that are not the same for all; *len is the room, and then what was used. */
	int (*option_set)(struct socket *s, int level, int name, const void *value, size_t len);
	int (*option_get)(struct socket *s, int level, int name, void *value, size_t *len);
	long (*ioctl)(struct socket *s, unsigned request, unsigned long arg);
	unsigned (*poll)(struct socket *s);  /* ready now; changes wake s->changed */
	long (*unread)(struct socket *s);    /* FIONREAD */
	int (*error_take)(struct socket *s); /* SO_ERROR: a positive errno, once. NULL: none */
	void (*closed)(struct socket *s);    /* no file any more */
	void (*release)(struct socket *s);   /* no reference any more: frees it */
};

struct socket {
	/* constant */
	const struct socket_ops *ops;
	int family, type, protocol;

	unsigned refs; /* atomic; one of its file */
	struct wait_queue changed;

	/* options, each read and written whole */
	atomic_u64 flags;		      /* 1 << SO_*, those that are on or off */
	nsec_t receive_timeout, send_timeout; /* 0: none */
	int32_t send_buffer, receive_buffer, priority, mark;
	struct linux_linger linger;
	unsigned device; /* SO_BINDTODEVICE: its index, 0: any */
};

void socket_init(
	struct socket *s, const struct socket_ops *ops, int family, int type, int protocol);
void socket_ref(struct socket *s);
void socket_unref(struct socket *s); /* NULL is allowed */

static inline bool socket_has_user_send(const struct socket *s, size_t len)
{
	return s->ops->user_send_least && len >= s->ops->user_send_least;
}

static inline bool socket_flag(const struct socket *s, int option)
{
	return READ_ONCE(s->flags) >> option & 1;
}

/* A new socket: 0, -EAFNOSUPPORT, -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -EPERM, -ENOMEM. */
int socket_create(int family, int type, int protocol, struct socket **s) __must_check;

/* An open file that takes over the caller's reference, also when it fails: NULL, out of memory. */
struct file *socket_file(struct socket *s, unsigned flags) __must_check;
/* The socket behind an open file, not referenced; NULL: it is none. */
struct socket *socket_of(struct file *file);

/* Send a whole message or, of a stream, all of it if one may wait; receive. As the operations. */
long socket_send(struct socket *s, struct message *m);
long socket_receive(struct socket *s, struct message *m);

int socket_option_set(struct socket *s, int level, int name, const void *value, size_t len);
int socket_option_get(struct socket *s, int level, int name, void *value, size_t *len);

/* ---- waiting ----------------------------------------------------------- */

static inline nsec_t socket_deadline(nsec_t timeout, nsec_t now)
{
	return timeout ? now + timeout : WAIT_FOREVER;
}

/* 0: look again; or why one does not wait any longer. `cond` is evaluated without a lock. */
#define socket_wait(q, cond, is_nonblocking, deadline)                                             \
	({                                                                                         \
		int wait_err_ = -EAGAIN;                                                           \
		if (!(is_nonblocking) && signal_is_pending()) {                                    \
			wait_err_ = (deadline) == WAIT_FOREVER ? -ERESTARTSYS : -EINTR;            \
		} else if (!(is_nonblocking) &&                                                    \
			wait_until(q, (cond) || signal_is_pending(), deadline)) {                  \
			wait_err_ = 0;                                                             \
		}                                                                                  \
		wait_err_;                                                                         \
	})

/* ---- families ---------------------------------------------------------- */

struct socket_family {
	int family;
	int (*create)(int type, int protocol, struct socket **s);
};
extern const struct socket_family socket_family_unix, socket_family_inet, socket_family_inet6,
	socket_family_packet, socket_family_netlink;

/* /proc/net/unix: those that have a name. */
struct proc_text;
void unix_show(struct proc_text *text);

/* The calling process, for SO_PEERCRED and the like. */
struct linux_ucred socket_credentials(void);

#endif
