/*
 * mount.c - file systems: their types, their instances, where they are mounted.
 *
 * There is one tree for all processes. A mount joins the root of an instance to
 * a name; the walk crosses it both ways (dentry_top(), dentry_up()). The table
 * holds a reference of the root, so an instance lives until it is unmounted and
 * nobody stands in it any more. Each is mounted once, so what is said of the place
 * is the instance's, too.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "fs.h"

#define SOURCE_LEN_MAX 63

struct mount {
	struct list link;
	struct dentry *root; /* referenced */
	char source[SOURCE_LEN_MAX + 1];
};

static struct mutex mount_lock = MUTEX_INIT(mount_lock, "mounts");
static struct list types = LIST_INIT(types);
static struct list mounts = LIST_INIT(mounts);

struct dentry *vfs_root;

const struct mount_flag mount_flags[MOUNT_FLAGS] = {
	{ FS_READ_ONLY | FS_PLACE_READ_ONLY, MS_RDONLY, "" },
	{ FS_NO_SET_ID, MS_NOSUID, ",nosuid" },
	{ FS_NO_DEVICES, MS_NODEV, ",nodev" },
	{ FS_NO_EXEC, MS_NOEXEC, ",noexec" },
};

uint64_t filesystem_device(void)
{
	static uint32_t last;

	return device_number(0, __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED));
}

void filesystem_end(struct filesystem *fs)
{
	if (fs->ops && fs->ops->unmount) {
		fs->ops->unmount(fs);
	}
}

/* ---- types --------------------------------------------------------------------------- */

void vfs_type_register(struct filesystem_type *type)
{
	mutex_lock(&mount_lock);
	list_push_back(&types, &type->link);
	mutex_unlock(&mount_lock);
}

static struct filesystem_type *type_find(const char *name)
{
	list_for_each(node, &types) {
		struct filesystem_type *type = list_entry(node, struct filesystem_type, link);

		if (!strcmp(type->name, name)) {
			return type;
		}
	}
	return NULL;
}

void vfs_type_for_each(void (*each)(const struct filesystem_type *type, void *arg), void *arg)
{
	mutex_lock(&mount_lock);
	list_for_each(node, &types) {
		each(list_entry(node, struct filesystem_type, link), arg);
	}
	mutex_unlock(&mount_lock);
}

/* ---- who writes ---------------------------------------------------------------------- */

static struct spinlock writers_lock = SPINLOCK_INIT("writers");

int filesystem_writer_add(struct filesystem *fs)
{
	int err = 0;

	spin_lock(&writers_lock);
	if (fs->flags & (FS_READ_ONLY | FS_PLACE_READ_ONLY)) {
		err = -EROFS;
	} else {
		fs->writers++;
	}
	spin_unlock(&writers_lock);
	return err;
}

void filesystem_writer_remove(struct filesystem *fs)
{
	spin_lock(&writers_lock);
	fs->writers--;
	spin_unlock(&writers_lock);
}

void inode_name_lost(struct inode *inode)
{
	spin_lock(&writers_lock);
	if (!inode->links && !inode->is_removed && inode->fs) {
		inode->is_removed = true;
		inode->fs->removed++;
	}
	spin_unlock(&writers_lock);
}

void filesystem_removed_end(struct filesystem *fs)
{
	spin_lock(&writers_lock);
	fs->removed--;
	spin_unlock(&writers_lock);
}

/* From now on nobody begins to write; -EBUSY if somebody does, or if a file without a name will be removed at its end. */
static int writers_stop(struct filesystem *fs, bool is_of_place)
{
	int err = 0;

	spin_lock(&writers_lock);
	if (fs->writers || (!is_of_place && fs->removed)) {
		err = -EBUSY;
	} else {
		fs->flags |= FS_PLACE_READ_ONLY;
	}
	spin_unlock(&writers_lock);
	return err;
}

/* ---- mounting ------------------------------------------------------------------------- */

/* Takes over the reference of `root`. */
static struct mount *mount_add(const char *source, struct dentry *root)
{
	struct mount *mount = heap_alloc(sizeof(*mount));

	if (!mount) {
		dentry_unref(root);
		return NULL;
	}
	strlcpy(mount->source, source ? source : "none", sizeof(mount->source));
	mount->root = root;
	list_push_back(&mounts, &mount->link);
	return mount;
}

static int only_root_get(const struct filesystem_type *type, struct dentry **root)
{
	*root = type->only_root();
	if (!*root) {
		return -ENOMEM;
	}
	if (dentry_is_mounted(*root)) {
		return -EBUSY;
	}
	dentry_ref(*root);
	return 0;
}

static int new_root_make(const struct filesystem_type *type, const char *source, unsigned flags,
	struct dentry **root)
{
	struct inode *inode;
	int err = type->mount(source, flags, &inode);

	if (err) {
		return err;
	}
	*root = dentry_root(inode, "");
	if (!*root) {
		struct filesystem *fs = inode->fs;

		inode_unref(inode);
		filesystem_end(fs);
		return -ENOMEM;
	}
	return 0;
}

static void place_flags_set(struct filesystem *fs, unsigned flags)
{
	WRITE_ONCE(fs->flags, (fs->flags & ~FS_PLACE_FLAGS) | (flags & FS_PLACE_FLAGS));
}

