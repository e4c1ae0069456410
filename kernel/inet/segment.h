/*
 * segment.h - TCP segments larger than the network's packets.
 *
 * What a segment costs, it costs once, so lwIP makes segments of many MSS once a connection stands, and
 * transmit.c hands them to devices that cut them (GSO), or cuts them itself. To lwIP the connection's
 * MSS is the large one. It is about the initial window of RFC 6928, since it is also the least that
 * lwIP sends after a loss.
 */
#ifndef INET_SEGMENT_H
#define INET_SEGMENT_H

#include <kernel/types.h>

struct tcp_pcb;

/* With the stack's lock: what it sends from now on is in large segments. Once, when it is connected. */
void segment_enlarge(struct tcp_pcb *pcb);
/* The MSS that was agreed with the other side, bytes. */
uint16_t segment_mss(const struct tcp_pcb *pcb);

#endif
