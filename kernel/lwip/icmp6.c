/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv6/icmp6.c>
