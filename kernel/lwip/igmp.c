/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/ipv4/igmp.c>
