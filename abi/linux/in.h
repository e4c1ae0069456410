/* linux/in.h - internet addresses and the options of IP, TCP and ICMP sockets (linux/in.h, in6.h, tcp.h, icmp.h). */
#ifndef ABI_LINUX_IN_H
#define ABI_LINUX_IN_H

#include <stdint.h>

#define IPPROTO_IP     0
#define IPPROTO_ICMP   1
#define IPPROTO_TCP    6
#define IPPROTO_UDP    17
#define IPPROTO_ICMPV6 58
#define IPPROTO_RAW    255

/* Ports and addresses are in network order. */
struct linux_sockaddr_in {
	uint16_t family, port;
	uint32_t address;
	uint8_t zero[8];
};

struct linux_sockaddr_in6 {
	uint16_t family, port;
	uint32_t flow;
	uint32_t address[4];
	uint32_t scope; /* an interface's index */
};

#define IP_TOS		   1
#define IP_TTL		   2
#define IP_HDRINCL	   3
#define IP_OPTIONS	   4
#define IP_PKTINFO	   8
#define IP_MTU_DISCOVER	   10
#define IP_RECVERR	   11
#define IP_RECVTTL	   12
#define IP_RECVTOS	   13
#define IP_MULTICAST_IF	   32
#define IP_MULTICAST_TTL   33
#define IP_MULTICAST_LOOP  34
#define IP_ADD_MEMBERSHIP  35
#define IP_DROP_MEMBERSHIP 36

#define IPV6_2292HOPLIMIT    8 /* the older of two for the same */
#define IPV6_CHECKSUM	     7
#define IPV6_UNICAST_HOPS    16
#define IPV6_MULTICAST_IF    17
#define IPV6_MULTICAST_HOPS  18
#define IPV6_MULTICAST_LOOP  19
#define IPV6_ADD_MEMBERSHIP  20
#define IPV6_DROP_MEMBERSHIP 21
#define IPV6_RECVERR	     25
#define IPV6_V6ONLY	     26
#define IPV6_RECVPKTINFO     49
#define IPV6_PKTINFO	     50
#define IPV6_RECVHOPLIMIT    51
#define IPV6_HOPLIMIT	     52
#define IPV6_TCLASS	     67

#define ICMP_FILTER   1 /* SOL_RAW: a word with a bit for each type to drop */
#define ICMPV6_FILTER 1 /* SOL_ICMPV6: 256 bits likewise */

#define TCP_NODELAY	 1
#define TCP_MAXSEG	 2
#define TCP_CORK	 3
#define TCP_KEEPIDLE	 4
#define TCP_KEEPINTVL	 5
#define TCP_KEEPCNT	 6
#define TCP_SYNCNT	 7
#define TCP_DEFER_ACCEPT 9
#define TCP_QUICKACK	 12
#define TCP_USER_TIMEOUT 18

/* What MSG_ERRQUEUE tells beside the data, in front of the address of who reported it. */
struct linux_sock_extended_err {
	uint32_t error;
	uint8_t origin; /* SO_EE_ORIGIN_* */
	uint8_t type, code, pad;
	uint32_t info, data;
};

#define SO_EE_ORIGIN_ICMP  2
#define SO_EE_ORIGIN_ICMP6 3

struct linux_ip_mreqn {
	uint32_t group, address;
	int32_t index; /* absent in the older form */
};

struct linux_ipv6_mreq {
	uint32_t group[4];
	int32_t index;
};

struct linux_in_pktinfo {
	int32_t index;
	uint32_t local, address;
};

struct linux_in6_pktinfo {
	uint32_t address[4];
	int32_t index;
};

#endif
