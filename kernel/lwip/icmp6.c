/* lwIP: see include/lwipopts.h. Not all that is said of a path's size is believed (kernel/inet/icmp_error.c). */
#include <inet_hooks.h>
#include <lwip/nd6.h>
#define nd6_input inet_nd6_input
#include <lwip/src/core/ipv6/icmp6.c>
