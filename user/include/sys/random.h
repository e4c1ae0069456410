/* sys/random.h - random bytes. */
#ifndef _SYS_RANDOM_H
#define _SYS_RANDOM_H

#include <sys/types.h>
#include <linux/random.h>

ssize_t getrandom(void *buf, size_t len, unsigned int flags);

#endif
