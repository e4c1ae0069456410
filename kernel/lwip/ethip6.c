/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv6/ethip6.c>
