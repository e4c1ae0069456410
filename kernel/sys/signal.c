/* signal.c - system calls about signals: handlers, masks, stacks, sending, waiting. */
#include "times.h"

#include "../proc/signal_state.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/syscall.h>

#define SET_LEN sizeof(sigset_kernel_t)

static sigset_kernel_t bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

static bool is_signal(int signo)
{
	return signo > 0 && signo <= SIGNAL_COUNT;
}

/* ---- handlers and masks ------------------------------------------------------- */

/* What becomes ignored is not pending any more (POSIX 2.4.3). State locked. */
static void pending_drop(struct process *process, int signo)
{
	process->signal_pending &= ~bit(signo);
	list_for_each(node, &process->threads) {
		list_entry(node, struct task, process_link)->pending &= ~bit(signo);
	}
}

static void action_set(int signo, const struct linux_sigaction *new, struct linux_sigaction *old)
{
	struct process *process = process_current();
	struct signal_state *state = process->signals;
	struct signal_action *action = &state->actions[signo - 1];
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	spin_lock(&state->lock);
	*old = (struct linux_sigaction){ action->handler, action->flags, action->restorer,
		action->mask };
	if (new) {
		*action = (struct signal_action){ new->handler, new->restorer, new->flags,
			new->mask & ~(bit(SIGKILL) | bit(SIGSTOP)) };
		if (signal_is_ignored(state, signo)) {
			pending_drop(process, signo);
		}
	}
	spin_unlock(&state->lock);
	spin_unlock_irqrestore(&process_lock, irq);
}

