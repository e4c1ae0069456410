/* ref.h - references that are counted, of what can be found until its end. */
#ifndef KERNEL_REF_H
#define KERNEL_REF_H

#include <kernel/types.h>

/* One more of these, unless there is none any more: what they count is then ending. Any context. */
static inline __must_check bool ref_try(unsigned *refs)
{
	unsigned seen = READ_ONCE(*refs);

	while (seen > 0) {
		if (__atomic_compare_exchange_n(
			    refs, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			return true;
		}
	}
	return false;
}

#endif
