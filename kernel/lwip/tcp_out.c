/*
 * lwIP: see include/lwipopts.h. Its segments may be larger than packets (kernel/inet/segment.h), and the memory
 * they refer to is ours (kernel/inet/block.h).
 */
#include <lwip/ip.h>
#include <lwip/pbuf.h>
#undef ip_output_if
#define ip_output_if inet_segment_output
#define pbuf_alloc(layer, len, type)                                                               \
	((type) == PBUF_ROM ? inet_piece_make(len) : pbuf_alloc(layer, len, type))
#include <lwip/src/core/tcp_out.c>
