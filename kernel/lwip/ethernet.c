/* lwIP: see include/lwipopts.h. */
#include <lwip/src/netif/ethernet.c>
