/* sys/select.h - select(), with room for 1024 descriptors. */
#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H

#include <sys/cdefs.h>
#include <sys/_sigset.h>
#include <sys/_timeval.h>
#include <sys/timespec.h>

#if !defined(_SIGSET_T_DECLARED)
#define _SIGSET_T_DECLARED
typedef __sigset_t sigset_t;
#endif

#define FD_SETSIZE 1024
#define NFDBITS	   (8 * (int)sizeof(long))

#define _SYS_TYPES_FD_SET
typedef struct {
	unsigned long fds_bits[FD_SETSIZE / NFDBITS];
} fd_set;

#define FD_SET(n, set)	 ((set)->fds_bits[(n) / NFDBITS] |= 1ul << (n) % NFDBITS)
#define FD_CLR(n, set)	 ((set)->fds_bits[(n) / NFDBITS] &= ~(1ul << (n) % NFDBITS))
#define FD_ISSET(n, set) ((int)((set)->fds_bits[(n) / NFDBITS] >> (n) % NFDBITS & 1))
#define FD_ZERO(set)	 ((void)(*(set) = (fd_set){ 0 }))

int select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout);
int pselect(int count, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout,
	const sigset_t *mask);

#endif
