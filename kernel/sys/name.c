/* name.c - system calls that make, remove and move names, and where a process stands. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "user_path.h"

/* ---- making ------------------------------------------------------------------------------------ */

long sys_mkdirat(int dir, vaddr_t path, uint32_t mode)
{
	struct user_path p;
	int err = user_path_get(&p, dir, path);

	if (!err) {
		err = vfs_mkdir(p.base, p.text, mode);
		user_path_put(&p);
	}
	return err;
}

long sys_mkdir(vaddr_t path, uint32_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_mknodat(int dir, vaddr_t path, uint32_t mode, unsigned long dev)
{
	struct user_path p;
	int err = user_path_get(&p, dir, path);

	if (!err) {
		err = vfs_mknod(p.base, p.text, mode, dev);
		user_path_put(&p);
	}
	return err;
}

long sys_mknod(vaddr_t path, uint32_t mode, unsigned long dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

long sys_symlinkat(vaddr_t target, int dir, vaddr_t path)
{
	struct user_path p;
	char *text;
	int err = user_text_get(target, &text);

	if (err) {
		return err;
	}
	err = user_path_get(&p, dir, path);
	if (!err) {
		err = vfs_symlink(p.base, p.text, text);
		user_path_put(&p);
	}
	heap_free(text);
	return err;
}

long sys_symlink(vaddr_t target, vaddr_t path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}

long sys_linkat(int from_dir, vaddr_t from, int to_dir, vaddr_t to, unsigned flags)
{
	unsigned how = flags & AT_SYMLINK_FOLLOW ? 0 : (unsigned)PATH_NOFOLLOW;
	struct dentry *source;
	struct user_path p;
	int err;

	if (flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) {
		return -EINVAL;
	}
	err = user_path_lookup(from_dir, from, how | user_path_flags(flags), &source);
	if (err) {
		return err;
	}
	err = user_path_get(&p, to_dir, to);
	if (!err) {
		err = vfs_link(source, p.base, p.text);
		user_path_put(&p);
	}
	dentry_unref(source);
	return err;
}

long sys_link(vaddr_t from, vaddr_t to)
{
	return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- removing and moving -------------------------------------------------------------------------- */

long sys_unlinkat(int dir, vaddr_t path, unsigned flags)
{
	struct user_path p;
	int err;

	if (flags & ~(unsigned)AT_REMOVEDIR) {
		return -EINVAL;
	}
	err = user_path_get(&p, dir, path);
	if (!err) {
		err = flags & AT_REMOVEDIR ? vfs_rmdir(p.base, p.text) : vfs_unlink(p.base, p.text);
		user_path_put(&p);
	}
	return err;
}

long sys_unlink(vaddr_t path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}

long sys_rmdir(vaddr_t path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

long sys_renameat2(int from_dir, vaddr_t from, int to_dir, vaddr_t to, unsigned flags)
{
	struct user_path f, t;
	int err = user_path_get(&f, from_dir, from);

	if (err) {
		return err;
	}
	err = user_path_get(&t, to_dir, to);
	if (!err) {
		err = vfs_rename(f.base, f.text, t.base, t.text, flags);
		user_path_put(&t);
	}
	user_path_put(&f);
	return err;
}

long sys_renameat(int from_dir, vaddr_t from, int to_dir, vaddr_t to)
{
	return sys_renameat2(from_dir, from, to_dir, to, 0);
}

long sys_rename(vaddr_t from, vaddr_t to)
{
	return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- where a process stands ------------------------------------------------------------------------- */

/* Takes over the reference of `d`, a folder one may search. */
static int stand_at(struct dentry **place, struct dentry *d)
{
	struct process *process = process_current();
	struct dentry *old;

	mutex_lock(&process->lock);
	old = process_place_exchange(place, d);
	mutex_unlock(&process->lock);
	dentry_unref(old);
	return 0;
}

static int move_to(struct dentry **place, struct dentry *d)
{
	struct inode *inode = dentry_inode(d);
	int err = S_ISDIR(inode->mode) ? inode_permission(inode, X_OK) : -ENOTDIR;

	if (err) {
		dentry_unref(d);
		return err;
	}
	return stand_at(place, d);
}

long sys_chdir(vaddr_t path)
{
	struct dentry *d;
	int err = user_path_lookup(AT_FDCWD, path, PATH_DIRECTORY, &d);

	return err ? err : move_to(&process_current()->cwd, d);
}

long sys_fchdir(int fd)
{
	struct file *file = user_file(fd);
	struct dentry *d = file ? file->dentry : NULL;

	if (!d) {
		file_unref(file);
		return file ? -ENOTDIR : -EBADF;
	}
	dentry_ref(d);
	file_unref(file);
	return move_to(&process_current()->cwd, d);
}

long sys_chroot(vaddr_t path)
{
	struct dentry *d;
	int err = user_path_lookup(AT_FDCWD, path, PATH_DIRECTORY, &d);

	if (!err && process_current()->euid != 0) {
		dentry_unref(d);
		err = -EPERM;
	}
	return err ? err : move_to(&process_current()->root, d);
}

static struct dentry *cwd_get(void)
{
	struct process *process = process_current();
	struct dentry *d;

	mutex_lock(&process->lock);
	d = process->cwd;
	dentry_ref(d);
	mutex_unlock(&process->lock);
	return d;
}

long sys_getcwd(vaddr_t buf, size_t size)
{
	char *path = heap_alloc(PATH_LEN_MAX);
	struct dentry *d;
	long len;

	if (!path) {
		return -ENOMEM;
	}
	d = cwd_get();
	len = path_of(d, path, PATH_LEN_MAX);
	dentry_unref(d);
	if (len == -ERANGE) {
		len = -ENAMETOOLONG;
	} else if (len >= 0) {
		len++; /* with the NUL */
		if ((size_t)len > size) {
			len = -ERANGE;
		} else if (user_copy_out(buf, path, (size_t)len)) {
			len = -EFAULT;
		}
	}
	heap_free(path);
	return len;
}

long sys_umask(uint32_t mask)
{
	struct process *process = process_current();
	uint32_t old;

	mutex_lock(&process->lock);
	old = process->umask;
	process->umask = mask & 0777;
	mutex_unlock(&process->lock);
	return old;
}
