/*
 * signal.h - POSIX signals with Linux's numbers and semantics.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <kernel/types.h>

struct thread;
struct process;
struct user_frame;

#define SIGNAL_COUNT 64

typedef uint64_t sigset_kernel_t; /* bit signo - 1 */

struct signal_info {
	int signo, code, errno_value;
	int pid;
	uint32_t uid;
	int status;
	vaddr_t address;
	uint64_t value;
};

/* Internal results of an interrupted system call, turned into a restart or EINTR on the way to user mode. */
#define ERESTARTSYS	      512 /* restart if the handler has SA_RESTART or there is none */
#define ERESTARTNOHAND	      514 /* restart only if no handler ran */
#define ERESTART_RESTARTBLOCK 516 /* relative time-outs: never restarted by us after a handler */

/* Send to a thread, to a process, to a group. Any context but with process_lock held. 0 or -EAGAIN. */
int signal_send_thread(struct thread *thread, const struct signal_info *info);
int signal_send_process(struct process *process, const struct signal_info *info);
int signal_send_group(int pgid, const struct signal_info *info);

/* Force a synchronous fault signal on the calling thread: kills it when blocked or ignored. */
void signal_force(const struct signal_info *info);

/* Whether the calling thread has an unblocked signal to handle: sleepers give up with -EINTR or -ERESTARTSYS. */
bool signal_is_pending(void);

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
/* For exec: handlers back to default, ignored ones stay ignored. */
void signal_state_exec(struct signal_state *state);

/* Block `mask` for the length of one system call (ppoll, sigsuspend); the old mask comes back on the way to user mode. */
void signal_mask_lend(sigset_kernel_t mask);
/* It comes back now, if a mask is lent. */
void signal_mask_return(void);

/* Deliver what is pending, called by user_leave(). */
void signal_deliver(struct user_frame *f);

#endif
