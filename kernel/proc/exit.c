/*
 * exit.c - the end of threads and processes, and waiting for it.
 *
 * A thread ends by itself only, on its way to user mode or in a system call.
 * It has let go of its files and left the page tables when it is counted out, so the last
 * one finds nobody else on them. That takes the process apart: memory (its own CPU leaves
 * the page tables before they are unpinned), then the children go to process 1, then the
 * process is a zombie and the parent hears of it; from then on it may be gone.
 */
#include "signal_state.h"

#include <arch/mmu.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/semaphores.h>
#include <kernel/tty.h>
#include <linux/sched.h>

/* Taken out under the lock, so that whoever looks finds a part or none; freed outside it. */
void process_parts_free(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct vm_space *vm = process->vm;
	struct signal_state *signals = process->signals;
	struct dentry *exe = process->exe, *root = process->root, *cwd = process->cwd;

	process->vm = NULL;
	process->signals = NULL;
	process->exe = process->root = process->cwd = NULL;
	pending_drop(&process->pending, ~0ull); /* and who has no handlers gets no more */
	spin_unlock_irqrestore(&process_lock, irq);
	if (vm) {
		vm_space_unref(vm);
	}
	if (signals) {
		signal_state_unref(signals);
	}
	dentry_unref(exe);
	dentry_unref(root);
	dentry_unref(cwd);
}

/* The calling thread runs on the kernel's own tables from now on; others of its process stay. */
static void memory_leave(struct thread *self)
{
	self->aspace = NULL;
	mmu_load(&mmu_kernel);
}

/* Out of the process, so that nobody finds it any more. */
static struct vm_space *memory_take(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct vm_space *vm = process->vm;

	process->vm = NULL;
	spin_unlock_irqrestore(&process_lock, irq);
	return vm;
}

/* The nearest above that asked for it, or process 1. Under process_lock. */
static struct process *adopter_of(const struct process *process)
{
	struct process *up = process->parent;

	while (up && up != process_init && (!up->is_adopting || up->is_zombie)) {
		up = up->parent;
	}
	return up ? up : process_init;
}

/* A child that asked for it hears of its parent's end. Under process_lock. */
static void child_tell(struct process *child, const struct process *parent)
{
	struct signal_info info = { .signo = child->parent_end_signal,
		.code = SI_USER,
		.pid = parent->pid,
		.uid = parent->uid };

	if (info.signo && !child->is_zombie) {
		(void)!signal_send_locked(child, NULL, &info);
	}
}

/* Somebody adopts them; what ended before is news to him. Under process_lock. */
static void children_give_away(struct process *process)
{
	struct process *adopter = adopter_of(process);

	list_for_each_safe(node, &process->children) {
		struct process *child = list_entry(node, struct process, sibling);

		child_tell(child, process);
		list_remove(node);
		child->parent = adopter;
		list_push_back(&adopter->children, node);
		if (child->is_zombie && parent_tell_end(child)) {
			process_unref(child);
		}
	}
}

/* Process 1 is the machine: its status is the verdict. */
static void __noreturn init_ended(int status)
{
	if (status & 0x7f) {
		log_err("init: killed by signal %d", status & 0x7f);
		machine_shutdown(MACHINE_POWEROFF, 128 + (status & 0x7f));
	}
	machine_shutdown(MACHINE_POWEROFF, status >> 8);
}

static void process_end(struct process *process)
{
	irq_state_t irq;
	bool is_gone;

	if (process == process_init) {
		init_ended(process->exit_status);
	}
	timer_cancel_wait(&process->alarm);
	posix_timers_end(process, false);
	semaphores_process_end(process);
	tty_leader_ends(process);
	vm_space_leave(memory_take(process));
	process_parts_free(process);
	irq = spin_lock_irqsave(&process_lock);
	children_give_away(process);
	process->is_zombie = true;
	is_gone = parent_tell_end(process);
	wait_wake_all(&process->end_event);
	spin_unlock_irqrestore(&process_lock, irq);
	if (is_gone) {
		process_unref(process);
	}
}

