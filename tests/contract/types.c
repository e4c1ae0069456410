/* types.c - the macros of kernel/types.h that look like functions. */
#include <kernel/ktest.h>
#include <kernel/types.h>

static unsigned readings;

/* As an index in shared memory: it grows between two readings. */
static unsigned moving(void)
{
	return ++readings;
}

KTEST(types_min_and_max)
{
	KTEST_EXPECT(MIN(1u, 2ul) == 1 && MIN(2u, 1ul) == 1 && MIN(-1, 1) == -1);
	KTEST_EXPECT(MAX(1u, 2ul) == 2 && MAX(2u, 1ul) == 2 && MAX(-1, 1) == 1);
	KTEST_EXPECT(MIN(MAX(3, 5), MIN(9, 7)) == 5);
	KTEST_EXPECT(MIN(UINT64_MAX, 1u) == 1 && MAX(UINT64_MAX, 1u) == UINT64_MAX);
}

KTEST(types_min_reads_once)
{
	readings = 9;
	KTEST_EXPECT(MIN(16u, MIN(moving(), 100u)) == 10 && readings == 10);
	KTEST_EXPECT(MAX(moving(), 5u) == 11 && readings == 11);
	KTEST_EXPECT(MIN(moving(), moving() - 1) == 12 && readings == 13);
}
