/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/tcp.c>
