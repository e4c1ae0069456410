/* epoll.c - system calls of epoll: arguments checked and copied; kernel/poll/epoll.c does it. */
#include "poll.h"
#include "times.h"
#include "user_path.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/epoll.h>
#include <kernel/errno.h>
#include <kernel/poll.h>
#include <kernel/process.h>
#include <linux/epoll.h>
#include <linux/fcntl.h>

/* What EPOLLEXCLUSIVE may be combined with. */
#define EXCLUSIVE_OK (POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

#define EVENTS_MAX (INT32_MAX / (int)sizeof(struct linux_epoll_event))

/* ---- making -------------------------------------------------------------------- */

long sys_epoll_create1(sys_flags flags)
{
	if (flags & ~(unsigned)EPOLL_CLOEXEC) {
		return -EINVAL;
	}
	return user_file_install(epoll_create(), flags);
}

long sys_epoll_create(sys_int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

/* ---- what is watched ------------------------------------------------------------- */

static int control_check(const struct file *self, const struct file *file, int op, unsigned events)
{
	if (!file->ops->poll) {
		return -EPERM;
	}
	if (self == file || !is_epoll(self)) {
		return -EINVAL;
	}
	if (op == EPOLL_CTL_DEL || !(events & EPOLLEXCLUSIVE)) {
		return 0;
	}
	return op == EPOLL_CTL_ADD && !is_epoll(file) && !(events & ~EXCLUSIVE_OK) ? 0 : -EINVAL;
}

static int control(
	struct file *self, struct file *file, int op, int fd, const struct linux_epoll_event *event)
{
	int err = control_check(self, file, op, event->events);

	if (err) {
		return err;
	}
	switch (op) {
	case EPOLL_CTL_ADD:
		return epoll_add(self, file, fd, event->events, event->data);
	case EPOLL_CTL_MOD:
		return epoll_modify(self, file, fd, event->events, event->data);
	case EPOLL_CTL_DEL:
		return epoll_remove(self, file, fd);
	default:
		return -EINVAL;
	}
}

long sys_epoll_ctl(sys_fd epfd, sys_int op, sys_fd fd, sys_ptr user_event)
{
	struct linux_epoll_event event = { 0 };
	struct file *self, *file;
	long err = -EBADF;

	if (op != EPOLL_CTL_DEL && user_copy_in(&event, user_event, sizeof(event))) {
		return -EFAULT;
	}
	self = user_file(epfd);
	file = user_file(fd);
	if (self && file) {
		err = control(self, file, op, fd, &event);
	}
	file_unref(file);
	file_unref(self);
	return err;
}

/* ---- waiting ------------------------------------------------------------------------ */

static int event_out(void *arg, unsigned events, uint64_t data)
{
	vaddr_t *user = arg;
	struct linux_epoll_event event = { events, data };

	if (user_copy_out(*user, &event, sizeof(event))) {
		return -EFAULT;
	}
	*user += sizeof(event);
	return 0;
}

static long wait_do(int epfd, vaddr_t events, int max, nsec_t deadline)
{
	struct file *self;
	long done;

	if (max <= 0 || max > EVENTS_MAX) {
		return -EINVAL;
	}
	self = user_file(epfd);
	if (!self) {
		return -EBADF;
	}
	done = is_epoll(self) ? epoll_wait(self, (unsigned)max, deadline, event_out, &events)
			      : -EINVAL;
	file_unref(self);
	return done;
}

static nsec_t deadline_from(int timeout)
{
	if (timeout < 0) {
		return WAIT_FOREVER;
	}
	return timeout ? clock_now() + (nsec_t)timeout * NSEC_PER_MSEC : 0;
}

long sys_epoll_wait(sys_fd epfd, sys_ptr events, sys_int max, sys_int timeout)
{
	return wait_do(epfd, events, max, deadline_from(timeout));
}

static long wait_masked(
	int epfd, vaddr_t events, int max, nsec_t deadline, vaddr_t mask, size_t mask_size)
{
	long done = user_mask_lend(mask, mask_size);

	return done ? done : user_mask_settle(wait_do(epfd, events, max, deadline));
}

long sys_epoll_pwait(
	sys_fd epfd, sys_ptr events, sys_int max, sys_int timeout, sys_ptr mask, sys_len mask_size)
{
	return wait_masked(epfd, events, max, deadline_from(timeout), mask, mask_size);
}

long sys_epoll_pwait2(
	sys_fd epfd, sys_ptr events, sys_int max, sys_ptr timeout, sys_ptr mask, sys_len mask_size)
{
	nsec_t deadline;
	int err = deadline_in(&deadline, timeout, TIME_64);

	return err ? err : wait_masked(epfd, events, max, deadline, mask, mask_size);
}
