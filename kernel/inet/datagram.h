/* datagram.h - sockets of single packets: UDP, raw IP, and echo requests ("ping"); see datagram.c. */
#ifndef INET_DATAGRAM_H
#define INET_DATAGRAM_H

#include "inet.h"

#include <lwip/raw.h>
#include <lwip/udp.h>

/* A packet that came, and what is known of it. */
struct datagram {
	struct list link;
	struct pbuf *p; /* from its first byte to be told on */
	ip_addr_t from, to;
	u16_t port;
	unsigned device;
	uint8_t hops;
};

struct datagram_socket {
	struct inet_socket inet; /* first */
	union {			 /* by inet.socket.type and protocol */
		struct ip_pcb *pcb;
		struct udp_pcb *udp;
		struct raw_pcb *raw;
	};
	struct list queue;
	size_t queued; /* bytes of memory */
	bool is_connected, wants_info, has_header;
	int hops_type; /* of the control message that tells the hop limit; 0: none */
	ip_addr_t remote;
	u16_t remote_port;
	u16_t ident;	    /* of a ping socket, which is its port */
	uint32_t filter[8]; /* ICMP types not wanted */
	struct list all_link;
};

static inline struct datagram_socket *datagram_of(struct socket *s)
{
	return container_of(s, struct datagram_socket, inet.socket);
}

static inline bool datagram_is_udp(const struct datagram_socket *s)
{
	return s->inet.socket.protocol == IPPROTO_UDP && s->inet.socket.type == SOCK_DGRAM;
}

static inline bool datagram_is_ping(const struct datagram_socket *s)
{
	return s->inet.socket.type == SOCK_DGRAM && s->inet.socket.protocol != IPPROTO_UDP;
}

/* datagram_queue.c, with the lock: lwIP's callbacks. */
void datagram_on_udp(
	void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port);
u8_t datagram_on_raw(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *from);
void datagram_free(struct datagram *d);
long datagram_receive(struct socket *socket, struct message *m);

/* datagram_option.c */
int datagram_option_set(struct socket *socket, int level, int name, const void *value, size_t len);
int datagram_option_get(struct socket *socket, int level, int name, void *value, size_t *len);
void datagram_list_add(struct datagram_socket *s);
void datagram_list_remove(struct datagram_socket *s);
/* With the lock: all of them, one after the other; NULL: the first, or there is no other. */
struct datagram_socket *datagram_next(struct datagram_socket *s);

#endif
