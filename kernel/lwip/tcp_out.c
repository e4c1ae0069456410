/* lwIP: see include/lwipopts.h. Its segments may be larger than packets: kernel/inet/segment.h. */
#include <lwip/ip.h>
#undef ip_output_if
#define ip_output_if inet_segment_output
#include <lwip/src/core/tcp_out.c>
