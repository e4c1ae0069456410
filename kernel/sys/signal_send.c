/*
 * signal_send.c - system calls that send signals: to processes, threads, groups.
 *
 * Order of refusals, as on Linux: nobody there, then a number that is none, then
 * the permission. Signal 0 asks for these answers only.
 */
#include "../proc/pidfd.h"
#include "../proc/signal_state.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>

static struct signal_info info_of_sender(int signo, int code)
{
	const struct process *p = process_current();

	return (struct signal_info){ .signo = signo, .code = code, .pid = p->pid, .uid = p->uid };
}

static bool may_signal(const struct process *to, int signo)
{
	const struct process *p = process_current();

	return p->euid == 0 || p->euid == to->uid || p->uid == to->uid || p->euid == to->suid ||
		p->uid == to->suid || (signo == SIGCONT && p->sid == to->sid);
}

static int sending_check(const struct process *to, int signo)
{
	if (signo < 0 || signo > SIGNAL_COUNT) {
		return -EINVAL;
	}
	return may_signal(to, signo) ? 0 : -EPERM;
}

/* ---- processes ---------------------------------------------------------------------- */

static long process_signal(int pid, const struct signal_info *info)
{
	struct process *p = process_find(pid);
	long err;

	if (!p) {
		return -ESRCH;
	}
	err = sending_check(p, info->signo);
	if (!err && info->signo) {
		err = signal_send_process(p, info);
	}
	process_unref(p);
	return err;
}

/* kill(-1), all but process 1 and the caller; and kill(-group). At once, so that no fork escapes. */
static long many_signal(int pgid, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	long result = -ESRCH;

	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->is_zombie ||
			(pgid ? p->pgid != pgid : p->pid == 1 || p == process_current())) {
			continue;
		}
		if (!may_signal(p, info->signo)) {
			result = result ? -EPERM : 0;
			continue;
		}
		result = 0;
		if (info->signo) {
			(void)!signal_send_locked(p, NULL, info);
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return result;
}

long sys_kill(sys_int pid, sys_int signal)
{
	struct signal_info info = info_of_sender(signal, SI_USER);

	if (pid > 0) {
		return process_signal(pid, &info);
	}
	if (pid == INT32_MIN) {
		return -ESRCH; /* it has no absolute value */
	}
	if (signal < 0 || signal > SIGNAL_COUNT) {
		return -EINVAL;
	}
	if (pid == -1) {
		return many_signal(0, &info);
	}
	return many_signal(pid ? -pid : process_current()->pgid, &info);
}

/* ---- threads -------------------------------------------------------------------------- */

/* pid 0: of whichever process. */
static long thread_signal(int pid, int tid, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct task *task = task_find(NULL, tid);
	long err = -ESRCH;

	if (task && (!pid || task->process->pid == pid)) {
		err = sending_check(task->process, info->signo);
		if (!err && info->signo) {
			err = signal_send_locked(task->process, task, info);
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

long sys_tkill(sys_int tid, sys_int signal)
{
	struct signal_info info = info_of_sender(signal, SI_TKILL);

	return tid <= 0 ? -EINVAL : thread_signal(0, tid, &info);
}

long sys_tgkill(sys_int pid, sys_int tid, sys_int signal)
{
	struct signal_info info = info_of_sender(signal, SI_TKILL);

	return pid <= 0 || tid <= 0 ? -EINVAL : thread_signal(pid, tid, &info);
}

/* ---- with details of the sender's choice ------------------------------------------------ */

/* Nobody may pass for the kernel or for tkill(), but to himself. */
static int info_in(struct signal_info *info, vaddr_t user, int signo, bool is_self)
{
	struct linux_siginfo linux_info;

	if (user_copy_in(&linux_info, user, sizeof(linux_info))) {
		return -EFAULT;
	}
	if ((linux_info.code >= 0 || linux_info.code == SI_TKILL) && !is_self) {
		return -EPERM;
	}
	*info = (struct signal_info){ .signo = signo,
		.code = linux_info.code,
		.errno_value = linux_info.error,
		.pid = linux_info.sender.pid,
		.uid = linux_info.sender.uid,
		.status = linux_info.sender.status,
		.address = linux_info.address,
		.value = linux_info.sender.value };
	return 0;
}

/* By file: the process that it means, not one that has got its number since. */
static long pidfd_signal(struct process *p, int signo, vaddr_t user)
{
	struct signal_info info = info_of_sender(signo, SI_USER);
	int err = 0;

	if (user) {
		err = info_in(&info, user, signo, p == process_current());
	}
	if (!err) {
		err = process_is_known(p) ? sending_check(p, signo) : -ESRCH;
	}
	if (!err && signo) {
		err = signal_send_process(p, &info);
	}
	return err;
}

long sys_pidfd_send_signal(sys_fd fd, sys_int signal, sys_ptr user, sys_flags flags)
{
	bool is_nonblocking;
	struct process *p;
	int32_t signo;
	long err;

	if (flags) {
		return -EINVAL;
	}
	p = pidfd_process(fd, &is_nonblocking);
	if (!p) {
		return -EBADF;
	}
	err = user ? user_copy_in(&signo, user, sizeof(signo)) : 0;
	if (!err && user && signo != signal) {
		err = -EINVAL;
	}
	if (!err) {
		err = pidfd_signal(p, signal, user);
	}
	process_unref(p);
	return err;
}

long sys_rt_sigqueueinfo(sys_int pid, sys_int signal, sys_ptr user)
{
	struct signal_info info;
	int err = info_in(&info, user, signal, pid == task_current()->tid);

	return err ? err : process_signal(pid, &info);
}

long sys_rt_tgsigqueueinfo(sys_int pid, sys_int tid, sys_int signal, sys_ptr user)
{
	struct signal_info info;
	int err;

	if (pid <= 0 || tid <= 0) {
		return -EINVAL;
	}
	err = info_in(&info, user, signal, tid == task_current()->tid);
	return err ? err : thread_signal(pid, tid, &info);
}
