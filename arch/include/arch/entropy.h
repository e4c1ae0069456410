/* arch/entropy.h - contract: randomness that the hardware offers. */
#ifndef ARCH_ENTROPY_H
#define ARCH_ENTROPY_H

#include <kernel/types.h>

/* Fill with bytes of the hardware's generator: how many, 0 where there is none. Any context. */
size_t arch_entropy(void *buf, size_t len);

#endif
