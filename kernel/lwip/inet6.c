/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv6/inet6.c>
