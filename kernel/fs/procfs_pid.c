/*
 * procfs_pid.c - /proc/PID: the folders of processes, /proc/self, /proc/mounts.
 *
 * A process can end at any time: its inode keeps the struct alive, its parts
 * (memory, files, folders) are taken under process_lock, or are gone.
 */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <linux/dirent.h>
#include <linux/stat.h>
#include "../proc/proc.h"
#include "procfs.h"

/* ---- parts of a process ------------------------------------------------------------------------ */

struct vm_space *proc_vm_get(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct vm_space *vm = process->vm;

	if (vm) {
		vm_space_ref(vm);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return vm;
}

struct fd_table *proc_fds_look(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct fd_table *fds = NULL;

	list_for_each(node, &process->threads) {
		fds = list_entry(node, struct task, process_link)->fds;
		if (fds) {
			fd_table_look(fds);
			break;
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return fds;
}

/* Of a process's inner parts: for those who may look into it. */
static int look_check(struct inode *inode)
{
	return process_may_look(proc_inode(inode)->process, true) ? 0 : -EACCES;
}

static int place_get(struct inode *inode, struct dentry *const *place, struct dentry **found)
{
	int err = look_check(inode);
	irq_state_t irq;

	if (err) {
		return err;
	}
	irq = spin_lock_irqsave(&process_lock);
	*found = *place;
	dentry_ref(*found);
	spin_unlock_irqrestore(&process_lock, irq);
	return *found ? 0 : -ENOENT;
}

/* ---- links --------------------------------------------------------------------------------------- */

static int follow_cwd(struct inode *inode, struct dentry **target)
{
	return place_get(inode, &proc_inode(inode)->process->cwd, target);
}

static int follow_exe(struct inode *inode, struct dentry **target)
{
	return place_get(inode, &proc_inode(inode)->process->exe, target);
}

static int follow_root(struct inode *inode, struct dentry **target)
{
	return place_get(inode, &proc_inode(inode)->process->root, target);
}

static long link_read(struct inode *inode, char *buf, size_t size)
{
	struct dentry *d;
	long len = inode->ops->follow(inode, &d);

	if (!len) {
		len = path_show(d, buf, size);
		dentry_unref(d);
	}
	return len;
}

#define LINK_OPS(id)                                                                               \
	static const struct inode_ops link_##id##_ops = {                                          \
		.readlink = link_read,                                                             \
		.follow = follow_##id,                                                             \
		.setattr = proc_setattr,                                                           \
		.release = proc_release,                                                           \
	}

LINK_OPS(cwd);
LINK_OPS(exe);
LINK_OPS(root);

/* ---- inner files ---------------------------------------------------------------------------------- */

static int inner_open(struct inode *inode, struct file *file)
{
	file->ops = inode->file_ops;
	return look_check(inode);
}

static const struct inode_ops inner_file_ops = {
	.open = inner_open,
	.setattr = proc_setattr,
	.release = proc_release,
};

/* ---- one process's folder ---------------------------------------------------------------------------- */

static const struct entry {
	const char *name;
	uint32_t mode;
	const struct inode_ops *ops;
	void (*show)(struct proc_text *text, const struct proc_inode *inode);
	const struct file_ops *file_ops; /* of a folder */
} entries[] = {
	{ "auxv", S_IFREG | 0400, &inner_file_ops, proc_show_auxv, NULL },
	{ "cmdline", S_IFREG | 0444, &proc_file_ops, proc_show_cmdline, NULL },
	{ "comm", S_IFREG | 0444, &proc_file_ops, proc_show_comm, NULL },
	{ "cwd", S_IFLNK | 0777, &link_cwd_ops, NULL, NULL },
	{ "environ", S_IFREG | 0400, &inner_file_ops, proc_show_environ, NULL },
	{ "exe", S_IFLNK | 0777, &link_exe_ops, NULL, NULL },
	{ "fd", S_IFDIR | 0500, &proc_fd_folder_ops, NULL, &proc_fd_folder_file_ops },
	{ "io", S_IFREG | 0400, &proc_file_ops, proc_show_io, NULL },
	{ "limits", S_IFREG | 0444, &proc_file_ops, proc_show_limits, NULL },
	{ "maps", S_IFREG | 0444, &inner_file_ops, proc_show_maps, NULL },
	{ "mountinfo", S_IFREG | 0444, &proc_file_ops, proc_show_mountinfo, NULL },
	{ "mounts", S_IFREG | 0444, &proc_file_ops, proc_show_mounts, NULL },
	{ "oom_score", S_IFREG | 0444, &proc_file_ops, proc_show_zero, NULL },
	{ "root", S_IFLNK | 0777, &link_root_ops, NULL, NULL },
	{ "smaps", S_IFREG | 0444, &inner_file_ops, proc_show_smaps, NULL },
	{ "stat", S_IFREG | 0444, &proc_file_ops, proc_show_stat, NULL },
	{ "statm", S_IFREG | 0444, &proc_file_ops, proc_show_statm, NULL },
	{ "status", S_IFREG | 0444, &proc_file_ops, proc_show_status, NULL },
	{ "task", S_IFDIR | 0555, &proc_task_folder_ops, NULL, &proc_task_folder_file_ops },
	{ "wchan", S_IFREG | 0444, &proc_file_ops, proc_show_wchan, NULL },
};

/* A thread's folder, of /proc/PID/task, is as its process's, but for that one. */
static bool has_entry(const struct proc_inode *folder, unsigned index)
{
	return !folder->tid || entries[index].ops != &proc_task_folder_ops;
}

/* Of a part of a process's folder, or, with a tid, of a thread's; part 0: the folder. */
static uint64_t part_number(const struct process *process, int tid, unsigned part)
{
	return tid ? proc_pid_number(tid, PROC_PART_TASK | part)
		   : proc_pid_number(process->pid, part);
}

static int entry_make(struct inode *dir, unsigned index, struct inode **found)
{
	const struct entry *e = &entries[index];
	const struct proc_inode *folder = proc_inode(dir);
	struct proc_inode *p = proc_inode_make(dir->fs, e->ops, e->mode,
		part_number(folder->process, folder->tid, 1 + index), folder->process);

	if (!p) {
		return -ENOMEM;
	}
	p->show = e->show;
	p->tid = folder->tid;
	if (e->file_ops) {
		p->inode.file_ops = e->file_ops;
	}
	*found = &p->inode;
	return 0;
}

static int folder_lookup(struct inode *dir, const char *name, struct inode **found)
{
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!strcmp(entries[i].name, name) && has_entry(proc_inode(dir), i)) {
			return entry_make(dir, i, found);
		}
	}
	return -ENOENT;
}

