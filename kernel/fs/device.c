/*
 * device.c - device numbers, the ops behind them, and /dev.
 *
 * A device is found by type (character or block) and number, from whatever node
 * has them. /dev is an instance of tmpfs that exists from the first devfs_add()
 * on, so drivers need not wait for it to be mounted.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/stat.h>
#include "fs.h"

struct device {
	struct list link;
	uint32_t type; /* S_IFCHR or S_IFBLK */
	uint64_t rdev;
	const struct file_ops *ops;
	void *private;
};

static struct mutex devices_lock = MUTEX_INIT(devices_lock, "devices");
static struct list devices = LIST_INIT(devices);
static struct dentry *devfs_root;

static struct device *device_find(uint32_t type, uint64_t rdev)
{
	list_for_each(node, &devices) {
		struct device *d = list_entry(node, struct device, link);

		if (d->type == type && d->rdev == rdev) {
			return d;
		}
	}
	return NULL;
}

int device_open(struct file *file)
{
	struct inode *inode = file->inode;
	struct device *d;

	mutex_lock(&devices_lock);
	d = device_find(inode->mode & S_IFMT, inode->rdev);
	if (d) {
		file->ops = d->ops;
		file->private = d->private;
	}
	mutex_unlock(&devices_lock);
	if (!d) { /* and if it was one, it may be gone now: devfs_remove() */
		return -ENXIO;
	}
	return file->ops->open ? file->ops->open(file) : 0;
}

/* ---- /dev ------------------------------------------------------------------------------- */

static int root_make(void)
{
	struct inode *inode;
	int err;

	if (devfs_root) {
		return 0;
	}
	err = tmpfs_type.mount("devtmpfs", 0, &inode);
	if (err) {
		return err;
	}
	inode->mode = S_IFDIR | 0755;
	inode->fs->type = &devfs_type;
	devfs_root = dentry_root(inode, "");
	return devfs_root ? 0 : -ENOMEM;
}

/* A node for the name, whoever asks; -EEXIST when there is one. *found: referenced, either way. */
static int node_make(struct dentry *folder, const char *name, uint32_t mode, uint64_t rdev,
	struct dentry **found)
{
	struct inode *dir = dentry_inode(folder), *inode;
	int err;

	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(folder, name, found);
	if (!err && dentry_inode(*found)) {
		err = -EEXIST;
	} else if (!err) {
		err = dir->ops->create(dir, name, mode, rdev, &inode);
		if (!err) {
			dentry_instantiate(*found, inode);
		}
	}
	mutex_unlock(&dir->lock);
	return err;
}

/* The folder of "a/b/name", made if need be, referenced; `*name` becomes what stands last. */
static int folder_make(const char **name, struct dentry **folder)
{
	char part[NAME_LEN_MAX + 1];
	const char *slash;
	int err = 0;

	*folder = devfs_root;
	dentry_ref(devfs_root);
	while (!err && (slash = strchr(*name, '/'))) {
		struct dentry *next = NULL;

		strlcpy(part, *name, MIN((size_t)(slash - *name) + 1, sizeof(part)));
		err = node_make(*folder, part, S_IFDIR | 0755, 0, &next);
		err = err == -EEXIST ? 0 : err;
		dentry_unref(*folder);
		*folder = next;
		*name = slash + 1;
	}
	return err;
}

static int name_make(const char *name, uint32_t mode, uint64_t rdev)
{
	struct dentry *folder, *node = NULL;
	int err = folder_make(&name, &folder);

	if (!err) {
		err = node_make(folder, name, mode, rdev, &node);
	}
	dentry_unref(node);
	dentry_unref(folder);
	return err;
}

/* Who has it open keeps it. */
static void name_remove(const char *name)
{
	struct dentry *folder, *node = NULL;
	struct inode *dir, *inode;

	if (folder_make(&name, &folder)) {
		return;
	}
	dir = dentry_inode(folder);
	mutex_lock(&dir->lock);
	if (!dentry_lookup_locked(folder, name, &node)) {
		inode = dentry_inode(node);
		if (inode && !dir->ops->unlink(dir, name, inode)) {
			dentry_drop(node);
		}
	}
	mutex_unlock(&dir->lock);
	dentry_unref(node);
	dentry_unref(folder);
}

static int device_add(uint32_t type, uint64_t rdev, const struct file_ops *ops, void *private)
{
	struct device *d;

	if (device_find(type, rdev)) {
		return -EEXIST;
	}
	d = heap_alloc(sizeof(*d));
	if (!d) {
		return -ENOMEM;
	}
	*d = (struct device){ .type = type, .rdev = rdev, .ops = ops, .private = private };
	list_push_back(&devices, &d->link);
	return 0;
}

int devfs_add(
	const char *name, uint32_t mode, uint64_t rdev, const struct file_ops *ops, void *private)
{
	int err;

	mutex_lock(&devices_lock);
	err = root_make();
	if (!err) {
		err = device_add(mode & S_IFMT, rdev, ops, private);
	}
	if (!err) {
		err = name_make(name, mode, rdev);
	}
	mutex_unlock(&devices_lock);
	return err;
}

void devfs_remove(const char *name, uint32_t mode, uint64_t rdev)
{
	struct device *d;

	mutex_lock(&devices_lock);
	d = device_find(mode & S_IFMT, rdev);
	if (d) {
		list_remove(&d->link);
		heap_free(d);
	}
	name_remove(name);
	mutex_unlock(&devices_lock);
}

static struct dentry *the_root(void)
{
	mutex_lock(&devices_lock);
	(void)!root_make();
	mutex_unlock(&devices_lock);
	return devfs_root;
}

struct filesystem_type devfs_type = { .name = "devtmpfs", .only_root = the_root };
