/* errno.h - negative errno values; the numbers are Linux's (abi/linux/errno.def). */
#ifndef KERNEL_ERRNO_H
#define KERNEL_ERRNO_H

#include <stdbool.h>

#define ERRNO(name, number, text) name = number,
enum errno_value {
#include <linux/errno.def>
};
#undef ERRNO

/* "EINVAL" for 22 or -22; "E?" for a number that is not in the table. */
const char *errno_name(int err);

/* Of a result that is an address or a negative errno: addresses of 32 bits may look negative too. */
static inline bool is_error(long result)
{
	return (unsigned long)result >= -4095ul;
}

/* Linux's two names for one number: of calls, and of operations on a socket. */
#define EOPNOTSUPP ENOTSUP

#endif