static int folder_readdir(struct file *file, proc_emit_fn *emit, void *arg)
{
	const struct proc_inode *folder = proc_inode(file->inode);

	if (!file_emit_dots(file, emit, arg)) {
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
		if (has_entry(folder, i) &&
			!proc_emit(file, 2 + i, entries[i].name,
				part_number(folder->process, folder->tid, 1 + i),
				DT_OF_MODE(entries[i].mode), emit, arg)) {
			break;
		}
	}
	return 0;
}

/* A process's number is given again only when nobody knows who had it. */
static bool folder_is_current(struct inode *inode)
{
	const struct proc_inode *folder = proc_inode(inode);
	struct process *mine = folder->process, *found = process_find(mine->pid);

	if (found) {
		process_unref(found);
	}
	return found == mine && (!folder->tid || proc_task_is_there(mine, folder->tid));
}

static const struct inode_ops folder_ops = {
	.lookup = folder_lookup,
	.setattr = proc_setattr,
	.is_current = folder_is_current,
	.release = proc_release,
};

static const struct file_ops folder_file_ops = {
	.readdir = folder_readdir,
};

int proc_pid_folder_make(
	struct filesystem *fs, struct process *process, int tid, struct inode **found)
{
	struct proc_inode *p = proc_inode_make(
		fs, &folder_ops, S_IFDIR | 0555, part_number(process, tid, 0), process);

	if (!p) {
		return -ENOMEM;
	}
	p->inode.file_ops = &folder_file_ops;
	p->tid = tid;
	*found = &p->inode;
	return 0;
}

static int folder_find(struct filesystem *fs, int pid, struct inode **found)
{
	struct process *process = process_find(pid);
	int err = process ? proc_pid_folder_make(fs, process, 0, found) : -ENOENT;

	if (process) {
		process_unref(process);
	}
	return err;
}

/* ---- in the root -------------------------------------------------------------------------------------- */

static long self_read(struct inode *inode, char *buf, size_t size)
{
	struct process *process = process_current();

	return process ? fmt_print(buf, size, "%d", process->pid) : -ENOENT;
}

static long thread_self_read(struct inode *inode, char *buf, size_t size)
{
	const struct task *task = task_current();

	return task ? fmt_print(buf, size, "%d/task/%d", task->process->pid, task->tid) : -ENOENT;
}

static long mounts_read(struct inode *inode, char *buf, size_t size)
{
	return (long)strlcpy(buf, "self/mounts", size);
}

static const struct inode_ops self_ops = { .readlink = self_read, .release = proc_release };
static const struct inode_ops thread_self_ops = { .readlink = thread_self_read,
	.release = proc_release };
static const struct inode_ops mounts_ops = { .readlink = mounts_read, .release = proc_release };

static const struct {
	const char *name;
	const struct inode_ops *ops;
} links[] = { { "self", &self_ops }, { "thread-self", &thread_self_ops },
	{ "mounts", &mounts_ops } };

/* Their positions and numbers lie before those of the processes. */
#define POSITION_LINKS (PROC_POSITION_PID - 16)

static int link_make(struct filesystem *fs, unsigned index, struct inode **found)
{
	struct proc_inode *p =
		proc_inode_make(fs, links[index].ops, S_IFLNK | 0777, POSITION_LINKS + index, NULL);

	if (!p) {
		return -ENOMEM;
	}
	*found = &p->inode;
	return 0;
}

int proc_pid_lookup(struct filesystem *fs, const char *name, struct inode **found)
{
	int pid = proc_number(name);

	if (pid > 0) {
		return folder_find(fs, pid, found);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(links); i++) {
		if (!strcmp(links[i].name, name)) {
			return link_make(fs, i, found);
		}
	}
	return -ENOENT;
}

struct pid_listing {
	struct file *file;
	proc_emit_fn *emit;
	void *arg;
	bool is_full;
};

static void pid_emit(struct process *process, void *arg)
{
	struct pid_listing *l = arg;
	char name[12];

	if (l->is_full) {
		return;
	}
	fmt_print(name, sizeof(name), "%d", process->pid);
	l->is_full = !proc_emit(l->file, PROC_POSITION_PID + process->pid, name,
		proc_pid_number(process->pid, 0), DT_DIR, l->emit, l->arg);
}

bool proc_pid_emit(struct file *file, proc_emit_fn *emit, void *arg)
{
	struct pid_listing l = { file, emit, arg, false };

	for (unsigned i = 0; i < ARRAY_SIZE(links); i++) {
		if (!proc_emit(file, POSITION_LINKS + i, links[i].name, POSITION_LINKS + i, DT_LNK,
			    emit, arg)) {
			return false;
		}
	}
	process_for_each(pid_emit, &l);
	return !l.is_full;
}
