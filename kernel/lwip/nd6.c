/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv6/nd6.c>
