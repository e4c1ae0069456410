/* task.c - threads of programs: making one, starting it, taking it back. */
#include "signal_state.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <linux/resource.h>

#define TASKS_MAX 16384ul /* well below the numbers that there are */

static unsigned task_count; /* under process_lock */

/* A clone's first code: straight to the program. */
static void task_run(void *arg)
{
	user_enter();
}

/* Linux's bound: kernel stacks take an eighth of the memory at most. */
static unsigned tasks_max(void)
{
	struct page_stats memory;

	page_stats_get(&memory);
	return (unsigned)MIN(memory.total / (8 * THREAD_STACK_SIZE / PAGE_SIZE), TASKS_MAX);
}

/* The threads of a user, counted. Under process_lock. */
static uint64_t tasks_of(uint32_t uid)
{
	uint64_t count = 0;

	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		count += p->uid == uid ? p->thread_count : 0;
	}
	return count;
}

/* Whether `process`, and its user, may have one more. Under process_lock. */
static int room_check(const struct process *process)
{
	const struct task *self = task_current();

	if (self && READ_ONCE(self->is_dying)) {
		return -EINTR;
	}
	if (task_count >= tasks_max()) {
		return -EAGAIN;
	}
	if (process->uid && tasks_of(process->uid) >= process->limits[RLIMIT_NPROC].soft) {
		return -EAGAIN;
	}
	return 0;
}

int task_room(const struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int err = room_check(process);

	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

static int task_enter(struct task *task, struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int err = room_check(process);

	if (!err) {
		/* The first thread has the process's number. */
		task->tid = process->thread_count ? pid_alloc() : process->pid;
		list_push_back(&process->threads, &task->process_link);
		process->thread_count++;
		task_count++;
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

bool task_remove(struct task *task)
{
	struct spinlock *lock = &task->process->signals->lock;

	list_remove(&task->process_link);
	task_count--;
	spin_lock(lock);
	pending_drop(&task->pending, ~0ull);
	spin_unlock(lock);
	signals_hand_on(task->process, ~0ull);
	return --task->process->thread_count == 0;
}

static void task_free(struct task *task)
{
	port_user_free(task->thread);
	thread_discard(task->thread);
	heap_free(task);
}

int task_create(struct task **made, struct process *process, struct fd_table *fds, const char *name)
{
	struct task *task = heap_alloc(sizeof(*task)); /* zeroed */
	int err;

	if (!task) {
		return -ENOMEM;
	}
	task->process = process;
	task->fds = fds;
	pending_init(&task->pending);
	task->thread = thread_create_stopped(name, task_run, NULL);
	if (!task->thread) {
		heap_free(task);
		return -ENOMEM;
	}
	task->thread->task = task;
	if (task_current()) {
		task->blocked = task_current()->blocked;
		memcpy(task->name, task_name(task_current()), sizeof(task->name));
	}
	err = port_user_init(task->thread);
	if (!err) {
		task->thread->aspace = vm_space_mmu(process->vm);
		err = task_enter(task, process);
	}
	if (err) {
		task_free(task);
		return err;
	}
	*made = task;
	return 0;
}

void task_files_replace(struct fd_table *fds)
{
	struct task *self = task_current();
	struct fd_table *old = self->fds;
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	self->fds = fds;
	spin_unlock_irqrestore(&process_lock, irq);
	fd_table_unref(old);
}

int task_files_unshare(void)
{
	struct fd_table *fds = task_current()->fds;

	if (fd_table_is_shared(fds)) {
		fds = fd_table_copy(fds);
		if (!fds) {
			return -ENOMEM;
		}
		task_files_replace(fds);
	}
	return 0;
}

void task_start(struct task *task)
{
	thread_launch(task->thread);
}

void task_discard(struct task *task)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	(void)task_remove(task);
	spin_unlock_irqrestore(&process_lock, irq);
	task_free(task);
}
