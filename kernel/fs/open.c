/* open.c - opening by name, with Linux's flags (open(2) lists the errors). */
#include <kernel/errno.h>
#include <kernel/notify.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "open.h"
#include "walk.h"

/* What a new open file needs to know. */
struct opening {
	unsigned flags;
	uint32_t mode;
	bool is_new; /* made by this call: its mode does not bind the maker */
};

static unsigned rights_of(unsigned flags)
{
	static const unsigned rights[] = { R_OK, W_OK, R_OK | W_OK, R_OK | W_OK };

	return rights[flags & O_ACCMODE] | (flags & O_TRUNC ? W_OK : 0);
}

static int type_check(const struct inode *inode, unsigned flags)
{
	if (S_ISLNK(inode->mode)) {
		return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	}
	if (flags & O_DIRECTORY && !S_ISDIR(inode->mode)) {
		return -ENOTDIR;
	}
	if (S_ISDIR(inode->mode) && (rights_of(flags) & W_OK || flags & O_CREAT)) {
		return -EISDIR;
	}
	if ((S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) &&
		inode_fs_flags(inode) & FS_NO_DEVICES) {
		return -EACCES;
	}
	return S_ISSOCK(inode->mode) ? -ENXIO : 0;
}

/* Also the answers that need no open file: O_PATH asks for none of them. */
static int may_open(struct inode *inode, const struct opening *o)
{
	int err = type_check(inode, o->flags);

	if (!err && !o->is_new) {
		err = inode_permission(inode, rights_of(o->flags));
	}
	if (!err && o->flags & O_NOATIME && !credentials_own(inode)) {
		err = -EPERM;
	}
	if (!err && !(o->flags & O_LARGEFILE) && S_ISREG(inode->mode) &&
		inode->size > VFS_NARROW_MAX) {
		err = -EOVERFLOW;
	}
	return err;
}

static int ops_set(struct file *file)
{
	struct inode *inode = file->inode;

	file->ops = inode->file_ops;
	if (inode->ops->open) {
		return inode->ops->open(inode, file);
	}
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) {
		return device_open(file);
	}
	if (S_ISFIFO(inode->mode)) {
		return fifo_open(file);
	}
	return file->ops ? 0 : -ENXIO;
}

static const struct file_ops path_only;

/* Devices, pipes and sockets are written to, their file system is not. */
static int writer_note(struct file *file)
{
	int err = 0;

	if (S_ISREG(file->inode->mode) && file->inode->fs && file_is_writable(file)) {
		err = filesystem_writer_add(file->inode->fs);
		file->is_writer = !err;
	}
	return err;
}

