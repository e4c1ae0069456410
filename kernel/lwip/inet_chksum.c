/* lwIP: see include/lwipopts.h. */
#include <lwip/src/core/inet_chksum.c>
