/* x86/multiply.h (32-bit) - the product of two 64-bit numbers, all of it, shifted: from four products of halves. */
#ifndef X86_MULTIPLY_H
#define X86_MULTIPLY_H

#include <kernel/types.h>

/* a * b >> shift, of 128 bits of product the lowest 64; shift is below 64. */
static inline uint64_t multiply_shift(uint64_t a, uint64_t b, unsigned shift)
{
	uint32_t a0 = (uint32_t)a, a1 = (uint32_t)(a >> 32);
	uint32_t b0 = (uint32_t)b, b1 = (uint32_t)(b >> 32);
	uint64_t lowest = (uint64_t)a0 * b0, left = (uint64_t)a1 * b0, right = (uint64_t)a0 * b1;
	uint64_t middle = (lowest >> 32) + (uint32_t)left + (uint32_t)right;
	uint64_t low = middle << 32 | (uint32_t)lowest;
	uint64_t high = (uint64_t)a1 * b1 + (left >> 32) + (right >> 32) + (middle >> 32);

	return shift ? low >> shift | high << (64 - shift) : low;
}

#endif
