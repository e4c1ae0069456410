/* task.c - threads of programs: making one, starting it, taking it back. */
#include "signal_state.h"

#include <arch/user.h>
#include <kernel/heap.h>
#include <kernel/string.h>

/* A clone's first code: straight to the program. */
static void task_run(void *arg)
{
	user_enter();
}

static void task_enter(struct task *task, struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	/* The first thread has the process's number. */
	task->tid = process->thread_count ? pid_alloc() : process->pid;
	list_push_back(&process->threads, &task->process_link);
	process->thread_count++;
	spin_unlock_irqrestore(&process_lock, irq);
}

struct task *task_create(struct process *process, const char *name)
{
	struct task *task = heap_alloc(sizeof(*task)); /* zeroed */

	if (!task) {
		return NULL;
	}
	task->process = process;
	pending_init(&task->pending);
	task->thread = thread_create_stopped(name, task_run, NULL);
	if (!task->thread) {
		heap_free(task);
		return NULL;
	}
	if (port_user_init(task->thread)) {
		thread_discard(task->thread);
		heap_free(task);
		return NULL;
	}
	task->thread->task = task;
	task->thread->aspace = vm_space_mmu(process->vm);
	task_enter(task, process);
	return task;
}

void task_start(struct task *task)
{
	thread_launch(task->thread);
}

void task_discard(struct task *task)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	list_remove(&task->process_link);
	task->process->thread_count--;
	spin_unlock_irqrestore(&process_lock, irq);
	port_user_free(task->thread);
	thread_discard(task->thread);
	heap_free(task);
}
