/* pidfd.h - files that stand for a process; see pidfd.c. */
#ifndef PROC_PIDFD_H
#define PROC_PIDFD_H

#include "proc.h"

/* A new one, NULL when memory is out. `flags`: O_NONBLOCK. */
struct file *pidfd_create(struct process *process, unsigned flags) __must_check;

/* The process behind the descriptor, referenced; NULL: not open, or another kind of file. */
struct process *pidfd_process(int fd, bool *is_nonblocking) __must_check;

/* Whether its number is still its own: it runs, or its parent has not waited for it. */
bool process_is_known(const struct process *process);

#endif
