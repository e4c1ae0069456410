/* rseq.h - restartable sequences: between the system call and the ways back to user mode. See rseq.c. */
#ifndef PROC_RSEQ_H
#define PROC_RSEQ_H

#include <arch/user.h>
#include <kernel/task.h>

/* Whether another thread has run since its area was last written. */
static inline bool rseq_is_due(const struct task *task)
{
	return task->rseq.area && task->rseq.switches != task->thread->switches;
}

/* As if it had. */
static inline void rseq_want(struct task *task)
{
	task->rseq.switches = task->thread->switches - 1;
}

/* A child with memory of its own has what its parent has registered. */
void rseq_copy(struct task *child, const struct task *parent);

/*
 * On the way to user mode, signals delivered; and before a handler is entered. Write the CPU's number, and leave a
 * sequence; what is wrong with it is SIGSEGV. The calling thread; may sleep.
 */
void rseq_leave(struct user_frame *f);
void rseq_signal(struct user_frame *f);

#endif
