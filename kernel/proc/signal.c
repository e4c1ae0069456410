/*
 * signal.c - sending signals: who takes them, what is ignored, what stops and continues.
 *
 * A signal is pending for a thread or for its process until a thread takes it
 * on the way to user mode (deliver.c), or asks for it (sigtimedwait, signalfd).
 * One that is ignored and not blocked is not pending at all.
 *
 * Of a process's threads one that would take the signal is woken for it; if it takes
 * it no more when it comes to that, it hands it on.
 *
 * Locks: the state's lock guards handlers and both kinds of pending signals
 * (pending.c); it is taken inside process_lock. Interrupt handlers (the console's ^C,
 * timers) send too, so both are irq-safe.
 */
#include "signal_state.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

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

int signal_state_unshare(struct process *process)
{
	struct signal_state *old = process->signals, *copy;
	irq_state_t irq;

	if (READ_ONCE(old->refs) == 1) {
		return 0;
	}
	copy = signal_state_copy(old);
	if (!copy) {
		return -ENOMEM;
	}
	irq = spin_lock_irqsave(&process_lock);
	process->signals = copy;
	spin_unlock_irqrestore(&process_lock, irq);
	signal_state_unref(old);
	return 0;
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

bool signal_is_ignored_by(vaddr_t handler, int signo)
{
	return handler == SIG_IGN ||
		(handler == SIG_DFL && signal_default(signo) == DEFAULT_IGNORE);
}

bool signal_is_ignored(const struct signal_state *state, int signo)
{
	return signal_is_ignored_by(state->actions[signo - 1].handler, signo);
}

/* ---- sending ------------------------------------------------------------ */

/* A stop cancels a pending continue and the other way round (POSIX 2.4.1). State locked. */
static void opposites_drop(struct process *process, int signo)
{
	sigset_kernel_t stops = signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) |
		signal_bit(SIGTTOU);
	sigset_kernel_t drop = 0;

	if (signo == SIGCONT) {
		drop = stops;
	} else if (stops & signal_bit(signo)) {
		drop = signal_bit(SIGCONT);
	}
	pending_drop(&process->pending, drop);
	list_for_each(node, &process->threads) {
		pending_drop(&list_entry(node, struct task, process_link)->pending, drop);
	}
}

/* Let stopped threads look; the parent may want to know. process_lock held. */
static void continue_threads(struct process *process, int signo)
{
	if (signo != SIGCONT && signo != SIGKILL) {
		return;
	}
	WRITE_ONCE(process->stop_is_due, false);
	if (process->is_stopped) {
		process->is_stopped = false;
		process->was_continued = process->continue_untold = signo == SIGCONT;
		wait_wake_all(&process->stop_event);
		if (process->parent) {
			wait_wake_all(&process->parent->child_event);
		}
	}
}

/* ---- who is told ----------------------------------------------------------------- */

/*
 * Static, so that an epoll may stand there for longer than the process lives; several processes
 * share one, and look in vain at times.
 */
#define EVENT_COUNT 64u
static struct wait_queue events[EVENT_COUNT];

struct wait_queue *signal_event(const struct process *process)
{
	return &events[(unsigned)process->pid % EVENT_COUNT];
}

void signal_init(void)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		wait_queue_init(&events[i]);
	}
}

/* A thread that would take the signal now, else any. process_lock held. */
static struct task *taker_find(struct process *process, int signo)
{
	struct task *any = NULL;

	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (signals_taken(task) & signal_bit(signo)) {
			return task;
		}
		any = task;
	}
	return any;
}

void signals_hand_on(struct process *process, sigset_kernel_t set)
{
	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (signals_taken(task) & READ_ONCE(process->pending.set) & set) {
			thread_interrupt(task->thread);
		}
	}
}

void signals_taken_set(sigset_kernel_t blocked, sigset_kernel_t awaited)
{
	struct task *task = task_current();
	struct process *process = task->process;
	irq_state_t irq = spin_lock_irqsave(&process->signals->lock);
	sigset_kernel_t lost = signals_taken(task) & process->pending.set;

	task->blocked = blocked;
	task->awaited = awaited;
	lost &= ~signals_taken(task);
	spin_unlock_irqrestore(&process->signals->lock, irq);
	if (lost) {
		irq = spin_lock_irqsave(&process_lock);
		signals_hand_on(process, lost);
		spin_unlock_irqrestore(&process_lock, irq);
	}
}

