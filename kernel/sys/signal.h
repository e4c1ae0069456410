/* signal.h - what i386's older system calls about signals share with the others. */
#ifndef SYS_SIGNAL_H
#define SYS_SIGNAL_H

#include "../proc/signal_state.h"

/* What is to be done about a signal from now on (NULL: as before), and what was (NULL: nobody asks). */
void signal_action_set(int signo, const struct linux_sigaction *new, struct linux_sigaction *old);

/*
 * sigprocmask(): SIG_BLOCK and so on for the signals of `set`, of which the caller's interface knows those of
 * `known`: SIG_SETMASK leaves the others. 0, or -EINVAL for another `how`.
 */
int signal_mask_change(int how, sigset_kernel_t set, sigset_kernel_t known);

/* sigsuspend(): what it returns when a signal came. */
long signal_suspend(sigset_kernel_t mask);

/* rt_sigreturn(), or sigreturn() of a frame without siginfo: the program's result register. */
long signal_return(bool has_info);

#endif
