/* procfs_fd.c - /proc/PID/fd: links to what a process has open. */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <linux/dirent.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "procfs.h"

/* The open file, referenced, or NULL. */
static struct file *file_get(struct process *process, int fd)
{
	struct fd_table *fds = proc_fds_look(process);
	struct file *file = fds ? fd_get(fds, fd) : NULL;

	fd_table_look_end(fds);
	return file;
}

/* ---- one link ------------------------------------------------------------------------------- */

static int link_follow(struct inode *inode, struct dentry **target)
{
	struct proc_inode *p = proc_inode(inode);
	struct file *file = file_get(p->process, p->fd);

	if (!file || !file->dentry) {
		file_unref(file);
		return file ? -ENXIO : -ENOENT;
	}
	dentry_ref(file->dentry);
	*target = file->dentry;
	file_unref(file);
	return 0;
}

/* A name that was removed is told as such. */
static long name_tell(struct file *file, char *buf, size_t size)
{
	if (!file->dentry && file->inode && S_ISSOCK(file->inode->mode)) {
		return fmt_print(buf, size, "socket:[%lu]", (unsigned long)file->inode->number);
	}
	if (!file->dentry) {
		const char *kind = file->ops->kind ? file->ops->kind : "[file]";

		return fmt_print(buf, size, "anon_inode:%s", kind);
	}
	return path_show(file->dentry, buf, size);
}

static long link_read(struct inode *inode, char *buf, size_t size)
{
	struct proc_inode *p = proc_inode(inode);
	struct file *file = file_get(p->process, p->fd);
	long len = file ? name_tell(file, buf, size) : -ENOENT;

	file_unref(file);
	return len;
}

static bool link_is_current(struct inode *inode)
{
	struct proc_inode *p = proc_inode(inode);
	struct file *file = file_get(p->process, p->fd);

	file_unref(file);
	return file != NULL;
}

static const struct inode_ops link_ops = {
	.readlink = link_read,
	.follow = link_follow,
	.is_current = link_is_current,
	.setattr = proc_setattr,
	.release = proc_release,
};

/* ---- the folder -------------------------------------------------------------------------------- */

static uint32_t rights_of(const struct file *file)
{
	static const uint32_t rights[] = { 0500, 0300, 0700, 0700 };

	return rights[file->flags & O_ACCMODE];
}

static int folder_lookup(struct inode *dir, const char *name, struct inode **found)
{
	struct process *process = proc_inode(dir)->process;
	int fd = proc_number(name);
	struct file *file = fd < 0 ? NULL : file_get(process, fd);
	struct proc_inode *p;

	if (!file) {
		return -ENOENT;
	}
	p = proc_inode_make(dir->fs, &link_ops, S_IFLNK | rights_of(file),
		proc_pid_number(process->pid, PROC_PART_FD | (unsigned)fd), process);
	file_unref(file);
	if (!p) {
		return -ENOMEM;
	}
	p->fd = fd;
	*found = &p->inode;
	return 0;
}

static int folder_readdir(struct file *file, proc_emit_fn *emit, void *arg)
{
	struct process *process = proc_inode(file->inode)->process;
	struct fd_table *fds = proc_fds_look(process);
	char name[12];

	if (!fds || !file_emit_dots(file, emit, arg)) {
		fd_table_look_end(fds);
		return 0;
	}
	for (int fd = fd_next(fds, (int)file->pos - 2); fd >= 0; fd = fd_next(fds, fd + 1)) {
		fmt_print(name, sizeof(name), "%d", fd);
		if (!proc_emit(file, 2 + fd, name,
			    proc_pid_number(process->pid, PROC_PART_FD | (unsigned)fd), DT_LNK,
			    emit, arg)) {
			break;
		}
	}
	fd_table_look_end(fds);
	return 0;
}

const struct inode_ops proc_fd_folder_ops = {
	.lookup = folder_lookup,
	.setattr = proc_setattr,
	.release = proc_release,
};

const struct file_ops proc_fd_folder_file_ops = {
	.readdir = folder_readdir,
};
