/* bulk.c (fake) - arch/bulk.h by loops that the sanitizers see into. */
#include <arch/bulk.h>

typedef uint64_t __attribute__((aligned(1), may_alias)) word_t;

void bulk_copy(void *dst, const void *src, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		((word_t *)dst)[i] = ((const word_t *)src)[i];
		barrier();
	}
}

void bulk_fill(void *dst, uint64_t word, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		((word_t *)dst)[i] = word;
		barrier();
	}
}
