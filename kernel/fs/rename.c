/*
 * rename.c - moving a name, and exchanging two.
 *
 * One rename at a time (the rename lock), so that nothing above the two folders
 * moves while it is decided whether a folder would get below itself.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/notify.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "walk.h"

static struct mutex rename_lock = MUTEX_INIT(rename_lock, "rename");

/* Both ends: the folders, locked, and the names in them, looked up. */
struct renaming {
	struct walk *from, *to;
	struct inode *from_dir, *to_dir;
	struct dentry *source, *victim; /* victim: the name that is there, perhaps of no file */
	unsigned flags;
};

/* An ancestor first. */
static void folders_lock(struct renaming *r)
{
	struct inode *first = r->from_dir, *second = r->to_dir;

	if (first == second) {
		mutex_lock(&first->lock);
		return;
	}
	if (dentry_is_below(r->from->at, r->to->at)) {
		first = r->to_dir;
		second = r->from_dir;
	}
	mutex_lock(&first->lock);
	mutex_lock(&second->lock);
}

static void folders_unlock(struct renaming *r)
{
	mutex_unlock(&r->from_dir->lock);
	if (r->to_dir != r->from_dir) {
		mutex_unlock(&r->to_dir->lock);
	}
}

/* Whether the caller may take the file's name away from the folder. */
static int may_take(struct inode *dir, struct inode *inode)
{
	int err = inode_permission(dir, W_OK | X_OK);

	if (!err && dir->mode & S_ISVTX && !credentials_own(inode) && !credentials_own(dir)) {
		err = -EPERM;
	}
	return err;
}

/* What is there gives way only to its like. */
static int victim_check(const struct renaming *r, const struct inode *source)
{
	struct inode *victim = dentry_inode(r->victim);

	if (r->flags & RENAME_EXCHANGE) {
		return may_take(r->to_dir, victim);
	}
	if (S_ISDIR(source->mode) && !S_ISDIR(victim->mode)) {
		return -ENOTDIR;
	}
	if (!S_ISDIR(source->mode) && S_ISDIR(victim->mode)) {
		return -EISDIR;
	}
	return may_take(r->to_dir, victim);
}

static int loop_check(const struct renaming *r)
{
	if (dentry_is_below(r->to->at, r->source)) {
		return -EINVAL;
	}
	if (dentry_is_below(r->from->at, r->victim)) {
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	}
	return 0;
}

/* Behind the new name a slash speaks of what will be there; of two that are exchanged, of what is there. */
static int slash_check(const struct renaming *r, const struct inode *source)
{
	const struct inode *there = r->flags & RENAME_EXCHANGE ? dentry_inode(r->victim) : source;
	bool is_bad = (r->from->wants_directory && !S_ISDIR(source->mode)) ||
		(r->to->wants_directory && !S_ISDIR(there->mode));

	return is_bad ? -ENOTDIR : 0;
}

/* A folder gets above another one: its ".." changes. */
static int may_move(const struct renaming *r, struct inode *inode)
{
	bool is_changing = S_ISDIR(inode->mode) && r->from_dir != r->to_dir;

	return is_changing ? inode_permission(inode, W_OK) : 0;
}

static int rights_check(const struct renaming *r, struct inode *source)
{
	int err = may_take(r->from_dir, source);

	if (!err) {
		err = inode_permission(r->to_dir, W_OK | X_OK);
	}
	if (!err) {
		err = may_move(r, source);
	}
	if (!err && r->flags & RENAME_EXCHANGE) {
		err = may_move(r, dentry_inode(r->victim));
	}
	return !err && r->to_dir->links == 0 ? -ENOENT : err;
}

static int is_possible(const struct renaming *r)
{
	const struct inode_ops *ops = r->from_dir->ops;

	if (dentry_is_mount_point(r->source) || dentry_is_mount_point(r->victim)) {
		return -EBUSY;
	}
	if (!ops->rename) {
		return -EPERM;
	}
	return r->flags & RENAME_EXCHANGE && !ops->exchange ? -EINVAL : 0;
}

