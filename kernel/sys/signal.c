/* signal.c - system calls about signals that come in: handlers, masks, stacks, waiting. */
#include "timed.h"

#include "signal.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/string.h>

#define SET_LEN sizeof(sigset_kernel_t)

static bool is_signal(int signo)
{
	return signo > 0 && signo <= SIGNAL_COUNT;
}

/* ---- handlers and masks ------------------------------------------------------- */

/* What becomes ignored is not pending any more (POSIX 2.4.3). State locked. */
static void ignored_drop(struct process *process, int signo)
{
	pending_drop(&process->pending, signal_bit(signo));
	list_for_each(node, &process->threads) {
		pending_drop(
			&list_entry(node, struct task, process_link)->pending, signal_bit(signo));
	}
}

/* State locked. */
static void action_exchange(struct signal_action *action, const struct linux_sigaction *new,
	struct linux_sigaction *old)
{
	if (old) {
		*old = (struct linux_sigaction){ action->handler, action->flags, action->restorer,
			action->mask };
	}
	if (new) {
		*action = (struct signal_action){ new->handler, new->restorer, new->flags,
			new->mask & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)) };
	}
}

void signal_action_set(int signo, const struct linux_sigaction *new, struct linux_sigaction *old)
{
	struct process *process = process_current();
	struct signal_state *state = process->signals;
	struct signal_action *action = &state->actions[signo - 1];
	irq_state_t irq;

	if (!new || !signal_is_ignored_by(new->handler, signo)) {
		irq = spin_lock_irqsave(&state->lock);
		action_exchange(action, new, old);
		spin_unlock_irqrestore(&state->lock, irq);
		return;
	}
	irq = spin_lock_irqsave(&process_lock); /* for the list of threads */
	spin_lock(&state->lock);
	action_exchange(action, new, old);
	ignored_drop(process, signo);
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
	signal_action_set(signal, user_new ? &new : NULL, user_old ? &old : NULL);
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

int signal_mask_change(int how, sigset_kernel_t set, sigset_kernel_t known)
{
	sigset_kernel_t before = task_current()->blocked;

	switch (how) {
	case SIG_BLOCK:
		signal_mask_set(before | set);
		return 0;
	case SIG_UNBLOCK:
		signal_mask_set(before & ~set);
		return 0;
	case SIG_SETMASK:
		signal_mask_set((before & ~known) | set);
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_rt_sigprocmask(sys_int how, sys_ptr user_new, sys_ptr user_old, sys_len mask_size)
{
	sigset_kernel_t old = task_current()->blocked, set;
	int err;

	if (mask_size != SET_LEN) {
		return -EINVAL;
	}
	if (user_new) {
		if (user_copy_in(&set, user_new, sizeof(set))) {
			return -EFAULT;
		}
		err = signal_mask_change(how, set, ~UINT64_C(0));
		if (err) {
			return err;
		}
	}
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

long sys_rt_sigpending(sys_ptr user, sys_len mask_size)
{
	const struct task *task = task_current();
	sigset_kernel_t set = (task->pending.set | task->process->pending.set) & task->blocked;

	if (mask_size > SET_LEN) {
		return -EINVAL;
	}
	return user_copy_out(user, &set, mask_size);
}

/* ---- the alternate stack --------------------------------------------------------- */

/* One that is taken away at each delivery has nobody on it. */
static bool is_on_altstack(const struct task *task, vaddr_t sp)
{
	return !(task->altstack_flags & (int)SS_AUTODISARM) && sp > task->altstack_base &&
		sp - task->altstack_base <= task->altstack_size;
}

static struct linux_stack altstack_get(const struct task *task)
{
	vaddr_t sp = user_sp(user_frame_of(task->thread));
	int flags = is_on_altstack(task, sp) ? SS_ONSTACK : 0;

	return (struct linux_stack){ .base = task->altstack_base,
		.size = task->altstack_size,
		.flags = (task->altstack_size ? flags : SS_DISABLE) |
			(task->altstack_flags & (int)SS_AUTODISARM) };
}

static int altstack_set(struct task *task, const struct linux_stack *new)
{
	int mode = new->flags & ~(int)SS_AUTODISARM;
	bool is_off = mode == SS_DISABLE;

	if (is_on_altstack(task, user_sp(user_frame_of(task->thread)))) {
		return -EPERM;
	}
	if (mode != 0 && mode != SS_ONSTACK && !is_off) {
		return -EINVAL;
	}
	if (new->base == task->altstack_base &&new->size == task->altstack_size &&new->flags ==
		task->altstack_flags) {
		return 0; /* however small */
	}
	if (!is_off && new->size < MINSIGSTKSZ) {
		return -ENOMEM;
	}
	task->altstack_base = is_off ? 0 : new->base;
	task->altstack_size = is_off ? 0 : new->size;
	task->altstack_flags = new->flags;
	return 0;
}

long sys_sigaltstack(sys_ptr user_new, sys_ptr user_old)
{
	struct task *task = task_current();
	struct linux_stack new, old = altstack_get(task);
	int err = 0;

	if (user_new) {
		err = user_copy_in(&new, user_new, sizeof(new));
		if (!err) {
			err = altstack_set(task, &new);
		}
	}
	if (!err && user_old) {
		err = user_copy_out(user_old, &old, sizeof(old));
	}
	return err;
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

long signal_suspend(sigset_kernel_t mask)
{
	signal_mask_lend(mask);
	signal_wait();
	return -ERESTARTNOHAND;
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
	return signal_suspend(mask);
}

long sys_pause(void)
{
	signal_wait();
	return -ERESTARTNOHAND;
}

/* So that senders wake us for these, blocked or not. */
static void awaited_set(sigset_kernel_t set)
{
	signals_taken_set(task_current()->blocked, set);
}

/* A signal of the set: its number; -EINTR when another came, -EAGAIN after the deadline. */
static long set_await(sigset_kernel_t set, nsec_t deadline, struct signal_info *info)
{
	static struct wait_queue nobody = WAIT_QUEUE_INIT(nobody);
	int signo = signal_take(set, info);

	if (signo || !deadline) {
		return signo ? signo : -EAGAIN;
	}
	awaited_set(set);
	wait_until(&nobody, (signo = signal_take(set, info)) || signal_is_pending(), deadline);
	awaited_set(0);
	if (!signo) {
		signo = signal_take(set, info);
	}
	return signo ? signo : signal_is_pending() ? -EINTR : -EAGAIN;
}

long signal_await(sys_ptr user_set, sys_ptr user_info, sys_ptr timeout, sys_len mask_size,
	enum time_width width)
{
	struct linux_siginfo linux_info;
	struct signal_info info;
	sigset_kernel_t set;
	nsec_t deadline;
	long signo;
	int err;

	if (mask_size != SET_LEN) {
		return -EINVAL;
	}
	if (user_copy_in(&set, user_set, sizeof(set))) {
		return -EFAULT;
	}
	err = deadline_in(&deadline, timeout, width);
	if (err) {
		return err;
	}
	signo = set_await(set & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)), deadline, &info);
	if (signo > 0 && user_info) {
		siginfo_fill(&linux_info, &info);
		if (user_copy_out(user_info, &linux_info, sizeof(linux_info))) {
			return -EFAULT;
		}
	}
	return signo;
}

long sys_rt_sigtimedwait(sys_ptr user_set, sys_ptr user_info, sys_ptr timeout, sys_len mask_size)
{
	return signal_await(user_set, user_info, timeout, mask_size, TIME_WORD);
}

long signal_return(bool has_info)
{
	struct task *task = task_current();
	struct user_frame *frame = user_frame_of(task->thread);
	struct signal_return back = { .mask = task->blocked, .has_info = has_info };
	struct linux_stack stack;
	int err = user_signal_pop(frame, &back);

	task->is_signal_return = true;
	signal_mask_set(back.mask);
	if (err) {
		signal_force(&(struct signal_info){ .signo = SIGSEGV, .code = SI_KERNEL });
		return user_syscall_result(frame);
	}
	stack = (struct linux_stack){
		.base = back.altstack_base, .size = back.altstack_size, .flags = back.altstack_flags
	};
	if (has_info) {
		(void)!altstack_set(
			task, &stack); /* what is wrong there is as before, as on Linux */
	}
	return user_syscall_result(frame); /* what the interrupted code had there stays */
}

long sys_rt_sigreturn(void)
{
	return signal_return(true);
}
