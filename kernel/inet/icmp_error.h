/* icmp_error.h - who hears of ICMP's errors. */
#ifndef INET_ICMP_ERROR_H
#define INET_ICMP_ERROR_H

#include <kernel/types.h>

/* Boot, with the stack's lock. */
int icmp_error_init(void) __must_check;

#endif
