/*
 * proc.h - what the files of kernel/proc share: the table of processes and its lock.
 *
 * Lock order: process_lock, then a signal_state's lock, then a wait queue's.
 */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include <kernel/task.h>

extern struct spinlock process_lock;
extern struct list processes; /* struct process.all_link */
extern struct process *process_init;

/* Linux's wait status words. */
#define STATUS_EXITED(code)  (((code)&0xff) << 8)
#define STATUS_SIGNALED(sig) ((sig)&0x7f)
#define STATUS_STOPPED(sig)  (((sig)&0xff) << 8 | 0x7f)
#define STATUS_CONTINUED     0xffff

/* A number that no process, thread, group or session has. Under process_lock. */
int pid_alloc(void);

/*
 * A process without threads, files or memory, in the table, that inherits from `from`
 * (NULL: process 1) and is its child, or with `is_sibling` its parent's; a reference.
 * NULL when memory is out.
 */
struct process *process_create(struct process *from, bool is_sibling) __must_check;

/* Let go of memory, files, handlers, names, and what is pending. The memory must not be loaded by the caller. */
void process_parts_free(struct process *process);

/* Whether task_create() is worth trying: 0, or -EAGAIN or -EINTR as below. */
int task_room(const struct process *process) __must_check;

/*
 * A task of `process` and its kernel thread, not started, with a reference to `fds` that is the caller's. -ENOMEM; -EAGAIN when there are
 * too many; -EINTR when the calling thread is to end, and its process's new threads with it.
 */
int task_create(struct task **task, struct process *process, struct fd_table *fds,
	const char *name) __must_check;
void task_start(struct task *task); /* and the reference is its own */
/* Undo task_create() of a task that was never started. */
void task_discard(struct task *task);
/* The calling thread's files are these from now on (NULL: it ends), the reference with them. */
void task_files_replace(struct fd_table *fds);
/* Take a task out of its process, what is pending for it with it: whether it was the last. Under process_lock. */
bool task_remove(struct task *task);

/* clone.c: after exec, or at the end of the thread. */
void vfork_release(struct task *task);

/* A robust list's futexes, and the clear-tid word: at the end of a thread, its memory still there. */
void futex_task_exit(struct task *task);

#endif
