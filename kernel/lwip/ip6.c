/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv6/ip6.c>
