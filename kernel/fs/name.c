/*
 * name.c - making and removing names. Each follows the path to the directory,
 * locks it, decides (all that can be wrong), then has the file system perform.
 */
#include <kernel/errno.h>
#include <kernel/notify.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "open.h"
#include "walk.h"

int name_may_create(struct inode *dir)
{
	int err = inode_permission(dir, W_OK | X_OK);

	return !err && dir->links == 0 ? -ENOENT : err; /* removed, but still somebody's cwd */
}

/* ---- making ------------------------------------------------------------------------ */

/* What is to be made, and how. */
struct making {
	uint32_t mode;
	uint64_t rdev;
	const char *target;  /* of a symlink */
	struct inode *inode; /* of a link */
};

static int perform_make(struct inode *dir, struct dentry *d, const struct making *m)
{
	struct inode *made = m->inode;
	int err;

	if (m->target) {
		err = dir->ops->symlink ? dir->ops->symlink(dir, d->name, m->target, &made)
					: -EPERM;
	} else if (m->inode) {
		err = dir->ops->link ? dir->ops->link(dir, d->name, m->inode) : -EPERM;
	} else {
		err = dir->ops->create ? dir->ops->create(dir, d->name, m->mode, m->rdev, &made)
				       : -EPERM;
	}
	if (err) {
		return err;
	}
	if (m->inode) {
		inode_ref(made);
		notify_inode(made, IN_ATTRIB, NULL); /* a link more */
	}
	dentry_instantiate(d, made);
	notify_inode(dir, IN_CREATE | (S_ISDIR(m->mode) ? IN_ISDIR : 0), d->name);
	return 0;
}

/* A name that is there is told before that one may not make it: mkdir -p relies on that. */
static int make_locked(struct walk *w, struct dentry *d, const struct making *m)
{
	struct inode *dir = dentry_inode(w->at);
	int err;

	if (dentry_inode(d)) {
		return -EEXIST;
	}
	if (w->wants_directory && !S_ISDIR(m->mode)) {
		return -ENOENT;
	}
	if (m->inode && m->inode->fs != dir->fs) {
		return -EXDEV;
	}
	err = name_may_create(dir);
	return err ? err : perform_make(dir, d, m);
}

static int make(struct dentry *base, const char *path, const struct making *m)
{
	struct dentry *d;
	struct inode *dir;
	struct walk w;
	int err = walk_begin(&w, base, path, 0);

	if (err) {
		return err;
	}
	err = walk_parent(&w);
	if (!err && walk_is_special(&w)) {
		err = -EEXIST;
	}
	if (!err) {
		dir = dentry_inode(w.at);
		mutex_lock(&dir->lock);
		err = dentry_lookup_locked(w.at, w.name, &d);
		if (!err) {
			err = make_locked(&w, d, m);
		}
		mutex_unlock(&dir->lock);
		if (d) {
			dentry_unref(d);
		}
	}
	walk_end(&w);
	return err;
}

int vfs_mkdir(struct dentry *base, const char *path, uint32_t mode)
{
	struct making m = { .mode = S_IFDIR | ((mode & 01777) & ~context_umask()) };

	return make(base, path, &m);
}

int vfs_mknod(struct dentry *base, const char *path, uint32_t mode, uint64_t rdev)
{
	uint32_t type = mode & S_IFMT ? mode & S_IFMT : S_IFREG;
	struct making m = { .mode = type | ((mode & 07777) & ~context_umask()), .rdev = rdev };

	if (type == S_IFDIR) {
		return -EPERM;
	}
	if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO &&
		type != S_IFSOCK) {
		return -EINVAL;
	}
	if ((type == S_IFCHR || type == S_IFBLK) && credentials_now().uid != 0) {
		return -EPERM;
	}
	return make(base, path, &m);
}

int vfs_symlink(struct dentry *base, const char *path, const char *target)
{
	struct making m = { .mode = S_IFLNK | 0777, .target = target };
	size_t len = strnlen(target, PATH_LEN_MAX);

	if (len == 0 || len == PATH_LEN_MAX) {
		return len ? -ENAMETOOLONG : -ENOENT;
	}
	return make(base, path, &m);
}

