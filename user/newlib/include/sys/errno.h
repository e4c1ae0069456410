/* sys/errno.h - Linux's error numbers, as macros, from abi/linux/errno.def (errno_numbers.h). */
#ifndef _SYS_ERRNO_H_
#define _SYS_ERRNO_H_

#include <sys/reent.h>
#include <errno_numbers.h>

#define errno (*__errno())
int *__errno(void);

#define __errno_r(reent) ((reent)->_errno)

#define EWOULDBLOCK EAGAIN
#define EDEADLK	    EDEADLOCK
#define EOPNOTSUPP  ENOTSUP
#define EFTYPE	    EINVAL /* newlib's <search.h>, from BSD */

/* Above Linux's numbers: newlib lets users add their own from here. */
#define __ELASTERROR 2000

#endif
