/*
 * linux/if.h - interfaces, their ioctl() requests, packet sockets (linux/if.h, sockios.h,
 * if_packet.h, route.h describe the interface).
 */
#ifndef ABI_LINUX_IF_H
#define ABI_LINUX_IF_H

#include <linux/word.h>
#include <stdint.h>

#define SIOCADDRT      0x890b
#define SIOCDELRT      0x890c
#define SIOCGIFNAME    0x8910
#define SIOCGIFCONF    0x8912
#define SIOCGIFFLAGS   0x8913
#define SIOCSIFFLAGS   0x8914
#define SIOCGIFADDR    0x8915
#define SIOCSIFADDR    0x8916
#define SIOCGIFDSTADDR 0x8917
#define SIOCGIFBRDADDR 0x8919
#define SIOCSIFBRDADDR 0x891a
#define SIOCGIFNETMASK 0x891b
#define SIOCSIFNETMASK 0x891c
#define SIOCGIFMETRIC  0x891d
#define SIOCGIFMTU     0x8921
#define SIOCSIFMTU     0x8922
#define SIOCGIFHWADDR  0x8927
#define SIOCGIFINDEX   0x8933
#define SIOCGIFTXQLEN  0x8942
#define SIOCGIFMAP     0x8970

#define IFF_UP	      0x1u
#define IFF_BROADCAST 0x2u
#define IFF_LOOPBACK  0x8u
#define IFF_RUNNING   0x40u
#define IFF_MULTICAST 0x1000u
#define IFF_LOWER_UP  0x10000u

#define ARPHRD_ETHER	1
#define ARPHRD_LOOPBACK 772

#define IF_NAME_LEN 16u

struct linux_ifreq {
	char name[IF_NAME_LEN];
	union {
		unsigned char address[16]; /* a struct sockaddr */
		int16_t flags;
		int32_t number;
		unsigned char bytes[2 * sizeof(long) + 8];
	};
};

struct linux_ifconf {
	int32_t len WORD_PAD(pad);
	unsigned long list;
};

struct linux_rtentry {
	unsigned long pad1;
	unsigned char to[16], gateway[16], mask[16]; /* each a struct sockaddr */
	uint16_t flags;
	uint16_t pad2;
	unsigned long pad3, pad4;
	int16_t metric;	      /* one more than the route's */
	unsigned long device; /* a name */
	unsigned long mtu, window;
	uint16_t irtt;
};

#define RTF_UP	    0x1u
#define RTF_GATEWAY 0x2u
#define RTF_HOST    0x4u

struct linux_sockaddr_ll {
	uint16_t family, protocol; /* the latter in network order */
	int32_t index;
	uint16_t hardware;
	uint8_t packet_type, address_len;
	uint8_t address[8];
};

#define PACKET_HOST	 0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3
#define PACKET_OUTGOING	 4

#define PACKET_AUXDATA	       8
#define TP_STATUS_USER	       1u
#define TP_STATUS_CSUMNOTREADY 8u

struct linux_tpacket_auxdata {
	uint32_t status, len, captured_len;
	uint16_t mac, net, vlan, vlan_type;
};

#define ETH_P_ALL 3

#endif
