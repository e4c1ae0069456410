/* signal_state.h - signals inside kernel/proc and kernel/sys/signal.c: actions, defaults, numbers. */
#ifndef PROC_SIGNAL_STATE_H
#define PROC_SIGNAL_STATE_H

#include "proc.h"

#include <linux/signal.h>

struct signal_action {
	vaddr_t handler; /* or SIG_DFL, SIG_IGN */
	vaddr_t restorer;
	uint64_t flags; /* SA_* */
	sigset_kernel_t mask;
};

struct signal_state {
	struct spinlock lock;
	unsigned refs; /* atomic */
	struct signal_action actions[SIGNAL_COUNT];
};

enum signal_default { DEFAULT_IGNORE, DEFAULT_STOP, DEFAULT_END };
enum signal_default signal_default(int signo);

/* Boot. */
void signal_init(void);

/* Ignored by choice or by default: with this handler, and now (state locked). */
bool signal_is_ignored_by(vaddr_t handler, int signo);
bool signal_is_ignored(const struct signal_state *state, int signo);

/* Replace the calling thread's mask (SIGKILL and SIGSTOP stay out of it). */
void signal_mask_set(sigset_kernel_t mask);

/* signal_take() with the state's lock held. */
int signal_take_locked(sigset_kernel_t set, struct signal_info *info);

/* As signal_send_thread(); task NULL: as signal_send_process(). process_lock held. */
int signal_send_locked(struct process *process, struct task *task, const struct signal_info *info);

/* What the task takes by itself, now. */
static inline sigset_kernel_t signals_taken(const struct task *task)
{
	return ~READ_ONCE(task->blocked) | READ_ONCE(task->awaited);
}

/* The calling thread takes these from now on; what of the process's it was to take and now does not is handed on. */
void signals_taken_set(sigset_kernel_t blocked, sigset_kernel_t awaited);
/* What is pending of `set` for the process may be for others than who was woken: whoever would take it looks. process_lock held. */
void signals_hand_on(struct process *process, sigset_kernel_t set);

/* Of those, what is pending for it. */
static inline sigset_kernel_t signals_ready(const struct task *task)
{
	return (READ_ONCE(task->pending.set) | READ_ONCE(task->process->pending.set)) &
		signals_taken(task);
}

/* ---- notify.c: all with process_lock held ---------------------------------------------------- */

/* The child is a zombie. True: nobody will wait for it, it is out of the table and the caller's to drop. */
bool parent_tell_end(struct process *child) __must_check;
/* It stopped or goes on: CLD_STOPPED or CLD_CONTINUED, and the signal. */
void parent_tell_stop(struct process *child, int code, int status);

/* ---- pending.c: all with the state's lock held ------------------------------------------ */

struct posix_timer;

/* A signal that was sent, or that a timer keeps to send. */
struct signal_entry {
	struct list link;
	struct signal_info info;
	struct signal_payer *payer; /* whose limit it counts for; NULL: a timer's */
	struct posix_timer *timer;  /* hears when it is taken; NULL: it is freed then */
};

void pending_init(struct signal_pending *pending);
/* Add one for `to`: 0; -EAGAIN when it would be over the limit, or memory is out, and its details matter. */
int pending_add(struct signal_pending *pending, const struct signal_info *info,
	const struct process *to) __must_check;
/* Add a timer's own, which is not on any list. */
void pending_add_entry(struct signal_pending *pending, struct signal_entry *entry);
/* Take the next of `set`: its number, 0 for none. */
int pending_take(struct signal_pending *pending, sigset_kernel_t set, struct signal_info *info);
void pending_drop(struct signal_pending *pending, sigset_kernel_t set);

/* ---- timers ------------------------------------------------------------------------------- */

/* As signal_send_locked(), with an entry that is not queued now. False: it was ignored. */
bool signal_send_entry(struct process *process, struct task *task, struct signal_entry *entry);

/* posix_timer.c: the timer's signal is taken. Amends the information, sets the timer again. */
void posix_timer_taken(struct posix_timer *timer, struct signal_info *info);

/* posix_timer.c: an end to all timers of the process, at its own end; at exec setitimer()'s go on. */
void posix_timers_end(struct process *process, bool is_exec);

/* ---- siginfo.c ------------------------------------------------------------------------------- */

struct linux_siginfo;
/* Whether it tells of an address, not of a sender. */
bool siginfo_is_fault(const struct signal_info *info);
/* What a handler is told. */
void siginfo_fill(struct linux_siginfo *linux_info, const struct signal_info *info);

#endif
