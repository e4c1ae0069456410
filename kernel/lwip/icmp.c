/*
 * lwIP: see include/lwipopts.h. Its errors quote eight bytes of what they are about; those that are sent are
 * kernel/inet/icmp_send.c's.
 */
#define icmp_dest_unreach  icmp_dest_unreach_short
#define icmp_time_exceeded icmp_time_exceeded_short
#include <lwip/src/core/ipv4/icmp.c>
