/* icmp_error.h - ICMP's errors about what UDP sockets sent. */
#ifndef INET_ICMP_ERROR_H
#define INET_ICMP_ERROR_H

#include <kernel/types.h>

/* Boot, with the stack's lock. */
int icmp_error_init(void) __must_check;

#endif
