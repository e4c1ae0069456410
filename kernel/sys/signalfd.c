/*
 * signalfd.c - signals as something to read: who reads takes what is pending for
 * itself and its process (not for who made the file), out of the file's set.
 */
#include "user_path.h"

#include "../proc/signal_state.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/poll.h>
#include <kernel/string.h>
#include <linux/epoll.h>
#include <linux/fcntl.h>

struct signalfd {
	sigset_kernel_t set;
};

static const struct file_ops signalfd_ops;

static sigset_kernel_t set_of(const struct file *file)
{
	const struct signalfd *s = file->private;

	return READ_ONCE(s->set);
}

static bool has_signal(const struct file *file)
{
	const struct task *task = task_current();

	return task &&
		(READ_ONCE(task->pending.set) | READ_ONCE(task->process->pending.set)) &
		set_of(file);
}

static void record_fill(struct linux_signalfd_siginfo *record, const struct signal_info *info)
{
	struct linux_siginfo s;

	siginfo_fill(&s, info);
	*record = (struct linux_signalfd_siginfo){
		.signo = (uint32_t)s.signo, .error = s.error, .code = s.code
	};
	if (siginfo_is_fault(info)) {
		record->address = s.address;
		return;
	}
	if (info->code == SI_TIMER) {
		record->tid = (uint32_t)s.sender.pid;
		record->overrun = s.sender.uid;
	} else {
		record->pid = (uint32_t)s.sender.pid;
		record->uid = s.sender.uid;
	}
	if (info->signo == SIGCHLD && info->code > 0) {
		record->status = s.sender.status;
	} else if (info->code < 0) {
		record->pointer = s.sender.value;
		record->integer = (int32_t)s.sender.value;
	}
}

/* The first of a read may be waited for. */
static long signal_await(struct file *file, struct signal_info *info)
{
	int signo;

	while (!(signo = signal_take(set_of(file), info))) {
		if (READ_ONCE(file->flags) & O_NONBLOCK) {
			return -EAGAIN;
		}
		if (signal_is_pending()) {
			return -ERESTARTSYS;
		}
		wait_until(signal_event(process_current()), has_signal(file) || signal_is_pending(),
			WAIT_FOREVER);
	}
	return signo;
}

static long signalfd_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct linux_signalfd_siginfo record;
	size_t count = len / sizeof(record), done = 0;
	struct signal_info info;
	long signo;

	if (!count || !process_current()) {
		return -EINVAL;
	}
	signo = signal_await(file, &info);
	while (signo > 0) {
		record_fill(&record, &info);
		memcpy((char *)buf + done * sizeof(record), &record, sizeof(record));
		signo = ++done < count ? signal_take(set_of(file), &info) : 0;
	}
	return done ? (long)(done * sizeof(record)) : signo;
}

static unsigned signalfd_poll(struct file *file, struct poll_table *table)
{
	if (process_current()) {
		poll_wait_for(table, signal_event(process_current()), POLLIN);
	}
	return has_signal(file) ? POLLIN : 0;
}

static void signalfd_release(struct file *file)
{
	heap_free(file->private);
}

static const struct file_ops signalfd_ops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.kind = "[signalfd]",
};

static long signalfd_make(sigset_kernel_t set, unsigned flags)
{
	struct signalfd *s = heap_alloc(sizeof(*s));
	struct file *file = NULL;

	if (s) {
		s->set = set;
		file = file_create(&signalfd_ops, O_RDWR | (flags & SFD_NONBLOCK), s);
	}
	if (!file) {
		heap_free(s);
	}
	return user_file_install(file, flags);
}

static long signalfd_change(int fd, sigset_kernel_t set)
{
	struct file *file = user_file(fd);
	long err = !file ? -EBADF : file->ops != &signalfd_ops ? -EINVAL : 0;

	if (!err) {
		WRITE_ONCE(((struct signalfd *)file->private)->set, set);
		wait_wake_all(signal_event(process_current()));
	}
	file_unref(file);
	return err ? err : fd;
}

long sys_signalfd4(sys_fd fd, sys_ptr mask, sys_len mask_size, sys_flags flags)
{
	sigset_kernel_t set;

	if (mask_size != sizeof(set)) {
		return -EINVAL;
	}
	if (user_copy_in(&set, mask, sizeof(set))) {
		return -EFAULT;
	}
	if (flags & ~(unsigned)(SFD_NONBLOCK | SFD_CLOEXEC)) {
		return -EINVAL;
	}
	set &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	return fd == -1 ? signalfd_make(set, flags) : signalfd_change(fd, set);
}

long sys_signalfd(sys_fd fd, sys_ptr mask, sys_len mask_size)
{
	return sys_signalfd4(fd, mask, mask_size, 0);
}