int vfs_link(struct dentry *from, struct dentry *to_base, const char *to)
{
	struct making m = { .inode = dentry_inode(from), .mode = dentry_inode(from)->mode };

	if (S_ISDIR(m.mode)) {
		return -EPERM;
	}
	return make(to_base, to, &m);
}

/* ---- removing ----------------------------------------------------------------------- */

/* In a folder with the sticky bit only the owner of the file or of the folder removes. */
static int may_remove(struct inode *dir, struct inode *victim)
{
	int err = inode_permission(dir, W_OK | X_OK);

	if (!err && dir->mode & S_ISVTX && !credentials_own(victim) && !credentials_own(dir)) {
		err = -EPERM;
	}
	return err;
}

static int unlink_locked(struct walk *w, struct dentry *d)
{
	struct inode *dir = dentry_inode(w->at), *inode = dentry_inode(d);
	int err;

	if (!inode) {
		return -ENOENT;
	}
	if (w->wants_directory) {
		return S_ISDIR(inode->mode) ? -EISDIR : -ENOTDIR;
	}
	err = may_remove(dir, inode);
	if (!err && S_ISDIR(inode->mode)) {
		err = -EISDIR;
	}
	if (!err && dentry_is_mount_point(d)) {
		err = -EBUSY;
	}
	if (!err) {
		err = dir->ops->unlink ? dir->ops->unlink(dir, d->name, inode) : -EPERM;
	}
	if (!err) {
		inode_name_lost(inode);
		notify_unlinked(inode);
		notify_inode(dir, IN_DELETE, d->name);
		dentry_drop(d);
	}
	return err;
}

static int rmdir_locked(struct walk *w, struct dentry *d)
{
	struct inode *dir = dentry_inode(w->at), *inode = dentry_inode(d);
	int err;

	if (!inode) {
		return -ENOENT;
	}
	err = may_remove(dir, inode);
	if (!err && !S_ISDIR(inode->mode)) {
		err = -ENOTDIR;
	}
	if (!err && dentry_is_mount_point(d)) {
		err = -EBUSY;
	}
	if (!err && !dir->ops->rmdir) {
		err = -EPERM;
	}
	if (err) {
		return err;
	}
	mutex_lock(&inode->lock);
	err = dir->ops->rmdir(dir, d->name, inode);
	mutex_unlock(&inode->lock);
	if (!err) {
		inode_name_lost(inode);
		notify_unlinked(inode);
		notify_inode(dir, IN_DELETE | IN_ISDIR, d->name);
		dentry_drop(d);
		dentry_forget_in(d);
	}
	return err;
}

static int remove_name(struct walk *w, int (*perform)(struct walk *w, struct dentry *d))
{
	struct inode *dir = dentry_inode(w->at);
	struct dentry *d;
	int err;

	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(w->at, w->name, &d);
	if (!err) {
		err = perform(w, d);
	}
	mutex_unlock(&dir->lock);
	if (d) {
		dentry_unref(d); /* perhaps the file's end: not under the folder's lock */
	}
	return err;
}

int vfs_unlink(struct dentry *base, const char *path)
{
	struct walk w;
	int err = walk_begin(&w, base, path, 0);

	if (err) {
		return err;
	}
	err = walk_parent(&w);
	if (!err) {
		err = walk_is_special(&w) ? -EISDIR : remove_name(&w, unlink_locked);
	}
	walk_end(&w);
	return err;
}

static int rmdir_special(const char *name)
{
	if (!name[0]) {
		return -EBUSY;
	}
	return name[1] ? -ENOTEMPTY : -EINVAL;
}

int vfs_rmdir(struct dentry *base, const char *path)
{
	struct walk w;
	int err = walk_begin(&w, base, path, 0);

	if (err) {
		return err;
	}
	err = walk_parent(&w);
	if (!err) {
		err = walk_is_special(&w) ? rmdir_special(w.name) : remove_name(&w, rmdir_locked);
	}
	walk_end(&w);
	return err;
}
