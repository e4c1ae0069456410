/*
 * stream_error.c - what ICMP says about TCP connections (RFC 1122, 4.2.3.9; RFC 5927; RFC 8201).
 *
 * Only what quotes a sequence number that is on its way is looked at: who cannot see the connection has to guess it. As on
 * Linux any error ends an attempt to connect, and is queued (error_queue.c); a connection that stands goes on, and remembers the error until
 * something is acknowledged: it is what is said when it is given up, and what SO_ERROR tells. Who asked by IP_RECVERR
 * hears of it at once.
 *
 * That a packet was too big makes the connection's smaller from there on, and what is on its way is sent again.
 */
#include "stream.h"

#include <lwip/priv/tcp_priv.h>
#include "icmp_error.h"
#include "icmp_quote.h"
#include "segment.h"

/* Not less than this, whatever is said; it is Linux's. IPv6 has its own (icmp_error.c). */
#define PATH4_LEAST 552u

static struct tcp_pcb *sender_find(const struct icmp_quote *q)
{
	struct tcp_pcb *pcb = tcp_active_pcbs;

	while (pcb &&
		(pcb->local_port != q->from_port || pcb->remote_port != q->to_port ||
			!ip_addr_cmp(&pcb->local_ip, &q->from) ||
			!ip_addr_cmp(&pcb->remote_ip, &q->to))) {
		pcb = pcb->next;
	}
	/* Until its handshake is over, a connection is the listener's, whom it does not concern. */
	return pcb && pcb->state != SYN_RCVD && TCP_SEQ_BETWEEN(q->seq, pcb->lastack, pcb->snd_nxt)
		? pcb
		: NULL;
}

static void narrow(struct tcp_pcb *pcb, const struct icmp_quote *q)
{
	bool is_v6 = IP_IS_V6_VAL(pcb->remote_ip);
	uint32_t mtu = is_v6 ? q->info : MAX(q->info, PATH4_LEAST);
	uint32_t mss = mtu - TCP_HLEN - (is_v6 ? IP6_HLEN : IP_HLEN);

	if (mss < UINT16_MAX && segment_narrow(pcb, (uint16_t)mss)) {
		tcp_rexmit_rto(pcb);
	}
}

bool stream_is_sender(const struct icmp_quote *q)
{
	return sender_find(q);
}

void stream_error_take_in(const struct icmp_quote *q, const struct pbuf *p)
{
	struct tcp_pcb *pcb = sender_find(q);
	struct stream *s = pcb ? pcb->callback_arg : NULL;

	if (!pcb) {
		return;
	}
	if (q->is_too_big) {
		narrow(pcb, q);
	} else if (!s) {
		return; /* it was closed, and ends by itself */
	} else if (pcb->state == SYN_SENT) {
		if (!IP_IS_V6_VAL(q->to) || s->inet.wants_errors6) {
			icmp_error_queue(&s->inet, q, p, q->data_at);
		}
		s->soft_error = q->error;
		tcp_abandon(pcb, 0);
	} else if (IP_IS_V6_VAL(q->to) ? s->inet.wants_errors6 : s->inet.wants_errors4) {
		WRITE_ONCE(s->inet.error, q->error);
		stream_changed(s);
	} else {
		s->soft_error = q->error;
	}
}
