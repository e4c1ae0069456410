/* option.c - the command line, which the toolstack's user may write as he likes. */
#include "shim.h"

#include <kernel/errno.h>
#include <kernel/option.h>
#include <kernel/string.h>

static bool flag;
static unsigned number = 3;
static char text[16];
OPTION_FLAG(flag, "flag", flag, "");
OPTION_UINT(number, "number", number, 3, 1000, "");
OPTION_TEXT(text, "text", text, "");
OPTION_FLAG(f, "f", flag, "");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = host_alloc(size + 1), *error;
	size_t error_size = size % 97;
	int err;

	error = host_alloc(error_size + 1);
	memcpy(line, data, size);
	err = option_parse(line, error, error_size);
	REQUIRE(err == 0 || err == -EINVAL);
	REQUIRE(number >= 3 && number <= 1000);
	REQUIRE(strnlen(text, sizeof(text)) < sizeof(text));
	REQUIRE(!err || !error_size || strnlen(error, error_size) < error_size);
	host_free(error);
	host_free(line);
	return 0;
}
