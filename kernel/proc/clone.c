/*
 * clone.c - fork, vfork and clone: one way with flags that say what is shared.
 *
 * Everything that can fail comes first and is undone on the way out; starting
 * the child is the last step and cannot fail.
 */
#include "pidfd.h"
#include "rseq.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <linux/sched.h>

static int flags_check(uint64_t flags)
{
	if ((flags & CLONE_THREAD && !(flags & CLONE_SIGHAND)) ||
		(flags & CLONE_SIGHAND && !(flags & CLONE_VM)) || flags & CLONE_NAMESPACES ||
		(flags & CLONE_PIDFD && flags & CLONE_THREAD)) {
		return -EINVAL;
	}
	/* Who has no parent has no siblings. */
	if (flags & CLONE_PARENT && process_current() == process_init) {
		return -EINVAL;
	}
	return 0;
}

/* The child's memory and handlers: shared or copied. What was made so far stays in `child` on failure. */
static int parts_make(struct process *child, struct process *parent, uint64_t flags)
{
	if (flags & CLONE_VM) {
		vm_space_ref(parent->vm);
		child->vm = parent->vm;
	} else {
		child->vm = vm_space_fork(parent->vm);
	}
	if (flags & CLONE_SIGHAND) {
		signal_state_ref(parent->signals);
		child->signals = parent->signals;
	} else {
		child->signals = signal_state_copy(parent->signals);
	}
	return child->vm && child->signals ? 0 : -ENOMEM;
}

/* The new thread's files, likewise. */
static struct fd_table *files_make(uint64_t flags)
{
	struct fd_table *fds = task_current()->fds;

	if (flags & CLONE_FILES) {
		fd_table_ref(fds);
		return fds;
	}
	return fd_table_copy(fds);
}

/* The parent's file for its child, and its number in the parent's memory. */
static int pidfd_give(struct process *child, vaddr_t user)
{
	struct fd_table *fds = task_current()->fds;
	struct file *file = pidfd_create(child, 0);
	int fd = file ? fd_install(fds, file, 0, true) : -ENOMEM;

	if (fd < 0) {
		file_unref(file);
		return fd;
	}
	if (user_copy_out(user, &fd, sizeof(fd))) {
		(void)!fd_close(fds, fd);
		return -EFAULT;
	}
	return 0;
}

/* A process that never had a thread goes without a trace. */
static void process_discard(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	list_remove(&process->all_link);
	list_remove(&process->sibling);
	/* Who waits for a child may have none now. */
	if (process->parent) {
		wait_wake_all(&process->parent->child_event);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	process_parts_free(process);
	process_unref(process);
}

static struct process *child_process(struct process *parent, const struct clone_args_kernel *args)
{
	struct process *child;

	if (args->flags & CLONE_THREAD) {
		return parent;
	}
	child = process_create(parent, args->flags & CLONE_PARENT);
	if (child && parts_make(child, parent, args->flags)) {
		process_discard(child);
		return NULL;
	}
	if (child && args->exit_signal <= SIGNAL_COUNT) { /* Linux takes others, and sends none */
		child->exit_signal = args->exit_signal;
	}
	return child;
}

/* What the new thread's registers and words in memory say. */
static int task_fill(struct task *task, const struct clone_args_kernel *args)
{
	struct task *self = task_current();
	struct user_frame *frame = user_frame_of(task->thread);

	port_user_free(task->thread); /* a copy takes the place of the fresh state */
	if (port_user_copy(task->thread, self->thread)) {
		return -ENOMEM;
	}
	user_syscall_return(frame, 0);
	if (args->stack) {
		user_sp_set(frame, args->stack);
	}
	if (args->flags & CLONE_SETTLS) {
		int err = port_user_tls_set(task->thread, args->tls);

		if (err) {
			return err;
		}
	}
	if (args->flags & CLONE_CHILD_CLEARTID) {
		task->clear_tid = args->child_tid;
	}
	if (!(args->flags & CLONE_VM)) {
		rseq_copy(task, self);
	}
	task->gets_no_rights = self->gets_no_rights;
	if (!(args->flags & CLONE_VM) || args->flags & CLONE_VFORK) {
		task->altstack_base = self->altstack_base;
		task->altstack_size = self->altstack_size;
		task->altstack_flags = self->altstack_flags;
	}
	if (args->flags & CLONE_PARENT_SETTID) {
		/* Linux does not ask whether that worked. */
		(void)!user_copy_out(args->parent_tid, &task->tid, sizeof(task->tid));
	}
	return 0;
}

/* The word lies in the child's memory, which may not be the parent's: the child writes it itself. */
static void child_tid_write(void *arg)
{
	struct task *self = task_current();

	if (user_copy_out(self->set_tid, &self->tid, sizeof(self->tid))) {
		self->set_tid = 0; /* Linux ignores it as well */
	}
	user_enter();
}

long process_clone(const struct clone_args_kernel *args)
{
	struct process *parent = process_current();
	struct process *child;
	struct fd_table *fds;
	struct task *task;
	int tid, err = flags_check(args->flags);

	if (!err) {
		err = task_room(parent); /* a bomb of forks shall fail early */
	}
	if (err) {
		return err;
	}
	child = child_process(parent, args);
	if (!child) {
		return -ENOMEM;
	}
	fds = files_make(args->flags);
	err = fds ? task_create(&task, child, fds, parent->name) : -ENOMEM;
	if (!err) {
		err = task_fill(task, args);
		if (!err && args->flags & CLONE_PIDFD) {
			err = pidfd_give(child, args->pidfd);
		}
		if (err) {
			task_discard(task);
		}
	}
	if (err) {
		fd_table_unref(fds);
		if (child != parent) {
			process_discard(child);
		}
		return err;
	}
	if (args->flags & CLONE_CHILD_SETTID) {
		task->set_tid = args->child_tid;
		task->thread->entry = child_tid_write;
	}
	task->is_vfork = args->flags & CLONE_VFORK && child != parent;
	tid = task->tid;
	process_ref(child);
	task_start(task);
	if (args->flags & CLONE_VFORK && child != parent) {
		wait_until(&child->child_event,
			READ_ONCE(child->vfork_done) || signal_is_deadly_pending(), WAIT_FOREVER);
	}
	process_unref(child);
	return tid;
}

/* The thread's process needs the shared memory no more: whoever called vfork() goes on. */
void vfork_release(struct task *task)
{
	struct process *process = task->process;

	if (task->is_vfork) {
		task->is_vfork = false;
		WRITE_ONCE(process->vfork_done, true);
		wait_wake_all(&process->child_event);
	}
}
