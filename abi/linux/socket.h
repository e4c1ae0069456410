/*
 * linux/socket.h - sockets, as Linux numbers them on x86 (asm-generic/socket.h, linux/socket.h
 * and un.h describe the interface).
 */
#ifndef ABI_LINUX_SOCKET_H
#define ABI_LINUX_SOCKET_H

#include <linux/word.h>
#include <stdint.h>

#define AF_UNSPEC  0
#define AF_UNIX	   1
#define AF_INET	   2
#define AF_INET6   10
#define AF_NETLINK 16
#define AF_PACKET  17

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xf
#define SOCK_NONBLOCK  00004000
#define SOCK_CLOEXEC   02000000

#define SOMAXCONN 4096

#define SHUT_RD	  0
#define SHUT_WR	  1
#define SHUT_RDWR 2

#define MSG_OOB		 0x1u
#define MSG_PEEK	 0x2u
#define MSG_DONTROUTE	 0x4u
#define MSG_CTRUNC	 0x8u
#define MSG_TRUNC	 0x20u
#define MSG_DONTWAIT	 0x40u
#define MSG_EOR		 0x80u
#define MSG_WAITALL	 0x100u
#define MSG_ERRQUEUE	 0x2000u
#define MSG_NOSIGNAL	 0x4000u
#define MSG_MORE	 0x8000u
#define MSG_WAITFORONE	 0x10000u
#define MSG_CMSG_CLOEXEC 0x40000000u

#define SOL_IP	   0
#define SOL_SOCKET 1
#define SOL_TCP	   6
#define SOL_UDP	   17
#define SOL_IPV6   41
#define SOL_ICMPV6 58
#define SOL_RAW	   255
#define SOL_PACKET 263

#define SO_DEBUG	 1
#define SO_REUSEADDR	 2
#define SO_TYPE		 3
#define SO_ERROR	 4
#define SO_DONTROUTE	 5
#define SO_BROADCAST	 6
#define SO_SNDBUF	 7
#define SO_RCVBUF	 8
#define SO_KEEPALIVE	 9
#define SO_OOBINLINE	 10
#define SO_PRIORITY	 12
#define SO_LINGER	 13
#define SO_REUSEPORT	 15
#define SO_PASSCRED	 16
#define SO_PEERCRED	 17
#define SO_RCVLOWAT	 18
#define SO_SNDLOWAT	 19
#define SO_RCVTIMEO	 20
#define SO_SNDTIMEO	 21
#define SO_BINDTODEVICE	 25
#define SO_ATTACH_FILTER 26
#define SO_DETACH_FILTER 27
#define SO_TIMESTAMP	 29
#define SO_ACCEPTCONN	 30
#define SO_SNDBUFFORCE	 32
#define SO_RCVBUFFORCE	 33
#define SO_MARK		 36
#define SO_PROTOCOL	 38
#define SO_DOMAIN	 39

#define SCM_RIGHTS	1
#define SCM_CREDENTIALS 2
#define SCM_FILES_MAX	253u

#define UNIX_PATH_LEN 108u

struct linux_sockaddr_un {
	uint16_t family;
	char path[UNIX_PATH_LEN];
};

struct linux_ucred {
	int32_t pid;
	uint32_t uid, gid;
};

struct linux_linger {
	int32_t on, seconds;
};

struct linux_msghdr {
	unsigned long name;
	uint32_t name_len WORD_PAD(pad);
	unsigned long iov, iov_count;
	unsigned long control, control_len;
	uint32_t flags WORD_PAD(pad2);
};

struct linux_mmsghdr {
	struct linux_msghdr header;
	uint32_t len WORD_PAD(pad);
};

struct linux_cmsghdr {
	unsigned long len; /* with this header */
	int32_t level, type;
};

#define CMSG_PADDED(len) ALIGNED_TO_WORD(len)

#endif