long sys_rt_sigaction(sys_int signal, sys_ptr user_new, sys_ptr user_old, sys_len mask_size)
{
	struct linux_sigaction new, old;

	if (mask_size != SET_LEN || !is_signal(signal) ||
		(user_new && (signal == SIGKILL || signal == SIGSTOP))) {
		return -EINVAL;
	}
	if (user_new && user_copy_in(&new, user_new, sizeof(new))) {
		return -EFAULT;
	}
	action_set(signal, user_new ? &new : NULL, &old);
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

long sys_rt_sigprocmask(sys_int how, sys_ptr user_new, sys_ptr user_old, sys_len mask_size)
{
	sigset_kernel_t old = task_current()->blocked, set;

	if (mask_size != SET_LEN) {
		return -EINVAL;
	}
	if (user_new) {
		if (user_copy_in(&set, user_new, sizeof(set))) {
			return -EFAULT;
		}
		switch (how) {
		case SIG_BLOCK:
			signal_mask_set(old | set);
			break;
		case SIG_UNBLOCK:
			signal_mask_set(old & ~set);
			break;
		case SIG_SETMASK:
			signal_mask_set(set);
			break;
		default:
			return -EINVAL;
		}
	}
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

long sys_rt_sigpending(sys_ptr user, sys_len mask_size)
{
	const struct task *task = task_current();
	sigset_kernel_t set = (task->pending | task->process->signal_pending) & task->blocked;

	if (mask_size > SET_LEN) {
		return -EINVAL;
	}
	return user_copy_out(user, &set, mask_size);
}

/* ---- the alternate stack --------------------------------------------------------- */

static bool is_on_altstack(const struct task *task)
{
	vaddr_t sp = user_sp(user_frame_of(task->thread));

	return task->altstack_size && sp - task->altstack_base <= task->altstack_size;
}

long sys_sigaltstack(sys_ptr user_new, sys_ptr user_old)
{
	struct task *task = task_current();
	struct linux_stack new, old = { .base = task->altstack_base, .size = task->altstack_size };

	old.flags = is_on_altstack(task) ? SS_ONSTACK : (task->altstack_size ? 0 : SS_DISABLE);
	if (user_new && user_copy_in(&new, user_new, sizeof(new))) {
		return -EFAULT;
	}
	if (user_new) {
		if (is_on_altstack(task)) {
			return -EPERM;
		}
		if (new.flags & ~(SS_ONSTACK | SS_DISABLE)) {
			return -EINVAL;
		}
		if (!(new.flags &SS_DISABLE) && new.size < MINSIGSTKSZ) {
			return -ENOMEM;
		}
		task->altstack_base = new.flags &SS_DISABLE ? 0 : new.base;
		task->altstack_size = new.flags &SS_DISABLE ? 0 : new.size;
	}
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

/* ---- sending ------------------------------------------------------------------------ */

static struct signal_info info_of_sender(int signo, int code)
{
	const struct process *p = process_current();

	return (struct signal_info){ .signo = signo, .code = code, .pid = p->pid, .uid = p->uid };
}

static bool may_signal(const struct process *to)
{
	const struct process *p = process_current();

	return p->euid == 0 || p->euid == to->uid || p->uid == to->uid || p->euid == to->suid;
}

static long process_signal(int pid, const struct signal_info *info)
{
	struct process *p = process_find(pid);
	long err = 0;

	if (!p) {
		return -ESRCH;
	}
	if (!may_signal(p)) {
		err = -EPERM;
	} else if (info->signo) {
		err = signal_send_process(p, info);
	}
	process_unref(p);
	return err;
}

struct everyone {
	const struct signal_info *info;
	unsigned found;
};

/* kill(-1): all but process 1 and the caller. */
static void everyone_signal(struct process *p, void *arg)
{
	struct everyone *all = arg;

	if (p->pid != 1 && p != process_current() && may_signal(p)) {
		all->found++;
		if (all->info->signo) {
			signal_send_process(p, all->info);
		}
	}
}

long sys_kill(sys_int pid, sys_int signal)
{
	struct signal_info info = info_of_sender(signal, SI_USER);
	struct everyone all = { .info = &info };

	if (signal < 0 || signal > SIGNAL_COUNT) {
		return -EINVAL;
	}
	if (pid > 0) {
		return process_signal(pid, &info);
	}
	if (pid == -1) {
		process_for_each(everyone_signal, &all);
		return all.found ? 0 : -ESRCH;
	}
	return signal_send_group(pid ? -pid : process_current()->pgid, &info);
}

static long thread_signal(int pid, int tid, int signo)
{
	struct signal_info info = info_of_sender(signo, SI_TKILL);
	struct process *p;
	struct task *task;
	irq_state_t irq;

	if (tid <= 0 || signo < 0 || signo > SIGNAL_COUNT) {
		return -EINVAL;
	}
	p = pid ? process_find(pid) : NULL;
	if (pid && !p) {
		return -ESRCH;
	}
	irq = spin_lock_irqsave(&process_lock);
	task = task_find(p, tid);
	if (task && signo) {
		signal_send_locked(task->process, task, &info);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	if (p) {
		process_unref(p);
	}
	return task ? 0 : -ESRCH;
}

long sys_tkill(sys_int tid, sys_int signal)
{
	return thread_signal(0, tid, signal);
}

long sys_tgkill(sys_int pid, sys_int tid, sys_int signal)
{
	return pid <= 0 ? -EINVAL : thread_signal(pid, tid, signal);
}

long sys_rt_sigqueueinfo(sys_int pid, sys_int signal, sys_ptr user)
{
	struct linux_siginfo linux_info;
	struct signal_info info = info_of_sender(signal, SI_QUEUE);

	if (user_copy_in(&linux_info, user, sizeof(linux_info))) {
		return -EFAULT;
	}
	if (signal < 0 || signal > SIGNAL_COUNT) {
		return -EINVAL;
	}
	if (linux_info.code >= 0 && pid != process_current()->pid) {
		return -EPERM; /* nobody may pass for the kernel */
	}
	info.code = linux_info.code;
	info.value = linux_info.sender.value;
	return process_signal(pid, &info);
}

/* ---- waiting -------------------------------------------------------------------------- */

/* The mask for the length of one call; the old one comes back when its handlers have run. */
void signal_mask_lend(sigset_kernel_t mask)
{
	struct task *task = task_current();

	task->saved_mask = task->blocked;
	task->has_saved_mask = true;
	signal_mask_set(mask);
}

void signal_mask_return(void)
{
	struct task *task = task_current();

	if (task->has_saved_mask) {
		task->has_saved_mask = false;
		signal_mask_set(task->saved_mask);
	}
}

static void signal_wait(void)
{
	static struct wait_queue nobody = WAIT_QUEUE_INIT(nobody);

	wait_until(&nobody, signal_is_pending(), WAIT_FOREVER);
}

long sys_rt_sigsuspend(sys_ptr user, sys_len mask_size)
{
	sigset_kernel_t mask;

	if (mask_size != SET_LEN) {
		return -EINVAL;
	}
	if (user_copy_in(&mask, user, sizeof(mask))) {
		return -EFAULT;
	}
	signal_mask_lend(mask);
	signal_wait();
	return -ERESTARTNOHAND;
}

long sys_pause(void)
{
	signal_wait();
	return -ERESTARTNOHAND;
}

/* Take a pending signal of the set, blocked or not; 0 when there is none. */
static int set_take(sigset_kernel_t set, struct signal_info *info)
{
	struct task *task = task_current();
	struct process *process = task->process;
	irq_state_t irq = spin_lock_irqsave(&process->signals->lock);
	sigset_kernel_t own = task->pending & set, shared = process->signal_pending & set;
	int signo = 0;

	if (own) {
		signo = __builtin_ctzll(own) + 1;
		task->pending &= ~bit(signo);
		*info = task->pending_info[signo - 1];
	} else if (shared) {
		signo = __builtin_ctzll(shared) + 1;
		process->signal_pending &= ~bit(signo);
		*info = process->signal_info[signo - 1];
	}
	spin_unlock_irqrestore(&process->signals->lock, irq);
	return signo;
}

long sys_rt_sigtimedwait(sys_ptr user_set, sys_ptr user_info, sys_ptr timeout, sys_len mask_size)
{
	static struct wait_queue nobody = WAIT_QUEUE_INIT(nobody);
	struct linux_siginfo linux_info = { 0 };
	struct signal_info info;
	sigset_kernel_t set, blocked = task_current()->blocked;
	nsec_t deadline;
	int signo = 0, err;

	if (mask_size != SET_LEN) {
		return -EINVAL;
	}
	if (user_copy_in(&set, user_set, sizeof(set))) {
		return -EFAULT;
	}
	err = deadline_in(&deadline, timeout);
	if (err) {
		return err;
	}
	set &= ~(bit(SIGKILL) | bit(SIGSTOP));
	signal_mask_set(blocked & ~set); /* so that they wake us */
	wait_until(&nobody, (signo = set_take(set, &info)) || signal_is_pending(), deadline);
	signal_mask_set(blocked);
	if (!signo) {
		return signal_is_pending() ? -EINTR : -EAGAIN;
	}
	linux_info.signo = signo;
	linux_info.code = info.code;
	linux_info.sender.pid = info.pid;
	linux_info.sender.uid = info.uid;
	linux_info.sender.value = signo == SIGCHLD ? (uint64_t)info.status : info.value;
	if (user_info && user_copy_out(user_info, &linux_info, sizeof(linux_info))) {
		return -EFAULT;
	}
	return signo;
}

long sys_rt_sigreturn(void)
{
	struct user_frame *frame = user_frame_of(thread_current());
	sigset_kernel_t mask;

	if (user_signal_pop(frame, &mask)) {
		process_exit_group(STATUS_SIGNALED(SIGSEGV));
	}
	signal_mask_set(mask);
	return user_syscall_result(frame); /* what the interrupted code had there stays */
}
