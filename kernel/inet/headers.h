/*
 * headers.h - the headers of a packet on its way out: found, copied, compared and completed.
 *
 * A frame gets the copy in place of the packet's own headers, which stay lwIP's. With the stack's lock.
 */
#ifndef INET_HEADERS_H
#define INET_HEADERS_H

#include <kernel/net.h>

#define HEADERS_MAX 160u /* Ethernet, IP and TCP with their options */

struct pbuf;

struct headers {
	bool is_tcp, is_ipv6;
	unsigned ip, tcp, payload; /* offsets; the last two only of TCP */
	unsigned payload_len;
	uint32_t seq;
	uint8_t flags;
	unsigned char bytes[HEADERS_MAX];
};

/* Of a packet with Ethernet's header; `is_tcp` if it is a whole segment's, no fragment. */
void headers_look(struct headers *h, struct pbuf *p);
/* Two segments: all is equal but what rightly differs: lengths, identity, checksums, sequence, PSH. */
bool headers_match(const struct headers *a, const struct headers *b);
/* Which connection, as a number; 0: not TCP. */
uint32_t headers_flow(const struct headers *h);

/* No router may make fragments of it: one that would have to says so (RFC 1191). IPv6's are never made into any. */
void headers_whole_set(struct headers *h);
/* A segment that is the one of this number among those that were one. */
void headers_segment_set(struct headers *h, uint32_t seq, uint8_t flags, unsigned number);
/* IP's length and checksum, for the frame that begins with them. */
void headers_length_set(struct headers *h, const struct net_frame *f);
/* TCP's checksum: left to a device that can, else made. */
void headers_checksum_set(struct headers *h, struct net_frame *f, unsigned device_features);

#endif
