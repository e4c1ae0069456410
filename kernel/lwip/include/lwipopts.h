/*
 * lwipopts.h - how the kernel builds lwIP (Debian's source package `lwip`, which
 * tools/debian-source fetches): its core and callbacks only, no threads and no sockets of its own.
 *
 * Each file in the folder above stands for one of lwIP's, which it includes as it is. Nobody but
 * kernel/inet knows lwIP. All of it runs under one lock (kernel/inet/stack.h); memory is the
 * kernel's heap, so what bounds it are the limits below and those of the sockets.
 */
#ifndef LWIP_LWIPOPTS_H
#define LWIP_LWIPOPTS_H

#define NO_SYS		     1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN	     0
#define LWIP_SOCKET	     0
#define LWIP_STATS	     0
#define LWIP_TIMERS	     1

/* Memory. */
#define MEM_LIBC_MALLOC	  1
#define MEMP_MEM_MALLOC	  1
#define mem_clib_malloc	  inet_memory_get
#define mem_clib_calloc	  inet_memory_get_array
#define mem_clib_free	  inet_memory_put
#define MEM_ALIGNMENT	  8
#define PBUF_POOL_BUFSIZE 4064	/* with its header a page */
#define LWIP_PBUF_REF_T	  u32_t /* as many as there are threads may look at one */
/* How much of a TCP segment's payload one packet may carry, if the flag (lwIP has none of this value) says so. */
#define LWIP_PBUF_CUSTOM_DATA                                                                      \
	u16_t segment_len;                                                                         \
	struct pbuf *queued;
#define PBUF_FLAG_SEGMENT 0x40u
/* What was received and waits to be read (kernel/inet/stream_input.c) is linked by `queued`; one that takes in others: */
#define PBUF_FLAG_GATHERS 0x80u

/* Interfaces; lo is lwIP's own, and every interface reaches itself. */
#define LWIP_HAVE_LOOPIF	       1
#define LWIP_NETIF_LOOPBACK	       1
#define LWIP_LOOPBACK_MAX_PBUFS	       0
#define LWIP_CHECKSUM_CTRL_PER_NETIF   1
#define LWIP_NETIF_HOSTNAME	       1
#define LWIP_NETIF_EXT_STATUS_CALLBACK 0

/* Link and network. */
#define LWIP_ARP		      1
#define ARP_TABLE_SIZE		      32
#define ARP_QUEUEING		      1
#define ARP_QUEUE_LEN		      8
#define ETHARP_TRUST_IP_MAC	      0
#define LWIP_ICMP		      1
#define IP_DEFAULT_TTL		      64
#define ICMP_TTL		      64
#define LWIP_RAW		      1
#define LWIP_DHCP		      1
#define LWIP_DHCP_GET_NTP_SRV	      0
#define LWIP_DNS		      0
#define LWIP_IGMP		      1
#define LWIP_MULTICAST_TX_OPTIONS     1
#define IP_FORWARD		      0
#define IP_REASSEMBLY		      1
#define IP_REASS_MAX_PBUFS	      64
#define MEMP_NUM_REASSDATA	      16
#define IP_FRAG			      1
#define LWIP_IPV4		      1
#define LWIP_IPV6		      1
#define LWIP_IPV6_NUM_ADDRESSES	      4
#define LWIP_IPV6_AUTOCONFIG	      1
#define LWIP_ICMP6_HL		      64
#define LWIP_ICMP6_DATASIZE	      (1280 - 40 - 8) /* RFC 4443, 2.4 */
#define LWIP_IPV6_REASS		      1
#define IPV6_FRAG_COPYHEADER	      1
#define LWIP_ND6_QUEUEING	      1
#define MEMP_NUM_ND6_QUEUE	      32
#define LWIP_IPV6_MLD		      1
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 1

/* Transport. A window of several of the largest packets a back-end may hand over. */
#define LWIP_UDP			   1
#define LWIP_TCP			   1
#define TCP_MSS				   1460
#define LWIP_WND_SCALE			   1
#define TCP_RCV_SCALE			   4
#define TCP_WND				   (512 * 1024)
#define TCP_WND_UPDATE_THRESHOLD	   (TCP_WND / 4)
#define TCP_SND_BUF			   (1024 * 1024)
#define TCP_SND_QUEUELEN		   2048
#define TCP_SNDLOWAT			   (32 * 1024)
#define TCP_OVERSIZE			   TCP_MSS
#define LWIP_TCP_PCB_NUM_EXT_ARGS	   2 /* kernel/inet/segment.c, stream.c */
#define TCP_LISTEN_BACKLOG		   1
#define TCP_DEFAULT_LISTEN_BACKLOG	   0xff
#define TCP_QUEUE_OOSEQ			   1
#define TCP_OOSEQ_MAX_PBUFS		   256
#define LWIP_TCP_SACK_OUT		   1
#define LWIP_TCP_KEEPALIVE		   1
#define TCP_MSL				   30000UL
#define SO_REUSE			   1
#define SO_REUSE_RXTOALL		   1
#define LWIP_RANDOMIZE_INITIAL_LOCAL_PORTS 1

#define LWIP_ASSERT_CORE_LOCKED() inet_locked_check()

/* Routes, and numbers that cannot be guessed, are ours (kernel/inet). */
#define LWIP_HOOK_FILENAME				 "inet_hooks.h"
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest)		 inet_route_device(dest)
#define LWIP_HOOK_ETHARP_GET_GW(netif, dest)		 inet_route_gateway(netif, dest)
#define LWIP_HOOK_TCP_ISN(local, lport, remote, rport)	 inet_isn(local, lport, remote, rport)
#define LWIP_HOOK_TCP_OUT_ADD_TCPOPTS(p, hdr, pcb, opts) inet_segment_mark(p, pcb, opts)
#define LWIP_HOOK_DHCP_PARSE_OPTION(netif, dhcp, state, msg, msg_type, option, len, pbuf, offset)  \
	inet_dhcp_option(option, len, pbuf, offset)

#endif
