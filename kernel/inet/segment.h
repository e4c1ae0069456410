/*
 * segment.h - TCP segments larger than the network's packets.
 *
 * What a segment costs, it costs once, so lwIP makes segments of many MSS once a connection stands, and
 * transmit.c hands them to devices that cut them (GSO), or cuts them itself. To lwIP the connection's
 * MSS is the large one. At first it is about the initial window of RFC 6928, since it is also the least that
 * lwIP sends after a loss. A connection whose windows, both its own and the other side's, have grown to several of the largest
 * that there can be is given these: so much at a time is then a part of what its path was seen to carry.
 * It never shrinks again, since lwIP would wait for ever with a segment that is larger than the window.
 */
#ifndef INET_SEGMENT_H
#define INET_SEGMENT_H

#include <kernel/types.h>

struct tcp_pcb;

/* With the stack's lock: what it sends from now on is in large segments. Once, when it is connected. */
void segment_enlarge(struct tcp_pcb *pcb);
/* With the stack's lock: something was acknowledged, after which segments may be larger. */
void segment_grow(struct tcp_pcb *pcb);
/* With the stack's lock: its path carries packets of up to `mss` bytes of payload, not 0. false: it was known to. */
bool segment_narrow(struct tcp_pcb *pcb, uint16_t mss);
/* The MSS that was agreed with the other side, or what the path carries of it, bytes. */
uint16_t segment_mss(const struct tcp_pcb *pcb);

#endif