int file_open_dentry(struct dentry *d, unsigned flags, struct file **result)
{
	unsigned kept = flags & ~(unsigned)(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
	struct file *file = file_create(&path_only, kept, NULL);
	int err = 0;

	if (!file) {
		return -ENOMEM;
	}
	dentry_ref(d);
	file->dentry = d;
	file->inode = dentry_inode(d);
	inode_ref(file->inode);
	if (!(flags & O_PATH)) {
		err = writer_note(file);
		err = err ? err : ops_set(file);
		file->flags &= ~(unsigned)O_NOCTTY; /* that was for a terminal's open() */
	}
	if (err) {
		file->ops = &path_only; /* it has nothing to release */
		file_unref(file);
		return err;
	}
	*result = file;
	return 0;
}

static int open_found(struct dentry *d, const struct opening *o, struct file **file)
{
	struct inode *inode = dentry_inode(d);
	int err;

	if (o->flags & O_PATH) {
		bool is_wrong = o->flags & O_DIRECTORY && !S_ISDIR(inode->mode);

		return is_wrong ? -ENOTDIR : file_open_dentry(d, o->flags, file);
	}
	err = may_open(inode, o);
	if (!err && o->flags & O_TRUNC && S_ISREG(inode->mode) && !o->is_new) {
		err = vfs_truncate(inode, 0);
		if (!err) {
			notify_file(d, IN_MODIFY);
		}
	}
	if (!err) {
		err = file_open_dentry(d, o->flags, file);
	}
	if (!err) {
		notify_file(d, IN_OPEN);
	}
	return err;
}

/* ---- O_CREAT ------------------------------------------------------------------ */

static int create_regular(struct inode *dir, struct dentry *d, uint32_t mode)
{
	struct inode *made;
	uint32_t bits = (mode & 07777) & ~context_umask();
	int err = name_may_create(dir);

	if (!err) {
		err = dir->ops->create ? dir->ops->create(dir, d->name, S_IFREG | bits, 0, &made)
				       : -EACCES;
	}
	if (!err) {
		dentry_instantiate(d, made);
		notify_inode(dir, IN_CREATE, d->name);
	}
	return err;
}

/* The name, made if there is none; referenced. */
static int find_or_create(struct walk *w, struct opening *o, struct dentry **found)
{
	struct inode *dir = dentry_inode(w->at);
	int err;

	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(w->at, w->name, found);
	if (!err && !dentry_inode(*found)) {
		err = w->wants_directory ? -EISDIR : create_regular(dir, *found, o->mode);
		o->is_new = !err;
	} else if (!err && o->flags & O_EXCL) {
		err = -EEXIST;
	} else {
		mutex_unlock(&dir->lock);
		return err;
	}
	mutex_unlock(&dir->lock);
	if (err) {
		dentry_unref(*found);
	}
	return err;
}

static int last_create(struct walk *w, struct opening *o)
{
	struct dentry *found;
	int err;

	if (walk_is_special(w)) {
		return o->flags & O_EXCL ? -EEXIST : -EISDIR;
	}
	err = find_or_create(w, o, &found);
	return err ? err : walk_enter(w, found, !(o->flags & (O_NOFOLLOW | O_EXCL)));
}

/* O_TMPFILE: a file with a name that nobody else ever sees. */
static int open_nameless(struct walk *w, struct opening *o, struct file **file)
{
	struct inode *dir = dentry_inode(w->at);
	struct dentry *d = NULL;
	int err;

	if (!S_ISDIR(dir->mode)) {
		return -ENOTDIR;
	}
	if (!dir->ops->create) {
		return -ENOTSUP;
	}
	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(w->at, "/nameless", &d);
	if (!err) {
		err = create_regular(dir, d, o->mode);
		if (!err) {
			err = dir->ops->unlink(dir, d->name, dentry_inode(d));
			inode_name_lost(dentry_inode(d));
		}
		dentry_drop(d);
	}
	mutex_unlock(&dir->lock);
	if (!err) {
		err = file_open_dentry(d, o->flags & ~(unsigned)O_TMPFILE, file);
	}
	dentry_unref(d);
	return err;
}

int vfs_open_entry(struct dentry *d, unsigned flags, struct file **file)
{
	return open_found(d, &(struct opening){ .flags = flags }, file);
}

int vfs_open_program(struct dentry *d, struct file **file)
{
	struct inode *inode = dentry_inode(d);
	int err = S_ISREG(inode->mode) ? inode_permission(inode, X_OK)
		: S_ISLNK(inode->mode) ? -ELOOP
				       : -EACCES;

	if (!err && inode_fs_flags(inode) & FS_NO_EXEC) {
		err = -EACCES;
	}
	if (!err) {
		err = file_open_dentry(d, O_RDONLY | O_LARGEFILE, file);
	}
	if (!err) {
		notify_file(d, IN_OPEN);
	}
	return err;
}

/* ---- the call ------------------------------------------------------------------- */

static int flags_check(unsigned flags)
{
	bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE;

	if (flags & O_CREAT && flags & O_DIRECTORY) {
		return -EINVAL;
	}
	return is_nameless && !(rights_of(flags) & W_OK) ? -EINVAL : 0;
}

static int last(struct walk *w, struct opening *o)
{
	return o->flags & O_CREAT ? last_create(w, o) : walk_last(w, !(o->flags & O_NOFOLLOW));
}

int vfs_open(
	struct dentry *base, const char *path, unsigned flags, uint32_t mode, struct file **file)
{
	return vfs_open_within(base, path, flags, mode, 0, file);
}

int vfs_open_within(struct dentry *base, const char *path, unsigned flags, uint32_t mode,
	unsigned resolve, struct file **file)
{
	unsigned path_only_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct opening o = { flags & O_PATH ? flags & path_only_flags : flags, mode, false };
	struct walk w;
	int err = flags_check(o.flags);

	if (!err) {
		err = walk_begin_within(&w, base, path, resolve);
	}
	if (err) {
		return err;
	}
	do {
		err = walk_parent(&w);
		if (!err) {
			err = last(&w, &o);
		}
	} while (err == WALK_AGAIN);
	if (!err && (o.flags & O_TMPFILE) == O_TMPFILE) {
		err = open_nameless(&w, &o, file);
	} else if (!err) {
		o.flags |= w.wants_directory ? O_DIRECTORY : 0;
		err = open_found(w.at, &o, file);
	}
	walk_end(&w);
	return err;
}
