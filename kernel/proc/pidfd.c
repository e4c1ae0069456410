/*
 * pidfd.c - a process as a file: its number may be given to another one day, the
 * file goes on to mean this one. It becomes readable when the process ends.
 */
#include "pidfd.h"

#include <kernel/errno.h>
#include <kernel/poll.h>
#include <linux/fcntl.h>

static unsigned pidfd_poll(struct file *file, struct poll_table *table)
{
	struct process *process = file->private;

	poll_wait(table, &process->end_event);
	return READ_ONCE(process->is_zombie) ? POLLIN | POLLRDNORM : 0;
}

static void pidfd_release(struct file *file)
{
	process_unref(file->private);
}

static const struct file_ops pidfd_ops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.kind = "[pidfd]",
};

struct file *pidfd_create(struct process *process, unsigned flags)
{
	struct file *file = file_create(&pidfd_ops, O_RDWR | (flags & O_NONBLOCK), process);

	if (file) {
		process_ref(process);
	}
	return file;
}

struct process *pidfd_process(int fd, bool *is_nonblocking)
{
	struct file *file = fd_get(task_current()->fds, fd);
	struct process *process = file && file->ops == &pidfd_ops ? file->private : NULL;

	if (process) {
		process_ref(process);
		*is_nonblocking = READ_ONCE(file->flags) & O_NONBLOCK;
	}
	file_unref(file);
	return process;
}

bool process_is_known(const struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool is_known = list_is_linked(&process->all_link);

	spin_unlock_irqrestore(&process_lock, irq);
	return is_known;
}
