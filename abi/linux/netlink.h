/* linux/netlink.h - netlink and its messages about links, addresses and routes (linux/netlink.h, rtnetlink.h, if_link.h, if_addr.h). */
#ifndef ABI_LINUX_NETLINK_H
#define ABI_LINUX_NETLINK_H

#include <stdint.h>

#define NETLINK_ROUTE 0

struct linux_sockaddr_nl {
	uint16_t family, pad;
	uint32_t port, groups;
};

struct linux_nlmsghdr {
	uint32_t len;
	uint16_t type, flags;
	uint32_t sequence, port;
};

#define NLM_F_REQUEST 0x1
#define NLM_F_MULTI   0x2
#define NLM_F_ACK     0x4
#define NLM_F_DUMP    0x300
#define NLM_F_REPLACE 0x100
#define NLM_F_EXCL    0x200

#define NLMSG_ERROR 2
#define NLMSG_DONE  3

struct linux_rtattr {
	uint16_t len, type;
};
#define NL_PADDED(len) (((len) + 3u) & ~3u)

#define RTM_NEWLINK  16
#define RTM_GETLINK  18
#define RTM_SETLINK  19
#define RTM_NEWADDR  20
#define RTM_DELADDR  21
#define RTM_GETADDR  22
#define RTM_NEWROUTE 24
#define RTM_DELROUTE 25
#define RTM_GETROUTE 26
#define RTM_GETNEIGH 30

struct linux_ifinfomsg {
	uint8_t family, pad;
	uint16_t type;
	int32_t index;
	uint32_t flags, change;
};
#define IFLA_ADDRESS   1
#define IFLA_BROADCAST 2
#define IFLA_IFNAME    3
#define IFLA_MTU       4
#define IFLA_QDISC     6
#define IFLA_TXQLEN    13
#define IFLA_OPERSTATE 16
#define IFLA_STATS64   23

struct linux_ifaddrmsg {
	uint8_t family, prefix_len, flags, scope;
	uint32_t index;
};
#define IFA_ADDRESS   1
#define IFA_LOCAL     2
#define IFA_LABEL     3
#define IFA_BROADCAST 4

#define IFA_F_SECONDARY 0x01
#define IFA_F_TENTATIVE 0x40
#define IFA_F_PERMANENT 0x80

struct linux_rtmsg {
	uint8_t family, to_len, from_len, tos, table, protocol, scope, type;
	uint32_t flags;
};
#define RTA_DST	     1
#define RTA_OIF	     4
#define RTA_GATEWAY  5
#define RTA_PRIORITY 6
#define RTA_PREFSRC  7

#define RT_TABLE_MAIN	  254
#define RTPROT_KERNEL	  2
#define RTPROT_BOOT	  3
#define RT_SCOPE_UNIVERSE 0
#define RT_SCOPE_LINK	  253
#define RT_SCOPE_HOST	  254
#define RTN_UNICAST	  1

#endif
