/* poll.h - waiting for files. */
#ifndef _POLL_H
#define _POLL_H

#include <sys/_timespec.h>
#include <sys/select.h>
#include <linux/poll.h>

typedef unsigned long nfds_t;

struct pollfd {
	int fd;
	short events, revents;
};

int poll(struct pollfd *fds, nfds_t count, int timeout);
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

#endif
