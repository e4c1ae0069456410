/* inet_hooks.h - what lwIP asks kernel/inet for. */
#ifndef LWIP_INET_HOOKS_H
#define LWIP_INET_HOOKS_H

#include <lwip/err.h>
#include <lwip/ip_addr.h>

struct netif;
struct pbuf;
struct tcp_pcb;

struct netif *inet_route_device(const ip4_addr_t *dest);
const ip4_addr_t *inet_route_gateway(struct netif *netif, const ip4_addr_t *dest);
u32_t inet_isn(
	const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port);
u32_t *inet_segment_mark(struct pbuf *p, const struct tcp_pcb *pcb, u32_t *options);
err_t inet_segment_output(struct pbuf *p, const ip_addr_t *from, const ip_addr_t *to, u8_t ttl,
	u8_t tos, u8_t protocol, struct netif *netif);
/* A piece that will refer to what tcp_write() was given. NULL: no memory. */
struct pbuf *inet_piece_make(u16_t len);
/* ICMPv6 of neighbours and paths, from its header on; takes over `p`. */
void inet_nd6_input(struct pbuf *p, struct netif *netif);
void inet_dhcp_option(u8_t option, u8_t len, struct pbuf *p, u16_t offset);

#endif
