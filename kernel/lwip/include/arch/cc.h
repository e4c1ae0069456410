/* arch/cc.h - lwIP's view of the compiler and of the machine below it. */
#ifndef LWIP_ARCH_CC_H
#define LWIP_ARCH_CC_H

#include <kernel/panic.h>
#include <kernel/types.h>

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H   1
#define LWIP_NO_UNISTD_H   1
#define LWIP_NO_CTYPE_H	   1

#define X8_F  "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "zu"

typedef long ssize_t;
#define SSIZE_MAX LONG_MAX
#define INT_MAX	  INT32_MAX

#define LWIP_PLATFORM_DIAG(x)                                                                      \
	do {                                                                                       \
	} while (0)
#define LWIP_PLATFORM_ASSERT(text) panic("lwip: %s", text)
#define LWIP_RAND()		   inet_random()

uint32_t inet_random(void);
void inet_locked_check(void);
void *inet_memory_get(size_t size);
void *inet_memory_get_array(size_t count, size_t size);
void inet_memory_put(void *memory);

#endif
