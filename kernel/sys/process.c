/* process.c - system calls that make, replace, end and await processes. */
#include "args.h"
#include "process.h"
#include "times.h"
#include "user_path.h"

#include "../proc/pidfd.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signal.h>

/* Of a program: a path behind a descriptor's. */
#define NAME_SIZE (PATH_LEN_MAX + sizeof("/dev/fd/-2147483648/"))

/* ---- making -------------------------------------------------------------- */

long sys_fork(void)
{
	return process_clone(&(struct clone_args_kernel){ .exit_signal = SIGCHLD });
}

long sys_vfork(void)
{
	return process_clone(&(struct clone_args_kernel){
		.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD });
}

long process_clone_by(
	unsigned flags, vaddr_t stack, vaddr_t parent_tid, vaddr_t child_tid, unsigned long tls)
{
	if (flags & CLONE_PIDFD && flags & CLONE_PARENT_SETTID) {
		return -EINVAL; /* both would go to one place */
	}
	return process_clone(&(struct clone_args_kernel){
		.flags = flags & ~CSIGNAL,
		.exit_signal = (int)(flags & CSIGNAL),
		.stack = stack,
		.parent_tid = parent_tid,
		.pidfd = parent_tid,
		.child_tid = child_tid,
		.tls = tls,
	});
}

/* Bytes beyond what we know must be zero, so that a newer program's wish is not ignored. */
int struct_tail_check(vaddr_t at, size_t len)
{
	while (len--) {
		uint8_t byte;

		if (user_copy_in(&byte, at++, 1)) {
			return -EFAULT;
		}
		if (byte) {
			return -E2BIG;
		}
	}
	return 0;
}

long sys_clone3(sys_ptr user, sys_len size)
{
	struct linux_clone_args args = { 0 };
	int err;

	if (size < CLONE_ARGS_SIZE_VER0) {
		return -EINVAL;
	}
	if (size > PAGE_SIZE) {
		return -E2BIG;
	}
	err = user_copy_in(&args, user, MIN(size, sizeof(args)));
	if (!err && size > sizeof(args)) {
		err = struct_tail_check(user + sizeof(args), size - sizeof(args));
	}
	if (err) {
		return err;
	}
	if (args.flags & CSIGNAL || args.exit_signal > SIGNAL_COUNT || args.set_tid_size ||
		!args.stack != !args.stack_size) {
		return -EINVAL;
	}
	return process_clone(&(struct clone_args_kernel){
		.flags = args.flags,
		.exit_signal = (int)args.exit_signal,
		.stack = args.stack + args.stack_size,
		.parent_tid = args.parent_tid,
		.pidfd = args.pidfd,
		.child_tid = args.child_tid,
		.tls = args.tls,
	});
}

/* ---- replacing ------------------------------------------------------------ */

/* As Linux calls what begins at a descriptor: for heap_free(), or NULL. */
static char *name_make(int dir, const char *path)
{
	char *name = heap_alloc_unfilled(NAME_SIZE);

	if (name) {
		fmt_print(name, NAME_SIZE, "/dev/fd/%d%s%s", dir, path[0] ? "/" : "", path);
	}
	return name;
}

static int exec_named(const struct user_path *path, int dir, unsigned at_flags, const char *name,
	vaddr_t user_argv, vaddr_t user_envp)
{
	struct exec_what what = { path->base, path->text, user_path_flags(at_flags), name,
		path->file && fd_close_on_exec(task_current()->fds, dir) };
	struct args argv = { 0 }, envp = { 0 };
	int err = args_read(&argv, user_argv);

	if (!err) {
		err = args_read(&envp, user_envp);
	}
	if (!err) {
		err = process_exec(
			&what, (const char *const *)argv.list, (const char *const *)envp.list);
	}
	args_free(&argv);
	args_free(&envp);
	return err;
}

long sys_execveat(sys_fd dir, sys_path path, sys_ptr argv, sys_ptr envp, sys_flags flags)
{
	struct user_path p;
	char *made = NULL;
	int err;

	if (flags & ~(unsigned)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) {
		return -EINVAL;
	}
	err = user_path_get(&p, dir, path);
	if (err) {
		return err;
	}
	if (p.file) {
		made = name_make(dir, p.text);
		err = made ? 0 : -ENOMEM;
	}
	if (!err) {
		err = exec_named(&p, dir, (unsigned)flags, made ? made : p.text, argv, envp);
	}
	heap_free(made);
	user_path_put(&p);
	return err;
}

long sys_execve(sys_path path, sys_ptr argv, sys_ptr envp)
{
	return sys_execveat(AT_FDCWD, path, argv, envp, 0);
}

