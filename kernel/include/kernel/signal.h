/*
 * signal.h - POSIX signals with Linux's numbers and semantics.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <kernel/list.h>
#include <kernel/types.h>

struct thread;
struct process;
struct user_frame;

#define SIGNAL_COUNT	64
#define SIGNAL_REALTIME 32 /* the first of those that queue */

typedef uint64_t sigset_kernel_t; /* bit signo - 1 */

static inline sigset_kernel_t signal_bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

struct signal_info {
	int signo, code, errno_value;
	int pid;      /* of a timer: its number */
	uint32_t uid; /* of a timer: its overrun */
	int status;
	vaddr_t address;
	uint64_t value;
};

/* What waits to be taken, by a thread or by any of a process; see kernel/proc/pending.c. */
struct signal_pending {
	sigset_kernel_t set;
	struct list entries; /* in the order of sending; some of `set` may have none */
};

/* Internal results of an interrupted system call, turned into a restart or EINTR on the way to user mode. */
#define ERESTARTSYS	      512 /* restart if the handler has SA_RESTART or there is none */
#define ERESTARTNOHAND	      514 /* restart only if no handler ran */
#define ERESTART_RESTARTBLOCK 516 /* as NOHAND, with what is left of task->deadline */

/* Send to a thread, to a process, to a group. Any context but with process_lock held. 0 or -EAGAIN: too many are queued. */
int signal_send_thread(struct thread *thread, const struct signal_info *info);
int signal_send_process(struct process *process, const struct signal_info *info);
int signal_send_group(int pgid, const struct signal_info *info);

/* Woken for each signal that becomes pending for the process or a thread of it, and maybe for others. */
struct wait_queue;
struct wait_queue *signal_event(const struct process *process);

/* Take a pending signal of the set, blocked or not, from the caller or its process: its number, 0 when there is none. */
int signal_take(sigset_kernel_t set, struct signal_info *info);

/* Force a synchronous fault signal on the calling thread: kills it when blocked or ignored. */
void signal_force(const struct signal_info *info);

/* Whether the calling thread has an unblocked signal to handle: sleepers give up with -EINTR or -ERESTARTSYS. */
bool signal_is_pending(void);

/* Whether one of those ends the process: sleepers that nothing else may disturb give up. */
bool signal_is_deadly_pending(void);

/*
 * What the threads of a process share: the handlers (shared by CLONE_SIGHAND
 * too), and what is pending for whichever thread takes it.
 */
struct signal_state;
struct signal_state *signal_state_create(void) __must_check;
/* For fork: the handlers, nothing pending. */
struct signal_state *signal_state_copy(struct signal_state *state) __must_check;
void signal_state_ref(struct signal_state *state);
void signal_state_unref(struct signal_state *state);
/* For exec, by the only thread of the process, whose state is no other's from now on: 0 or -ENOMEM. */
int signal_state_unshare(struct process *process) __must_check;
/* For exec: handlers back to default, ignored ones stay ignored. */
void signal_state_exec(struct signal_state *state);

/* Block `mask` for the length of one system call (ppoll, sigsuspend); the old mask comes back on the way to user mode. */
void signal_mask_lend(sigset_kernel_t mask);
/* It comes back now, if a mask is lent. */
void signal_mask_return(void);

/* Deliver what is pending, called by user_leave(). */
void signal_deliver(struct user_frame *f);

#endif
