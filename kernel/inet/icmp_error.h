/* icmp_error.h - who hears of ICMP's errors. */
#ifndef INET_ICMP_ERROR_H
#define INET_ICMP_ERROR_H

#include <kernel/types.h>

struct icmp_quote;
struct inet_socket;
struct pbuf;

/* Boot, with the stack's lock. */
int icmp_error_init(void) __must_check;

/* With the lock: put it into a socket's queue; `p` from ICMP's header on, what the program sent begins at `from`. */
void icmp_error_queue(
	struct inet_socket *s, const struct icmp_quote *q, const struct pbuf *p, unsigned from);

#endif