/* Whether the calling thread was the process's last. */
static bool task_leave(struct task *task)
{
	struct process *process = task->process;
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool is_last = task_remove(task);

	if (!is_last) {
		memory_leave(task->thread);
	}
	process->user_time += thread_run_time(task->thread);
	process_io_add(&process->io, &task->io);
	spin_unlock_irqrestore(&process_lock, irq);
	return is_last;
}

void process_exit_thread(int code)
{
	struct task *task = task_current();
	struct thread *self = thread_current();
	struct process *process = task->process;

	futex_task_exit(task);
	vfork_release(task);
	task_files_replace(NULL);
	if (task_leave(task)) {
		if (!process->is_exiting) {
			process->exit_status = STATUS_EXITED(code);
		}
		process_end(process);
	}
	port_user_free(self);
	self->task = NULL;
	heap_free(task);
	thread_exit(0);
}

void process_exit_group(int status)
{
	struct process *process = process_current();
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	if (!process->is_exiting) {
		process->is_exiting = true;
		process->exit_status = status;
	}
	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (task != task_current()) {
			task->is_dying = true;
			thread_interrupt(task->thread);
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	process_exit_thread(0);
}

/* ---- wait -------------------------------------------------------------- */

static bool is_wanted(const struct process *child, int pid)
{
	if (pid > 0) {
		return child->pid == pid;
	}
	if (pid < -1) {
		return child->pgid == -pid;
	}
	return pid == -1 || child->pgid == process_current()->pgid;
}

/* What a child has to report that the options ask for. Under process_lock. */
static bool report_take(struct process *child, int options, int *status)
{
	if (child->is_zombie) {
		*status = child->exit_status;
		return options & WEXITED;
	}
	if (options & WUNTRACED && child->is_stopped && !child->stop_reported) {
		child->stop_reported = !(options & WNOWAIT);
		*status = STATUS_STOPPED(child->stop_signal);
		return true;
	}
	if (options & WCONTINUED && child->was_continued) {
		child->was_continued = options & WNOWAIT;
		*status = STATUS_CONTINUED;
		return true;
	}
	return false;
}

/* A child with something to report, or NULL; *any says whether there is one that could. Under process_lock. */
static struct process *report_find(int pid, int options, int *status, bool *any)
{
	struct process *self = process_current();

	*any = false;
	list_for_each(node, &self->children) {
		struct process *child = list_entry(node, struct process, sibling);

		if (is_wanted(child, pid)) {
			*any = true;
			if (report_take(child, options, status)) {
				return child;
			}
		}
	}
	return NULL;
}

/* A zombie that was waited for leaves the table. Under process_lock. */
static void zombie_remove(struct process *child)
{
	struct process *self = process_current();

	list_remove(&child->sibling);
	list_remove(&child->all_link);
	self->children_time += child->user_time + child->system_time + child->children_time;
}

/* One look: a pid, 0 for nothing yet, -ECHILD. The report's process is referenced. */
static long wait_look(int pid, int *status, int options, struct process **reaped)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool any, is_end;
	struct process *child = report_find(pid, options, status, &any);

	if (!child) {
		spin_unlock_irqrestore(&process_lock, irq);
		return any ? 0 : -ECHILD;
	}
	is_end = child->is_zombie && !(options & WNOWAIT);
	if (is_end) {
		zombie_remove(child);
	} else {
		process_ref(child);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	*reaped = child;
	return child->pid;
}

long process_wait(int pid, int *status, int options, struct process **reaped)
{
	struct process *self = process_current();
	long found = 0;

	wait_until(&self->child_event,
		(found = wait_look(pid, status, options, reaped)) || options & WNOHANG ||
			signal_is_pending(),
		WAIT_FOREVER);
	if (!found && !(options & WNOHANG)) {
		return -ERESTARTSYS;
	}
	return found;
}
