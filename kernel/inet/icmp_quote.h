/* icmp_quote.h - an error of ICMP, and the beginning of the packet that it is about. */
#ifndef INET_ICMP_QUOTE_H
#define INET_ICMP_QUOTE_H

#include <kernel/types.h>
#include <lwip/ip_addr.h>

struct netif;
struct pbuf;

/* Numbers in the machine's order. */
struct icmp_quote {
	uint8_t type, code;
	int error;     /* a positive errno */
	bool may_pass; /* what may mend itself */
	bool is_too_big;
	uint32_t info;	    /* too big: the size that is not, as whoever sent it says */
	ip_addr_t from, to; /* of the packet quoted */
	uint8_t protocol;
	u16_t from_port, to_port; /* TCP, UDP */
	u16_t ident;		  /* echo */
	uint32_t seq;		  /* TCP */
	unsigned ip_at, data_at;  /* IP's header, and what is behind it, from ICMP's on */
};

/*
 * Of a packet that is being received, `p` from ICMP's header on, which stays as it is. false: no error that programs are told
 * of, or not quoted as it has to be.
 */
bool icmp_quote_read(struct icmp_quote *q, const struct pbuf *p, const struct netif *netif);

#endif
