/* segment.c - TCP segments larger than the network's packets; see segment.h. */
#include "segment.h"

#include <inet_hooks.h>
#include <lwip/nd6.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>
#include <lwip/tcp.h>

/* With all headers and lwIP's own one it fits a block of four pages. */
#define LARGE_LEN 15000u
/* With its headers it fits one frame of a device that cuts; a window has at least so many. */
#define LARGEST_LEN  60000u
#define WINDOW_PARTS 4u
#define MSS_ARG	     0 /* of the pcb's extra arguments: what segment_mss() says; 0: pcb->mss */

static const struct tcp_ext_arg_callbacks no_callbacks;

void segment_enlarge(struct tcp_pcb *pcb)
{
	u16_t mss = pcb->mss;

	tcp_ext_arg_set_callbacks(pcb, MSS_ARG, &no_callbacks);
	tcp_ext_arg_set(pcb, MSS_ARG, (void *)(uintptr_t)mss);
	pcb->mss = (u16_t)(MAX(LARGE_LEN / mss, 1u) * mss);
	/* A segment beyond the window would wait for ever. */
	pcb->cwnd = MAX(pcb->cwnd, pcb->mss);
}

void segment_grow(struct tcp_pcb *pcb)
{
	u16_t mss = segment_mss(pcb);

	if (pcb->mss > LARGE_LEN || MIN(pcb->cwnd, pcb->snd_wnd_max) < LARGEST_LEN * WINDOW_PARTS) {
		return;
	}
	/* What stays in the machine is copied whole, to memory in one piece. */
	if (!ip_addr_cmp(&pcb->local_ip, &pcb->remote_ip) && !ip_addr_isloopback(&pcb->remote_ip)) {
		pcb->mss = (u16_t)(LARGEST_LEN / mss * mss);
	}
}

bool segment_narrow(struct tcp_pcb *pcb, uint16_t mss)
{
	if (mss >= segment_mss(pcb)) {
		return false;
	}
	if (tcp_ext_arg_get(pcb, MSS_ARG)) {
		tcp_ext_arg_set(pcb, MSS_ARG, (void *)(uintptr_t)mss);
	} else {
		pcb->mss = mss;
	}
	return true;
}

uint16_t segment_mss(const struct tcp_pcb *pcb)
{
	uint16_t agreed = (uint16_t)(uintptr_t)tcp_ext_arg_get(pcb, MSS_ARG);

	return agreed ? agreed : pcb->mss;
}

/* ---- lwIP's hooks ---------------------------------------------------------------------------- */

/* Each segment on its way to IP; a listener's and nobody's answers have no pcb, or not all of it. */
u32_t *inet_segment_mark(struct pbuf *p, const struct tcp_pcb *pcb, u32_t *options)
{
	if (pcb && pcb->state != LISTEN) {
		p->segment_len = segment_mss(pcb);
		p->flags |= PBUF_FLAG_SEGMENT;
	}
	return options;
}

/* As ip_output_if(), which an MTU of 0 keeps from making fragments of what transmit.c will cut. */
err_t inet_segment_output(struct pbuf *p, const ip_addr_t *from, const ip_addr_t *to, u8_t ttl,
	u8_t tos, u8_t protocol, struct netif *netif)
{
	u16_t mtu = netif->mtu, mtu6 = netif->mtu6;
	err_t err;

	if (!(p->flags & PBUF_FLAG_SEGMENT)) {
		return ip_output_if(p, from, to, ttl, tos, protocol, netif);
	}
	if (IP_IS_V6_VAL(*to)) { /* the path may have become narrower */
		unsigned path = nd6_get_destination_mtu(ip_2_ip6(to), netif);
		unsigned headers = IP6_HLEN + TCPH_HDRLEN_BYTES((struct tcp_hdr *)p->payload);

		if (path > headers) {
			p->segment_len = (u16_t)MIN(p->segment_len, path - headers);
		}
	}
	netif->mtu = netif->mtu6 = 0;
	err = ip_output_if(p, from, to, ttl, tos, protocol, netif);
	netif->mtu = mtu;
	netif->mtu6 = mtu6;
	return err;
}
