/* reent.c - whose errno it is; and error numbers' words, from abi/linux/errno.def. */
#include "thread.h"

#include <errno.h>
#include <string.h>

struct _reent *__getreent(void)
{
	return thread_self()->reent;
}

/* The end of every stub whose call failed; tail-called, so that -1 is the stub's result. */
long __syscall_failed(long result)
{
	errno = (int)-result;
	return -1;
}

static const char *const texts[] = {
#define ERRNO(name, number, text) [number] = (text),
#include <linux/errno.def>
#undef ERRNO
};

char *_strerror_r(struct _reent *reent, int error, int internal, int *status)
{
	if (error == 0) {
		return (char *)"Success";
	}
	if (error > 0 && error < (int)(sizeof(texts) / sizeof(texts[0])) && texts[error]) {
		return (char *)texts[error];
	}
	return (char *)"Unknown error";
}

char *strerror(int error)
{
	return _strerror_r(_REENT, error, 0, NULL);
}
