/* stdlib.h - what lwIP includes by this name: it numbers interfaces, we do not look them up so. */
#ifndef LWIP_STDLIB_H
#define LWIP_STDLIB_H

static inline int atoi(const char *digits)
{
	int n = 0;

	while (*digits >= '0' && *digits <= '9') {
		n = n * 10 + (*digits++ - '0');
	}
	return n;
}

#endif
