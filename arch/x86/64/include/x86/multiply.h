/* x86/multiply.h (64-bit) - the product of two 64-bit numbers, all of it, shifted. */
#ifndef X86_MULTIPLY_H
#define X86_MULTIPLY_H

#include <kernel/types.h>

/* a * b >> shift, of 128 bits of product the lowest 64; shift is below 64. */
static inline uint64_t multiply_shift(uint64_t a, uint64_t b, unsigned shift)
{
	return (uint64_t)((unsigned __int128)a * b >> shift);
}

#endif
