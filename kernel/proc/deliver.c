/*
 * deliver.c - taking pending signals, on the way to user mode.
 *
 * One after the other: ignored ones vanish, a default action stops or ends the
 * process, a handler gets a frame on the user stack. Several handlers stack up,
 * the last one runs first. A system call that was interrupted is restarted or
 * ends with EINTR, as the first handler, or that there is none, says.
 */
#include "signal_state.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/string.h>

/* Faults first: they belong to the instruction that is about to be repeated. */
#define SYNCHRONOUS                                                                                \
	(1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGILL - 1) |                     \
		1ull << (SIGTRAP - 1) | 1ull << (SIGFPE - 1))

static sigset_kernel_t bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

void signal_mask_set(sigset_kernel_t mask)
{
	struct task *task = task_current();
	irq_state_t irq = spin_lock_irqsave(&task->process->signals->lock);

	task->blocked = mask & ~(bit(SIGKILL) | bit(SIGSTOP));
	spin_unlock_irqrestore(&task->process->signals->lock, irq);
}

static int first_of(sigset_kernel_t set)
{
	if (set & SYNCHRONOUS) {
		set &= SYNCHRONOUS;
	}
	return set ? __builtin_ctzll(set) + 1 : 0;
}

/* Take one unblocked signal and a copy of what is to be done about it; 0 when there is none. */
static int signal_take(struct signal_info *info, struct signal_action *action)
{
	struct task *task = task_current();
	struct process *process = task->process;
	struct signal_state *state = process->signals;
	irq_state_t irq = spin_lock_irqsave(&state->lock);
	int signo = first_of(task->pending & ~task->blocked);

	if (signo) {
		task->pending &= ~bit(signo);
		*info = task->pending_info[signo - 1];
	} else {
		signo = first_of(process->signal_pending & ~task->blocked);
		if (signo) {
			process->signal_pending &= ~bit(signo);
			*info = process->signal_info[signo - 1];
		}
	}
	if (signo) {
		*action = state->actions[signo - 1];
		if (action->handler > SIG_IGN && action->flags & SA_RESETHAND) {
			state->actions[signo - 1].handler = SIG_DFL;
		}
	}
	spin_unlock_irqrestore(&state->lock, irq);
	return signo;
}

/* ---- default actions ---------------------------------------------------- */

static void process_stop(int signo)
{
	struct process *process = process_current();
	struct signal_info info = { .signo = SIGCHLD,
		.code = CLD_STOPPED,
		.pid = process->pid,
		.uid = process->uid,
		.status = signo };
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct process *parent = process->parent;

	process->is_stopped = true;
	process->stop_reported = false;
	process->stop_signal = signo;
	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (task != task_current()) {
			thread_interrupt(task->thread);
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	if (parent) {
		signal_send_process(parent, &info);
		wait_wake_all(&parent->child_event);
	}
}

/* Every thread of a stopped process waits here for SIGCONT or its end. */
static void stopped_wait(void)
{
	struct process *process = process_current();

	wait_until(&process->stop_event,
		!READ_ONCE(process->is_stopped) || READ_ONCE(task_current()->is_dying),
		WAIT_FOREVER);
}

static void default_action(int signo)
{
	switch (signal_default(signo)) {
	case DEFAULT_IGNORE:
		break;
	case DEFAULT_STOP:
		process_stop(signo);
		break;
	default:
		process_exit_group(STATUS_SIGNALED(signo));
	}
}

/* ---- handlers ----------------------------------------------------------- */

static void info_fill(unsigned char out[128], const struct signal_info *info)
{
	struct linux_siginfo linux_info = {
		.signo = info->signo, .error = info->errno_value, .code = info->code
	};

	switch (info->signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
		if (info->code > 0) {
			linux_info.address = info->address;
			break;
		}
		__attribute__((fallthrough));
	default:
		linux_info.sender.pid = info->pid;
		linux_info.sender.uid = info->uid;
		linux_info.sender.value = info->value;
		if (info->signo == SIGCHLD) {
			linux_info.sender.status = info->status;
		}
	}
	memcpy(out, &linux_info, sizeof(linux_info));
}

static bool is_on_altstack(const struct task *task, vaddr_t sp)
{
	return task->altstack_size && sp - task->altstack_base <= task->altstack_size;
}

static void handler_enter(
	struct user_frame *f, const struct signal_info *info, const struct signal_action *action)
{
	struct task *task = task_current();
	struct signal_delivery d = {
		.signo = info->signo,
		.handler = action->handler,
		.restorer = action->restorer,
		.wants_info = action->flags & SA_SIGINFO,
		.mask_before = task->has_saved_mask ? task->saved_mask : task->blocked,
		.altstack_base = task->altstack_base,
		.altstack_size = task->altstack_size,
		.altstack_flags = task->altstack_size ? 0 : SS_DISABLE,
	};

	if (action->flags & SA_ONSTACK && task->altstack_size &&
		!is_on_altstack(task, user_sp(f))) {
		d.stack_top = task->altstack_base + task->altstack_size;
	}
	info_fill(d.info, info);
	task->has_saved_mask = false;
	if (user_signal_push(f, &d)) {
		process_exit_group(STATUS_SIGNALED(SIGSEGV));
	}
	signal_mask_set(
		task->blocked | action->mask | (action->flags & SA_NODEFER ? 0 : bit(info->signo)));
}

/* The interrupted system call's end, seen by the first handler; NULL: no handler ran. */
static void call_settle(struct user_frame *f, const struct signal_action *action)
{
	struct task *task = task_current();
	long result = user_syscall_result(f);

	if (!task->is_restart) {
		return;
	}
	task->is_restart = false;
	if (result != -ERESTART_RESTARTBLOCK &&
		(!action || (result == -ERESTARTSYS && action->flags & SA_RESTART))) {
		user_syscall_restart(f);
	} else {
		user_syscall_return(f, -EINTR);
	}
}

void signal_deliver(struct user_frame *f)
{
	struct task *task = task_current();
	struct signal_action action;
	struct signal_info info;
	int signo;

	while (!READ_ONCE(task->is_dying) && (signo = signal_take(&info, &action))) {
		if (action.handler == SIG_DFL) {
			default_action(signo);
		} else if (action.handler != SIG_IGN) {
			call_settle(f, &action);
			handler_enter(f, &info, &action);
		}
		stopped_wait();
	}
	stopped_wait();
	call_settle(f, NULL);
	signal_mask_return();
}
