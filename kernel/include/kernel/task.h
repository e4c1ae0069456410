/*
 * task.h - a thread of a program: what Linux keeps per thread beyond the kernel's own.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/thread.h>

struct task {
	struct thread *thread;
	struct process *process;
	int tid;

	/* under process_lock */
	struct list process_link;
	struct fd_table *
		fds; /* changed by the task alone, which reads it without; NULL: it is at its end */

	/* under the process's signal lock */
	sigset_kernel_t blocked;
	sigset_kernel_t awaited; /* by sigtimedwait(): taken although blocked */
	struct signal_pending pending;
	bool is_dying; /* the group exits: go to process_exit_thread() at the next chance */

	/* the task's own; the name is that of a thread beside the first, whose name is the process's */
	char name[16];
	struct process_io io; /* others may read it under process_lock */
	sigset_kernel_t
		saved_mask; /* to put back when no handler takes it over: sigsuspend, ppoll */
	bool has_saved_mask;
	bool is_restart;       /* the system call returned one of signal.h's ERESTART* */
	bool is_signal_return; /* the system call put the frame of a signal's handler back */
	bool is_again;	       /* the system call is one that begins again by itself: */
	nsec_t deadline;       /* a relative time-out's, from when it began */
	vaddr_t altstack_base;
	size_t altstack_size;
	int altstack_flags;
	vaddr_t clear_tid; /* clone(CLONE_CHILD_CLEARTID): zeroed, and its futex woken, at the end */
	vaddr_t set_tid;   /* clone(CLONE_CHILD_SETTID): where the child writes its number first */
	vaddr_t robust_list;
	struct {
		vaddr_t area; /* 0: there is none */
		uint32_t signature;
		unsigned long switches; /* of `thread`, when the area was written */
	} rseq;
	bool gets_no_rights; /* PR_SET_NO_NEW_PRIVS: by no set-id program */
	bool is_vfork;	     /* a parent waits for us to exec or end */
};

/* Of the calling thread; NULL for a kernel thread. */
static inline struct task *task_current(void)
{
	return thread_current()->task;
}

static inline char *task_name(struct task *task)
{
	return task->tid == task->process->pid ? task->process->name : task->name;
}

/* rseq(2), of the calling thread. */
long rseq_register(vaddr_t area, size_t len, unsigned flags, uint32_t signature);

/* The calling thread's own copy of its descriptors from now on, if others have them too: 0 or -ENOMEM. */
int task_files_unshare(void) __must_check;

/* By number, within `process` or, with NULL, anywhere: under process_lock. */
struct task *task_find(struct process *process, int tid);

#endif
