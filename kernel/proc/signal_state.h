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

/* Ignored by choice or by default. */
bool signal_is_ignored(const struct signal_state *state, int signo);

/* Replace the calling thread's mask (SIGKILL and SIGSTOP stay out of it). */
void signal_mask_set(sigset_kernel_t mask);

/* As signal_send_thread(); task NULL: as signal_send_process(). process_lock held. */
void signal_send_locked(struct process *process, struct task *task, const struct signal_info *info);

#endif
