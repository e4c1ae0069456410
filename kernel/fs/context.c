/* context.c - who asks for a file: the process, or at boot and in kernel threads root itself. */
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/thread.h>
#include <linux/resource.h>
#include <linux/signal.h>
#include "fs.h"

struct credentials credentials_now(void)
{
	struct process *process = process_current();

	if (!process) {
		return (struct credentials){ 0, 0 };
	}
	return (struct credentials){ READ_ONCE(process->euid), READ_ONCE(process->egid) };
}

bool credentials_own(const struct inode *inode)
{
	uint32_t uid = credentials_now().uid;

	return uid == 0 || uid == inode->uid;
}

uint32_t context_umask(void)
{
	struct process *process = process_current();

	return process ? READ_ONCE(process->umask) : 0;
}

int64_t context_size_limit(void)
{
	struct process *process = process_current();
	uint64_t limit = process ? READ_ONCE(process->limits[RLIMIT_FSIZE].soft) : UINT64_MAX;

	return (int64_t)MIN(limit, (uint64_t)NO_LIMIT);
}

int context_size_exceed(void)
{
	struct signal_info info = { .signo = SIGXFSZ, .code = SI_KERNEL };

	(void)!signal_send_thread(thread_current(), &info);
	return -EFBIG;
}

/* The process's own, which may be exchanged meanwhile by another of its threads. */
static struct dentry *context_dentry(struct dentry *(*which)(struct process *process))
{
	struct process *process = process_current();
	struct dentry *d = NULL;

	if (process) {
		mutex_lock(&process->lock);
		d = which(process);
		dentry_ref(d);
		mutex_unlock(&process->lock);
	}
	if (!d) {
		d = vfs_root;
		dentry_ref(d);
	}
	return d;
}

static struct dentry *root_of(struct process *process)
{
	return process->root;
}

static struct dentry *cwd_of(struct process *process)
{
	return process->cwd;
}

struct dentry *context_root(void)
{
	return context_dentry(root_of);
}

struct dentry *context_cwd(void)
{
	return context_dentry(cwd_of);
}
