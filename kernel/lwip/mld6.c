/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv6/mld6.c>
