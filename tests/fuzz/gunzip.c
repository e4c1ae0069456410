/*
 * gunzip.c - a packed image: whatever the bytes say, memory is bounded and the unpacking ends.
 */
#include "kernel/zlib/gunzip.c"

#include "shim.h"

#include <kernel/string.h>

#define OUTPUT_MOST (1u << 20)

static size_t output_len;

static int take(void *arg, const void *data, size_t len)
{
	REQUIRE(arg == &output_len && len > 0 && len <= OUTPUT_LEN);
	output_len += len;
	return output_len > OUTPUT_MOST ? -ENOSPC : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = host_alloc(size + 1); /* of its very size, for the sanitizer */
	long len;

	memcpy(copy + 1, data, size);
	output_len = 0;
	len = gunzip_member(copy + 1, size, take, &output_len);
	REQUIRE(len <= (long)size);
	host_free(copy);
	return 0;
}
