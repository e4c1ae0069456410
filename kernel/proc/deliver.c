/*
 * deliver.c - taking pending signals, on the way to user mode.
 *
 * One after the other: ignored ones vanish, a default action stops or ends the
 * process, a handler gets a frame on the user stack. Several handlers stack up,
 * the last one runs first. A system call that was interrupted is restarted or
 * ends with EINTR, as the first handler, or that there is none, says.
 */
#include "rseq.h"
#include "signal_state.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/string.h>

void signal_mask_set(sigset_kernel_t mask)
{
	signals_taken_set(
		mask & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)), task_current()->awaited);
}

/* Take one unblocked signal and a copy of what is to be done about it; 0 when there is none. */
static int next_take(struct signal_info *info, struct signal_action *action)
{
	struct task *task = task_current();
	struct signal_state *state = task->process->signals;
	irq_state_t irq = spin_lock_irqsave(&state->lock);
	int signo = signal_take_locked(~task->blocked, info);

	if (signo) {
		*action = state->actions[signo - 1];
		if (action->handler > SIG_IGN && action->flags & SA_RESETHAND) {
			state->actions[signo - 1].handler = SIG_DFL;
		}
		if (action->handler == SIG_DFL && signal_default(signo) == DEFAULT_STOP) {
			WRITE_ONCE(task->process->stop_is_due, true);
		}
	}
	spin_unlock_irqrestore(&state->lock, irq);
	return signo;
}

/* ---- default actions ---------------------------------------------------- */

/* Unless what cancels it came after it was taken: who sent that saw nobody stopped to be woken. */
static void process_stop(int signo)
{
	struct process *process = process_current();
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	if (!READ_ONCE(process->stop_is_due)) {
		spin_unlock_irqrestore(&process_lock, irq);
		return;
	}
	process->is_stopped = true;
	process->stop_reported = false;
	process->stop_signal = signo;
	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (task != task_current()) {
			thread_interrupt(task->thread);
		}
	}
	parent_tell_stop(process, CLD_STOPPED, signo);
	spin_unlock_irqrestore(&process_lock, irq);
}

/* Every thread of a stopped process waits here for SIGCONT or its end; the first to go on says so. */
static void stopped_wait(void)
{
	struct process *process = process_current();
	irq_state_t irq;

	if (READ_ONCE(process->is_stopped)) {
		wait_until(&process->stop_event,
			!READ_ONCE(process->is_stopped) || READ_ONCE(task_current()->is_dying),
			WAIT_FOREVER);
	}
	if (READ_ONCE(process->continue_untold)) {
		irq = spin_lock_irqsave(&process_lock);
		if (process->continue_untold) {
			process->continue_untold = false;
			parent_tell_stop(process, CLD_CONTINUED, SIGCONT);
		}
		spin_unlock_irqrestore(&process_lock, irq);
	}
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

static bool is_on_altstack(const struct task *task, vaddr_t sp)
{
	return !(task->altstack_flags & (int)SS_AUTODISARM) && sp > task->altstack_base &&
		sp - task->altstack_base <= task->altstack_size;
}

/* The frame could not be written: the stack is bad. Says so by SIGSEGV, unless that was it. */
static void frame_failed(int signo)
{
	if (signo == SIGSEGV) {
		process_exit_group(STATUS_SIGNALED(SIGSEGV));
	}
	signal_force(&(struct signal_info){ .signo = SIGSEGV, .code = SI_KERNEL });
}

static void handler_enter(
	struct user_frame *f, const struct signal_info *info, const struct signal_action *action)
{
	struct task *task = task_current();
	struct linux_siginfo linux_info;
	struct signal_delivery d = {
		.signo = info->signo,
		.handler = action->handler,
		.restorer = action->restorer,
		.has_restorer = action->flags & SA_RESTORER,
		.wants_info = action->flags & SA_SIGINFO,
		.mask_before = task->has_saved_mask ? task->saved_mask : task->blocked,
		.altstack_base = task->altstack_base,
		.altstack_size = task->altstack_size,
		.altstack_flags = task->altstack_flags,
	};

	if (is_on_altstack(task, user_sp(f))) {
		d.stack_bottom = task->altstack_base;
	} else if (action->flags & SA_ONSTACK && task->altstack_size) {
		d.stack_top = task->altstack_base + task->altstack_size;
		d.stack_bottom = task->altstack_base;
	}
	siginfo_fill(&linux_info, info);
	memcpy(d.info, &linux_info, sizeof(d.info));
	task->is_again = false; /* the next call is the handler's */
	rseq_signal(f);
	if (user_signal_push(f, &d)) {
		frame_failed(info->signo);
		return;
	}
	task->has_saved_mask = false;
	if (task->altstack_flags & (int)SS_AUTODISARM) {
		task->altstack_base = task->altstack_size = 0;
		task->altstack_flags = SS_DISABLE;
	}
	signal_mask_set(task->blocked | action->mask |
		(action->flags & SA_NODEFER ? 0 : signal_bit(info->signo)));
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
	if (!action || (result == -ERESTARTSYS && action->flags & SA_RESTART)) {
		task->is_again = result == -ERESTART_RESTARTBLOCK;
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

	while (!READ_ONCE(task->is_dying) && (signo = next_take(&info, &action))) {
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
