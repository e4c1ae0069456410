/* inet.h - internet sockets: what streams and datagrams share. All fields are N1's (stack.h). */
#ifndef INET_INET_H
#define INET_INET_H

#include "stack.h"

#include <linux/in.h>
#include <lwip/ip.h>
#include <lwip/ip_addr.h>

struct inet_socket {
	struct socket socket; /* first */
	int error;	      /* SO_ERROR: a positive errno */
	struct list errors;   /* error_queue.c */
	unsigned error_count;
	bool is_v6only;
	bool wants_errors4, wants_errors6; /* IP_RECVERR, IPV6_RECVERR */
	bool cannot_send, cannot_receive;
};

static inline struct inet_socket *inet_of(struct socket *s)
{
	return container_of(s, struct inet_socket, socket);
}

/* A negative errno for lwIP's error; 0 for none. */
int inet_errno(int err);

/* ---- addresses (address.c) ---------------------------------------------- */

/* -EINVAL, -EAFNOSUPPORT. An IPv4 address within IPv6 becomes one of IPv4. */
int address_in(const struct inet_socket *s, const struct socket_address *a, ip_addr_t *ip,
	u16_t *port) __must_check;
void address_out(
	const struct inet_socket *s, struct socket_address *a, const ip_addr_t *ip, u16_t port);
/* Whether one may bind to it: ours, any, or a group's. */
bool address_is_bindable(const ip_addr_t *ip);
/* What lwIP takes for an unspecified address of this socket: both versions, or one. */
void address_any(const struct inet_socket *s, ip_addr_t *ip);
/* The address a packet to `to` is sent from. */
const ip_addr_t *address_source(const ip_addr_t *to);

/* ---- options (options.c) ------------------------------------------------- */

/* Of IP, and those of SOL_SOCKET that lwIP has to know; `pcb` may be NULL. */
int inet_option_set(struct inet_socket *s, struct ip_pcb *pcb, int level, int name,
	const void *value, size_t len);
int inet_option_get(
	struct inet_socket *s, struct ip_pcb *pcb, int level, int name, void *value, size_t *len);
/* A number among an option's bytes: an int, or a byte as some give. -EINVAL. */
int option_number(const void *value, size_t len, int32_t *number) __must_check;
int option_tell(void *value, size_t *len, int32_t number);

void inet_extra_add(
	struct message_control *control, int level, int type, const void *data, size_t len);

/* ---- kinds ---------------------------------------------------------------- */

int stream_create(int family, struct socket **s) __must_check;
int datagram_create(int family, int type, int protocol, struct socket **s) __must_check;

/* For /proc/net. */
struct proc_text;
void stream_show(struct proc_text *text, int family);
void datagram_show(struct proc_text *text, int family, int type);
void inet_line_show(struct proc_text *text, unsigned number, int family, const ip_addr_t *local,
	unsigned local_port, const ip_addr_t *remote, unsigned remote_port, unsigned state,
	size_t unread);

#endif
