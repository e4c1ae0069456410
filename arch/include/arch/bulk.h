/*
 * arch/bulk.h - contract: copying and filling much memory as the machine does it best.
 *
 * memcpy() and memset() use these from BULK_LEAST bytes on (kernel/core/string.c).
 */
#ifndef ARCH_BULK_H
#define ARCH_BULK_H

#include <kernel/types.h>

/* From here on it pays. */
#define BULK_LEAST 128u

/* Words of 8 bytes, ascending, of any alignment. Any context. */
void bulk_copy(void *dst, const void *src, size_t words);
void bulk_fill(void *dst, uint64_t word, size_t words);

#endif
