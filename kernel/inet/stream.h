/* stream.h - TCP sockets: what their files share; see stream.c. */
#ifndef INET_STREAM_H
#define INET_STREAM_H

#include "../fs/pipe_ring.h"
#include "inet.h"

#include <lwip/tcp.h>

enum stream_state {
	STREAM_FRESH,
	STREAM_LISTENING,
	STREAM_CONNECTING,
	STREAM_CONNECTED,
	STREAM_FAILED, /* to connect; may try again */
	STREAM_ENDED,  /* by the other side, or an error */
};

struct stream {
	struct inet_socket inet; /* first */
	struct tcp_pcb *pcb;
	enum stream_state state;
	struct pipe_ring input;
	bool got_end;
	unsigned room;
	ip_addr_t local, remote;
	u16_t local_port, remote_port;

	struct list pending,
		pending_link; /* a listener's; each has the reference of its file to be */
	unsigned pending_count;
	struct list all_link;
};

/* stream_misc.c, with the lock: */
struct tcp_pcb *stream_pcb_make(const struct inet_socket *s);
void stream_list_add(struct stream *s);
void stream_list_remove(struct stream *s);
int stream_tcp_option_set(struct stream *s, int name, const void *value, size_t len);
int stream_tcp_option_get(struct stream *s, int name, void *value, size_t *len);

#endif
