/* procfs_task.c - /proc/PID/task: a folder for each thread of a process. */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <linux/dirent.h>
#include <linux/stat.h>
#include "../proc/proc.h"
#include "procfs.h"

bool proc_task_is_there(struct process *process, int tid)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool is_there = task_find(process, tid);

	spin_unlock_irqrestore(&process_lock, irq);
	return is_there;
}

static int folder_lookup(struct inode *dir, const char *name, struct inode **found)
{
	struct process *process = proc_inode(dir)->process;
	int tid = proc_number(name);

	if (tid < 0 || !proc_task_is_there(process, tid)) {
		return -ENOENT;
	}
	return proc_pid_folder_make(dir->fs, process, tid, found);
}

/* The least number of a thread from `from` on; 0: none. They begin in any order once numbers start again. */
static int task_next(struct process *process, int from)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int next = 0;

	list_for_each(node, &process->threads) {
		int tid = list_entry(node, struct task, process_link)->tid;

		if (tid >= from && (!next || tid < next)) {
			next = tid;
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return next;
}

static int folder_readdir(struct file *file, proc_emit_fn *emit, void *arg)
{
	struct process *process = proc_inode(file->inode)->process;
	char name[12];
	int tid;

	if (!file_emit_dots(file, emit, arg)) {
		return 0;
	}
	while ((tid = task_next(process, (int)file->pos - 2))) {
		fmt_print(name, sizeof(name), "%d", tid);
		if (!proc_emit(file, 2 + tid, name, proc_pid_number(tid, PROC_PART_TASK), DT_DIR,
			    emit, arg)) {
			break;
		}
	}
	return 0;
}

const struct inode_ops proc_task_folder_ops = {
	.lookup = folder_lookup,
	.setattr = proc_setattr,
	.release = proc_release,
};

const struct file_ops proc_task_folder_file_ops = {
	.readdir = folder_readdir,
};
