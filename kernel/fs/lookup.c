/*
 * lookup.c - a name in a directory: from the cache, or asked of the file system.
 *
 * The answer is cached, "there is no such file" too, unless the file system's
 * names come and go by themselves (FS_NAMES_UNCACHED). Asking is done with the
 * directory locked, so two threads never add the same name.
 */
#include <kernel/errno.h>
#include "fs.h"

/* Cached, and what the file system would still say. */
static struct dentry *find_current(struct dentry *parent, const char *name)
{
	struct dentry *d = dentry_find(parent, name);
	struct inode *inode = d ? dentry_inode(d) : NULL;

	if (d && inode && inode->ops->is_current && !inode->ops->is_current(inode)) {
		dentry_drop(d);
		dentry_unref(d);
		return NULL;
	}
	return d;
}

/* The caller holds the directory's lock. */
static int ask(struct dentry *parent, const char *name, struct dentry **found)
{
	struct inode *dir = dentry_inode(parent), *inode = NULL;
	int err = dir->ops->lookup ? dir->ops->lookup(dir, name, &inode) : -ENOENT;

	if (err && err != -ENOENT) {
		return err;
	}
	*found = dentry_add(parent, name, inode);
	if (!*found) {
		inode_unref(inode);
		return -ENOMEM;
	}
	return 0;
}

int dentry_lookup_locked(struct dentry *parent, const char *name, struct dentry **found)
{
	*found = find_current(parent, name);
	return *found ? 0 : ask(parent, name, found);
}

int dentry_lookup(struct dentry *parent, const char *name, struct dentry **found)
{
	struct inode *dir = dentry_inode(parent);
	int err;

	*found = find_current(parent, name);
	if (*found) {
		return 0;
	}
	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(parent, name, found);
	mutex_unlock(&dir->lock);
	return err;
}
