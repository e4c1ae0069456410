/* errno.c - names of error numbers, from the one table of them. */
#include <kernel/errno.h>
#include <kernel/types.h>

#define ERRNO(name, number, text) [number] = #name,
static const char *const names[] = {
#include <linux/errno.def>
};
#undef ERRNO

const char *errno_name(int err)
{
	unsigned n = err < 0 ? 0u - (unsigned)err : (unsigned)err;

	return n < ARRAY_SIZE(names) && names[n] ? names[n] : "E?";
}
