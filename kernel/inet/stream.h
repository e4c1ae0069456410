/* stream.h - TCP sockets: what their files share; see stream.c. */
#ifndef INET_STREAM_H
#define INET_STREAM_H

#include "inet.h"
#include "stream_input.h"

#include <lwip/tcp.h>

enum stream_state {
	STREAM_FRESH,
	STREAM_LISTENING,
	STREAM_CONNECTING,
	STREAM_CONNECTED,
	STREAM_FAILED, /* to connect; may try again */
	STREAM_ENDED,  /* by the other side, or an error */
};

#define STREAM_ARG 1 /* of the pcb's extra arguments: its stream; 0 is segment.c's */

/* What is less is sent by a copy of its own. */
#define STREAM_USER_LEAST 8192u

struct stream {
	struct inet_socket inet; /* first */
	struct tcp_pcb *pcb;
	enum stream_state state;
	int soft_error; /* what ICMP said since something was acknowledged: a positive errno */
	struct stream_input input;
	bool got_end;
	bool owes_ack; /* much came, and is acknowledged when it was read, if not before */
	unsigned room;
	const char *previous_end; /* block_write()'s */
	ip_addr_t local, remote;
	u16_t local_port, remote_port;

	struct list pending,
		pending_link; /* a listener's; each has the reference of its file to be */
	unsigned pending_count;
	struct list all_link;
};

static inline struct stream *stream_of(struct socket *s)
{
	return container_of(s, struct stream, inet.socket);
}

/* stream.c, with the lock. */
void stream_room_update(struct stream *s); /* T3 */
void stream_changed(struct stream *s);
int stream_error_take_locked(struct stream *s);
void stream_callbacks_set(struct stream *s, struct tcp_pcb *pcb);
err_t stream_on_connected(void *arg, struct tcp_pcb *pcb, err_t err);
err_t stream_on_accept(void *arg, struct tcp_pcb *pcb, err_t err);

/* Operations of struct socket_ops (kernel/socket.h). stream_connect.c: */
int stream_bind(struct socket *socket, const struct socket_address *address);
int stream_listen(struct socket *socket, int backlog);
int stream_connect(
	struct socket *socket, const struct socket_address *address, bool is_nonblocking);
int stream_accept(struct socket *socket, struct socket **accepted, bool is_nonblocking);
/* stream_data.c: */
long stream_send(struct socket *socket, struct message *m);
long stream_receive(struct socket *socket, struct message *m);
/* stream_end.c: */
int stream_shutdown(struct socket *socket, int how);
void stream_closed(struct socket *socket);

/* stream_error.c, with the lock: an error about a segment that was, or was not, sent; `p` from its header on. */
struct icmp_quote;
void stream_error_take_in(const struct icmp_quote *q, const struct pbuf *p);
/* Whether it quotes what a connection may have on its way. */
bool stream_is_sender(const struct icmp_quote *q);

/* stream_misc.c, with the lock: */
struct tcp_pcb *stream_pcb_make(const struct inet_socket *s);
void stream_list_add(struct stream *s);
void stream_list_remove(struct stream *s);
int stream_tcp_option_set(struct stream *s, int name, const void *value, size_t len);
int stream_tcp_option_get(struct stream *s, int name, void *value, size_t *len);

#endif