/* An instance that is mounted nowhere yet. */
static int instance_make(
	const char *type_name, const char *source, unsigned flags, struct mount **mount)
{
	struct filesystem_type *type = type_find(type_name);
	struct dentry *root;
	int err;

	if (!type) {
		return -ENODEV;
	}
	err = type->only_root ? only_root_get(type, &root)
			      : new_root_make(type, source, flags, &root);
	if (err) {
		return err;
	}
	/* What is only read is so everywhere. */
	place_flags_set(
		root->fs, flags | (root->fs->flags & FS_READ_ONLY ? FS_PLACE_READ_ONLY : 0));
	*mount = mount_add(source, root);
	return *mount ? 0 : -ENOMEM;
}

static void mount_end(struct mount *mount)
{
	list_remove(&mount->link);
	dentry_unref(mount->root);
	heap_free(mount);
}

int mount_root(const char *type, const char *source, unsigned flags, struct dentry **root)
{
	struct mount *mount;
	int err;

	mutex_lock(&mount_lock);
	err = instance_make(type, source, flags, &mount);
	if (!err) {
		*root = mount->root;
	}
	mutex_unlock(&mount_lock);
	return err;
}

int vfs_mount(const char *source, struct dentry *at, const char *type, unsigned flags)
{
	struct mount *mount;
	int err;

	mutex_lock(&mount_lock);
	err = instance_make(type, source, flags, &mount);
	if (!err && !S_ISDIR(dentry_inode(at)->mode)) {
		mount_end(mount);
		err = -ENOTDIR;
	} else if (!err && !dentry_attach(at, mount->root)) {
		mount_end(mount);
		err = -EBUSY;
	}
	mutex_unlock(&mount_lock);
	return err;
}

/* ---- otherwise ---------------------------------------------------------------------------- */

static struct mount *mount_of(const struct dentry *root)
{
	list_for_each(node, &mounts) {
		struct mount *mount = list_entry(node, struct mount, link);

		if (mount->root == root) {
			return mount;
		}
	}
	return NULL;
}

/* The instance is told while its place is read-only, so nobody begins to write meanwhile. */
static int instance_turn(struct filesystem *fs, bool is_read_only)
{
	int err = 0;

	if (!(fs->flags & FS_READ_ONLY) == !is_read_only) {
		return 0;
	}
	if (fs->ops && fs->ops->remount) {
		err = fs->ops->remount(fs, is_read_only);
	}
	if (!err) {
		WRITE_ONCE(fs->flags, fs->flags ^ FS_READ_ONLY);
	}
	return err;
}

static int remount_locked(struct filesystem *fs, unsigned flags, bool is_of_place)
{
	unsigned before = fs->flags;
	int err = 0;

	if (flags & FS_PLACE_READ_ONLY && !(before & FS_PLACE_READ_ONLY)) {
		err = writers_stop(fs, is_of_place);
	}
	if (!err && !is_of_place) {
		err = instance_turn(fs, flags & FS_READ_ONLY);
	}
	if (err) {
		WRITE_ONCE(fs->flags, before);
	} else {
		place_flags_set(fs, flags);
	}
	return err;
}

int vfs_remount(struct dentry *root, unsigned flags, bool is_of_place)
{
	int err = -EINVAL;

	mutex_lock(&mount_lock);
	if (mount_of(root)) {
		err = remount_locked(root->fs, flags, is_of_place);
	}
	mutex_unlock(&mount_lock);
	return err;
}

/* ---- unmounting ------------------------------------------------------------------------- */

/* A name in use, or a mount below, refers upwards to the root. */
static bool is_in_use(struct dentry *root)
{
	unsigned ours = 2; /* the table's and the caller's */

	dentry_forget(root->fs);
	return dentry_refs(root) > ours + (root->fs->type->only_root != NULL);
}

static int unmount_locked(struct dentry *root, bool lazily)
{
	struct mount *mount = mount_of(root);

	if (!mount) {
		return -EINVAL;
	}
	if (root == vfs_root || (!lazily && is_in_use(root))) {
		return -EBUSY;
	}
	dentry_detach(root);
	mount_end(mount);
	return 0;
}

int vfs_unmount(struct dentry *root, bool lazily)
{
	int err;

	mutex_lock(&mount_lock);
	err = unmount_locked(root, lazily);
	mutex_unlock(&mount_lock);
	return err;
}

/* ---- all of them ------------------------------------------------------------------------ */

void vfs_mount_for_each(void (*each)(const char *source, struct dentry *root,
				const struct filesystem *fs, void *arg),
	void *arg)
{
	mutex_lock(&mount_lock);
	list_for_each(node, &mounts) {
		struct mount *mount = list_entry(node, struct mount, link);

		each(mount->source, mount->root, mount->root->fs, arg);
	}
	mutex_unlock(&mount_lock);
}

void vfs_sync(void)
{
	mutex_lock(&mount_lock);
	list_for_each(node, &types) {
		struct filesystem_type *type = list_entry(node, struct filesystem_type, link);

		if (type->sync) {
			type->sync();
		}
	}
	mutex_unlock(&mount_lock);
}
