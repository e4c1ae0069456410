/* pidfd.c - opening a process as a file, and taking one of its files. */
#include "user_path.h"

#include "../fs/procfs.h"
#include "../proc/pidfd.h"

#include <kernel/errno.h>
#include <linux/fcntl.h>

/* -EINVAL for the number of a thread that is not a process. */
long sys_pidfd_open(sys_int pid, sys_flags flags)
{
	struct process *process;
	irq_state_t irq;
	bool is_thread;
	long fd;

	if (flags & ~(unsigned)O_NONBLOCK || pid <= 0) {
		return -EINVAL;
	}
	process = process_find(pid);
	if (!process) {
		irq = spin_lock_irqsave(&process_lock);
		is_thread = task_find(NULL, pid);
		spin_unlock_irqrestore(&process_lock, irq);
		return is_thread ? -EINVAL : -ESRCH;
	}
	fd = user_file_install(pidfd_create(process, flags), O_CLOEXEC);
	process_unref(process);
	return fd;
}

static bool may_take(const struct process *other)
{
	const struct process *self = process_current();

	return self->euid == 0 ||
		(self->uid == other->uid && self->uid == other->euid && self->uid == other->suid);
}

static long file_take(struct process *other, int fd)
{
	struct fd_table *fds;
	struct file *file;

	if (!may_take(other)) {
		return -EPERM;
	}
	fds = proc_fds_look(other);
	if (!fds) {
		return -ESRCH;
	}
	file = fd_get(fds, fd);
	fd_table_look_end(fds);
	return file ? user_file_install(file, O_CLOEXEC) : -EBADF;
}

long sys_pidfd_getfd(sys_fd pidfd, sys_int fd, sys_flags flags)
{
	struct process *process;
	bool is_nonblocking;
	long result;

	if (flags) {
		return -EINVAL;
	}
	process = pidfd_process(pidfd, &is_nonblocking);
	if (!process) {
		return -EBADF;
	}
	result = file_take(process, fd);
	process_unref(process);
	return result;
}
