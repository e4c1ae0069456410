/*
 * memfd.c - files of memory without a name, and the seals of files in memory.
 *
 * They are files of a tmpfs that is mounted nowhere. A seal forbids a kind of change to everybody, for
 * ever; only a file that was made for it can get any, all others are sealed against sealing.
 */
#include <kernel/errno.h>
#include <kernel/memfd.h>
#include <kernel/log.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "open.h"
#include "tmpfs.h"

#define NAME_SIZE (MEMFD_NAME_MAX + 32)

/* The root of the tmpfs, made for the first file. */
static struct mutex instance_lock = MUTEX_INIT(instance_lock, "memfd");
static struct inode *instance_root;

static struct tmpfs *instance(void)
{
	struct inode *root;
	int err = 0;

	mutex_lock(&instance_lock);
	if (!instance_root) {
		err = tmpfs_type.mount("memfd", 0, &instance_root);
	}
	root = err ? NULL : instance_root;
	mutex_unlock(&instance_lock);
	return root ? tmpfs_of(root) : NULL;
}

int memfd_create(const char *name, bool may_be_sealed, struct file **file)
{
	struct tmpfs *fs = instance();
	struct inode *inode = fs ? tmpfs_inode_make(fs, NULL, S_IFREG | 0777, 0) : NULL;
	char shown[NAME_SIZE];
	struct dentry *d;
	int err;

	if (!inode) {
		return -ENOMEM;
	}
	inode->links = 0;
	tmpfs_node(inode)->seals = may_be_sealed ? 0 : F_SEAL_SEAL;
	fmt_print(shown, sizeof(shown), "/memfd:%s (deleted)", name);
	d = dentry_root(inode, shown);
	if (!d) {
		inode_unref(inode);
		return -ENOMEM;
	}
	/* The name is the root of its own tree, whose end gives up one mount of the file system. */
	__atomic_add_fetch(&fs->refs, 1, __ATOMIC_RELAXED);
	err = file_open_dentry(d, O_RDWR | O_LARGEFILE, file);
	dentry_unref(d);
	return err;
}

/* ---- seals --------------------------------------------------------------------------- */

static struct tmpfs_node *sealable(const struct file *file)
{
	struct inode *inode = file->inode;

	return inode && inode->ops == &tmpfs_file_ops ? tmpfs_node(inode) : NULL;
}

long file_seals(struct file *file)
{
	const struct tmpfs_node *node = sealable(file);

	return node ? (long)READ_ONCE(node->seals) : -EINVAL;
}

/* The inode's lock held. */
static int seal(struct tmpfs_node *node, unsigned seals)
{
	unsigned before = node->seals;

	if (before & F_SEAL_SEAL) {
		return -EPERM;
	}
	/*
	 * Who maps it could write; which mappings do is not known here. The seal comes first: who
	 * maps it meanwhile takes his reference, then looks for seals.
	 */
	__atomic_store_n(&node->seals, before | seals, __ATOMIC_SEQ_CST);
	if (seals & ~before & F_SEAL_WRITE &&
		__atomic_load_n(&node->object.refs, __ATOMIC_SEQ_CST)) {
		WRITE_ONCE(node->seals, before);
		return -EBUSY;
	}
	return 0;
}

long file_seal(struct file *file, unsigned seals)
{
	struct tmpfs_node *node = sealable(file);
	int err;

	if (!node) {
		return -EINVAL;
	}
	if ((file->flags & O_ACCMODE) == O_RDONLY) {
		return -EPERM;
	}
	if (seals & ~(unsigned)F_SEAL_ALL) {
		return -EINVAL;
	}
	mutex_lock(&node->inode.lock);
	err = seal(node, seals);
	mutex_unlock(&node->inode.lock);
	return err;
}