static int decide(const struct renaming *r)
{
	struct inode *source = dentry_inode(r->source), *victim = dentry_inode(r->victim);
	int err;

	if (!source || (!victim && r->flags & RENAME_EXCHANGE)) {
		return -ENOENT;
	}
	if (victim && r->flags & RENAME_NOREPLACE) {
		return -EEXIST;
	}
	err = loop_check(r);
	if (!err) {
		err = slash_check(r, source);
	}
	if (!err) {
		err = rights_check(r, source);
	}
	if (!err && victim) {
		err = victim_check(r, source);
	}
	return err ? err : is_possible(r);
}

static int perform(struct renaming *r)
{
	struct inode *victim = dentry_inode(r->victim);
	bool is_folder = victim && S_ISDIR(victim->mode);
	const char *name = dentry_name_copy(r->to->name);
	int err;

	if (!name) {
		return -ENOMEM;
	}
	if (is_folder) {
		mutex_lock(&victim->lock);
	}
	err = r->from_dir->ops->rename(r->from_dir, r->from->name, r->to_dir, r->to->name);
	if (is_folder) {
		mutex_unlock(&victim->lock);
	}
	if (err) {
		heap_free((void *)name);
		return err;
	}
	notify_move(r->from_dir, r->from->name, r->to_dir, r->to->name, dentry_inode(r->source));
	if (victim) {
		inode_name_lost(victim);
		notify_unlinked(victim);
	}
	dentry_move(r->source, r->to->at, name, r->victim);
	dentry_forget_in(r->victim);
	return 0;
}

static int perform_exchange(struct renaming *r)
{
	const char *from = dentry_name_copy(r->from->name), *to = dentry_name_copy(r->to->name);
	int err = from && to ? 0 : -ENOMEM;

	if (!err) {
		err = r->from_dir->ops->exchange(r->from_dir, from, r->to_dir, to);
	}
	if (err) {
		heap_free((void *)from);
		heap_free((void *)to);
		return err;
	}
	notify_move(r->from_dir, from, r->to_dir, to, dentry_inode(r->source));
	notify_move(r->to_dir, to, r->from_dir, from, dentry_inode(r->victim));
	dentry_exchange(r->source, to, r->victim, from);
	return 0;
}

/* Both names are of one file: nothing happens, says POSIX. */
static bool is_same(const struct renaming *r)
{
	struct inode *source = dentry_inode(r->source);

	return source && source == dentry_inode(r->victim) && !(r->flags & RENAME_NOREPLACE);
}

static int rename_locked(struct renaming *r)
{
	int err = dentry_lookup_locked(r->from->at, r->from->name, &r->source);

	if (!err) {
		err = dentry_lookup_locked(r->to->at, r->to->name, &r->victim);
	}
	if (!err && !is_same(r)) {
		err = decide(r);
		if (!err) {
			err = r->flags & RENAME_EXCHANGE ? perform_exchange(r) : perform(r);
		}
	}
	return err;
}

static int rename_walked(struct walk *from, struct walk *to, unsigned flags)
{
	struct renaming r = { .from = from,
		.to = to,
		.from_dir = dentry_inode(from->at),
		.to_dir = dentry_inode(to->at),
		.flags = flags };
	int err;

	if (walk_is_special(from) || walk_is_special(to)) {
		return -EBUSY;
	}
	if (from->at->fs != to->at->fs) {
		return -EXDEV;
	}
	mutex_lock(&rename_lock);
	folders_lock(&r);
	err = rename_locked(&r);
	folders_unlock(&r);
	mutex_unlock(&rename_lock);
	if (r.source) {
		dentry_unref(r.source);
	}
	if (r.victim) {
		dentry_unref(r.victim);
	}
	return err;
}

int vfs_rename(struct dentry *from_base, const char *from, struct dentry *to_base, const char *to,
	unsigned flags)
{
	struct walk f, t;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
		flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) {
		return -EINVAL;
	}
	err = walk_begin(&f, from_base, from, 0);
	if (err) {
		return err;
	}
	err = walk_begin(&t, to_base, to, 0);
	if (!err) {
		err = walk_parent(&f);
		if (!err) {
			err = walk_parent(&t);
		}
		if (!err) {
			err = rename_walked(&f, &t, flags);
		}
		walk_end(&t);
	}
	walk_end(&f);
	return err;
}
