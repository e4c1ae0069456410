/*
 * signal.c - sending signals: who takes them, what is ignored, what stops and continues.
 *
 * A signal is pending for a thread or for its process until a thread takes it
 * on the way to user mode (deliver.c). One of each number can be pending in
 * each place, with the information of the first that came; real-time signals
 * do not queue beyond that.
 *
 * Locks: the state's lock guards handlers and both kinds of pending sets; it is
 * taken inside process_lock. Interrupt handlers (the console's ^C) send too, so both are irq-safe.
 */
#include "signal_state.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

static sigset_kernel_t bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

/* What happens without a handler. */
enum signal_default signal_default(int signo)
{
	switch (signo) {
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
	case SIGCONT: /* continuing is done when it is sent */
		return DEFAULT_IGNORE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return DEFAULT_STOP;
	default:
		return DEFAULT_END;
	}
}

/* ---- the state --------------------------------------------------------- */

struct signal_state *signal_state_create(void)
{
	struct signal_state *state = heap_alloc(sizeof(*state)); /* zeroed: all default */

	if (state) {
		spin_init(&state->lock, "signals");
		state->refs = 1;
	}
	return state;
}

struct signal_state *signal_state_copy(struct signal_state *from)
{
	struct signal_state *state = signal_state_create();
	irq_state_t irq;

	if (state) {
		irq = spin_lock_irqsave(&from->lock);
		memcpy(state->actions, from->actions, sizeof(state->actions));
		spin_unlock_irqrestore(&from->lock, irq);
	}
	return state;
}

void signal_state_ref(struct signal_state *state)
{
	__atomic_add_fetch(&state->refs, 1, __ATOMIC_RELAXED);
}

void signal_state_unref(struct signal_state *state)
{
	if (!__atomic_sub_fetch(&state->refs, 1, __ATOMIC_ACQ_REL)) {
		heap_free(state);
	}
}

void signal_state_exec(struct signal_state *state)
{
	irq_state_t irq = spin_lock_irqsave(&state->lock);

	for (int i = 0; i < SIGNAL_COUNT; i++) {
		vaddr_t handler = state->actions[i].handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		state->actions[i] = (struct signal_action){ .handler = handler };
	}
	spin_unlock_irqrestore(&state->lock, irq);
}

bool signal_is_ignored(const struct signal_state *state, int signo)
{
	vaddr_t handler = state->actions[signo - 1].handler;

	return handler == SIG_IGN ||
		(handler == SIG_DFL && signal_default(signo) == DEFAULT_IGNORE);
}

/* ---- sending ------------------------------------------------------------ */

/* A stop cancels a pending continue and the other way round (POSIX 2.4.1). State locked. */
static void opposites_drop(struct process *process, int signo)
{
	sigset_kernel_t stops = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);
	sigset_kernel_t drop = 0;

	if (signo == SIGCONT) {
		drop = stops;
	} else if (stops & bit(signo)) {
		drop = bit(SIGCONT);
	}
	process->signal_pending &= ~drop;
	list_for_each(node, &process->threads) {
		list_entry(node, struct task, process_link)->pending &= ~drop;
	}
}

/* Let stopped threads look; the parent may want to know. process_lock held. */
static void continue_threads(struct process *process, int signo)
{
	if (signo != SIGCONT && signo != SIGKILL) {
		return;
	}
	if (process->is_stopped) {
		process->is_stopped = false;
		process->was_continued = signo == SIGCONT;
		wait_wake_all(&process->stop_event);
		if (process->parent) {
			wait_wake_all(&process->parent->child_event);
		}
	}
}

/* A thread that would take the signal now, else any. process_lock held. */
static struct task *taker_find(struct process *process, int signo)
{
	struct task *any = NULL;

	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (!(task->blocked & bit(signo))) {
			return task;
		}
		any = task;
	}
	return any;
}

void signal_send_locked(struct process *process, struct task *task, const struct signal_info *info)
{
	struct signal_state *state = process->signals;
	int signo = info->signo;
	sigset_kernel_t *pending;
	struct signal_info *slot;

	if (!state || process->is_zombie) {
		return;
	}
	spin_lock(&state->lock);
	opposites_drop(process, signo);
	continue_threads(process, signo);
	/* Process 1 is not harmed by what it does not ask for. */
	if (process == process_init && state->actions[signo - 1].handler == SIG_DFL) {
		spin_unlock(&state->lock);
		return;
	}
	pending = task ? &task->pending : &process->signal_pending;
	slot = task ? &task->pending_info[signo - 1] : &process->signal_info[signo - 1];
	if (!(*pending & bit(signo))) {
		*pending |= bit(signo);
		*slot = *info;
	}
	task = task ? task : taker_find(process, signo);
	if (task && (!signal_is_ignored(state, signo) || task->blocked & bit(signo))) {
		thread_interrupt(task->thread);
	}
	spin_unlock(&state->lock);
}

int signal_send_thread(struct thread *thread, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	signal_send_locked(thread->task->process, thread->task, info);
	spin_unlock_irqrestore(&process_lock, irq);
	return 0;
}

int signal_send_process(struct process *process, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	signal_send_locked(process, NULL, info);
	spin_unlock_irqrestore(&process_lock, irq);
	return 0;
}

int signal_send_group(int pgid, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int found = -ESRCH;

	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->pgid == pgid && !p->is_zombie) {
			found = 0;
			if (info->signo) {
				signal_send_locked(p, NULL, info);
			}
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return found;
}

/* A fault cannot wait: unblocked, and deadly if the program had blocked or ignored it. */
void signal_force(const struct signal_info *info)
{
	struct task *task = task_current();
	struct signal_state *state = task->process->signals;
	struct signal_info forced = *info;
	irq_state_t irq = spin_lock_irqsave(&state->lock);
	struct signal_action *action = &state->actions[info->signo - 1];

	if (task->blocked & bit(info->signo) || action->handler == SIG_IGN) {
		action->handler = SIG_DFL;
		task->blocked &= ~bit(info->signo);
	}
	task->pending |= bit(info->signo);
	task->pending_info[info->signo - 1] = forced;
	spin_unlock_irqrestore(&state->lock, irq);
}

bool signal_is_pending(void)
{
	struct task *task = task_current();
	sigset_kernel_t ready;

	if (!task) {
		return false;
	}
	ready = (READ_ONCE(task->pending) | READ_ONCE(task->process->signal_pending)) &
		~task->blocked;
	return ready || READ_ONCE(task->is_dying);
}