/* Not even pending: ignored, or process 1 did not ask for it; unless it is blocked. */
static bool is_dropped(const struct process *process, const struct task *task, int signo)
{
	const struct signal_state *state = process->signals;
	const struct list *first = list_first(&process->threads);

	if (!task && first) {
		task = list_entry(first, struct task, process_link);
	}
	if (task && task->blocked & signal_bit(signo)) {
		return false;
	}
	return signal_is_ignored(state, signo) ||
		(process == process_init && state->actions[signo - 1].handler == SIG_DFL);
}

/* Add the signal, as an entry of a timer's or as `info`; 1: it was dropped. process_lock held. */
static int post(struct process *process, struct task *task, const struct signal_info *info,
	struct signal_entry *entry)
{
	struct signal_state *state = process->signals;
	struct signal_pending *pending = task ? &task->pending : &process->pending;
	int err = 0;

	if (!state || process->is_zombie) {
		return 1;
	}
	spin_lock(&state->lock);
	opposites_drop(process, info->signo);
	continue_threads(process, info->signo);
	if (is_dropped(process, task, info->signo)) {
		spin_unlock(&state->lock);
		return 1;
	}
	if (entry) {
		pending_add_entry(pending, entry);
	} else {
		err = pending_add(pending, info, process);
	}
	task = task ? task : taker_find(process, info->signo);
	if (!err && task) {
		thread_interrupt(task->thread);
		wait_wake_all(signal_event(process));
	}
	spin_unlock(&state->lock);
	return err;
}

int signal_send_locked(struct process *process, struct task *task, const struct signal_info *info)
{
	return MIN(post(process, task, info, NULL), 0);
}

bool signal_send_entry(struct process *process, struct task *task, struct signal_entry *entry)
{
	return !post(process, task, &entry->info, entry);
}

int signal_send_thread(struct thread *thread, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int err = signal_send_locked(thread->task->process, thread->task, info);

	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

int signal_send_process(struct process *process, const struct signal_info *info)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int err = signal_send_locked(process, NULL, info);

	spin_unlock_irqrestore(&process_lock, irq);
	return err;
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
				(void)!signal_send_locked(p, NULL, info);
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
	irq_state_t irq = spin_lock_irqsave(&state->lock);
	struct signal_action *action = &state->actions[info->signo - 1];

	if (task->blocked & signal_bit(info->signo) || action->handler == SIG_IGN) {
		action->handler = SIG_DFL;
		task->blocked &= ~signal_bit(info->signo);
	}
	(void)!pending_add(&task->pending, info, task->process); /* not limited */
	spin_unlock_irqrestore(&state->lock, irq);
}

bool signal_is_pending(void)
{
	struct task *task = task_current();

	return task && (signals_ready(task) || READ_ONCE(task->is_dying));
}

bool signal_is_deadly_pending(void)
{
	struct task *task = task_current();
	sigset_kernel_t ready = signals_ready(task);

	for (int signo = 1; signo <= SIGNAL_COUNT; signo++) {
		if (ready & signal_bit(signo) && signal_default(signo) == DEFAULT_END &&
			task->process->signals->actions[signo - 1].handler == SIG_DFL) {
			return true;
		}
	}
	return READ_ONCE(task->is_dying);
}

int signal_take_locked(sigset_kernel_t set, struct signal_info *info)
{
	struct task *task = task_current();
	int signo = pending_take(&task->pending, set, info);

	return signo ? signo : pending_take(&task->process->pending, set, info);
}

int signal_take(sigset_kernel_t set, struct signal_info *info)
{
	struct signal_state *state = task_current()->process->signals;
	irq_state_t irq = spin_lock_irqsave(&state->lock);
	int signo = signal_take_locked(set, info);

	spin_unlock_irqrestore(&state->lock, irq);
	return signo;
}