/* ---- ending, waiting ------------------------------------------------------ */

long sys_exit(sys_int code)
{
	process_exit_thread(code);
}

long sys_exit_group(sys_int code)
{
	process_exit_group((code & 0xff) << 8);
}

static struct linux_timeval timeval_of(nsec_t t)
{
	return (struct linux_timeval){ (int64_t)(t / NSEC_PER_SEC),
		(int64_t)(t % NSEC_PER_SEC / NSEC_PER_USEC) };
}

static int usage_out(vaddr_t user, nsec_t user_time, nsec_t system_time)
{
	struct linux_rusage usage = { .user = timeval_of(user_time),
		.system = timeval_of(system_time) };

	return user_copy_out(user, &usage, sizeof(usage));
}

long sys_wait4(sys_int pid, sys_ptr status, sys_flags options, sys_ptr usage)
{
	struct process *child;
	int word;
	long found;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED)) {
		return -EINVAL;
	}
	found = process_wait(pid, &word, (int)options | WEXITED, &child);
	if (found <= 0) {
		return found;
	}
	if ((status && user_copy_out(status, &word, sizeof(word))) ||
		(usage && usage_out(usage, child->user_time, child->system_time))) {
		found = -EFAULT;
	}
	process_unref(child);
	return found;
}

static void waitid_info(struct linux_siginfo *info, const struct process *child, int word)
{
	info->signo = SIGCHLD;
	info->sender.pid = child->pid;
	info->sender.uid = child->uid;
	if (word == 0xffff) {
		info->code = CLD_CONTINUED;
		info->sender.status = SIGCONT;
	} else if ((word & 0xff) == 0x7f) {
		info->code = CLD_STOPPED;
		info->sender.status = word >> 8;
	} else if (word & 0x7f) {
		info->code = CLD_KILLED;
		info->sender.status = word & 0x7f;
	} else {
		info->code = CLD_EXITED;
		info->sender.status = word >> 8;
	}
}

/* -EBADF when it is none; one that was waited for has no number any more, which no child has. */
static int pid_of_pidfd(int fd, bool *is_nonblocking)
{
	struct process *process = pidfd_process(fd, is_nonblocking);
	int pid = -EBADF;

	if (process) {
		pid = process_is_known(process) ? process->pid : INT32_MAX;
		process_unref(process);
	}
	return pid;
}

long sys_waitid(sys_int type, sys_int id, sys_ptr user_info, sys_flags options, sys_ptr usage)
{
	struct linux_siginfo info = { 0 };
	struct process *child = NULL;
	bool is_nonblocking = false;
	int word, pid;
	long found;

	if (options & ~(WNOHANG | WUNTRACED | WEXITED | WCONTINUED | WNOWAIT) ||
		!(options & (WUNTRACED | WEXITED | WCONTINUED))) {
		return -EINVAL;
	}
	switch (type) {
	case P_ALL:
		pid = -1;
		break;
	case P_PID:
		pid = id;
		break;
	case P_PGID:
		pid = id ? -id : 0;
		break;
	case P_PIDFD:
		pid = id < 0 ? -EINVAL : pid_of_pidfd(id, &is_nonblocking);
		break;
	default:
		return -EINVAL;
	}
	if (type == P_PID && id <= 0) {
		return -EINVAL;
	}
	if (type == P_PIDFD && pid < 0) {
		return pid;
	}
	if (is_nonblocking && !(options & WNOHANG)) {
		options |= WNOHANG;
	} else {
		is_nonblocking = false;
	}
	found = process_wait(pid, &word, (int)options, &child);
	if (!found && is_nonblocking) {
		return -EAGAIN;
	}
	if (found > 0) {
		waitid_info(&info, child, word);
		if (usage && usage_out(usage, child->user_time, child->system_time)) {
			found = -EFAULT;
		}
		process_unref(child);
	}
	/* Zeroes when there is nothing to tell, even for an error. */
	if (user_info && user_copy_out(user_info, &info, sizeof(info))) {
		found = -EFAULT;
	}
	return found < 0 ? found : 0;
}

long sys_getrusage(sys_int who, sys_ptr user)
{
	const struct process *p = process_current();
	nsec_t used;
	int err;

	switch (who) {
	case RUSAGE_SELF:
		err = clock_value(CLOCK_PROCESS_CPUTIME_ID, &used);
		return err ? err : usage_out(user, used, 0);
	case RUSAGE_THREAD:
		return usage_out(user, thread_run_time(thread_current()), 0);
	case RUSAGE_CHILDREN:
		return usage_out(user, p->children_time, 0);
	default:
		return -EINVAL;
	}
}
