/* inode.c - files as file systems know them: life, attributes, permissions. */
#include <arch/clock.h>
#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/ref.h>
#include <kernel/string.h>
#include <kernel/vm.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "fs.h"

void inode_init(struct inode *inode, struct filesystem *fs, const struct inode_ops *ops,
	uint32_t mode, uint64_t number)
{
	inode->fs = fs;
	inode->ops = ops;
	inode->mode = mode;
	inode->number = number;
	inode->refs = 1;
	inode->links = 1;
	inode->atime = inode->mtime = inode->ctime = clock_wall();
	mutex_init(&inode->lock, "inode");
}

void inode_ref(struct inode *inode)
{
	__atomic_add_fetch(&inode->refs, 1, __ATOMIC_RELAXED);
}

bool inode_ref_try(struct inode *inode)
{
	return ref_try(&inode->refs);
}

void inode_unref(struct inode *inode)
{
	if (!inode || __atomic_sub_fetch(&inode->refs, 1, __ATOMIC_ACQ_REL) > 0) {
		return;
	}
	if (inode->is_removed) {
		filesystem_removed_end(inode->fs);
	}
	if (inode->ops->release) {
		inode->ops->release(inode);
	}
}

unsigned inode_fs_flags(const struct inode *inode)
{
	return inode->fs ? READ_ONCE(inode->fs->flags) : 0;
}

bool inode_is_read_only(const struct inode *inode)
{
	return inode_fs_flags(inode) & (FS_READ_ONLY | FS_PLACE_READ_ONLY);
}

/* ---- attributes ---------------------------------------------------------- */

void inode_attr_get(struct inode *inode, struct inode_attr *attr)
{
	*attr = (struct inode_attr){
		.device = inode->fs ? inode->fs->device : 0,
		.number = inode->number,
		.mode = inode->mode,
		.links = inode->links,
		.uid = inode->uid,
		.gid = inode->gid,
		.rdev = inode->rdev,
		.size = inode->size,
		.block_size = PAGE_SIZE,
		.blocks = ((uint64_t)inode->size + 511) / 512,
		.atime = inode->atime,
		.mtime = inode->mtime,
		.ctime = inode->ctime,
	};
	if (inode->ops->getattr) {
		inode->ops->getattr(inode, attr);
	}
}

static void attr_apply(struct inode *inode, const struct inode_attr *attr, unsigned which)
{
	if (which & ATTR_MODE) {
		inode->mode = (inode->mode & S_IFMT) | (attr->mode & ~(uint32_t)S_IFMT);
	}
	if (which & ATTR_OWNER) {
		inode->uid = attr->uid;
		inode->gid = attr->gid;
	}
	if (which & ATTR_ATIME) {
		inode->atime = attr->atime;
	}
	if (which & ATTR_MTIME) {
		inode->mtime = attr->mtime;
	}
	inode->ctime = clock_wall();
}

/* Not under the inode's lock, which faults take. Between, the file may have grown again: then its new pages come back. */
static void mappings_cut(struct inode *inode, int64_t size)
{
	if (inode->object) {
		vm_object_cut(inode->object, DIV_ROUND_UP((uint64_t)size, PAGE_SIZE), UINT64_MAX,
			VM_CUT_ALL);
	}
}

int inode_attr_set(struct inode *inode, const struct inode_attr *attr, unsigned which)
{
	int64_t before, after;
	int err;

	if (inode_is_read_only(inode)) {
		return -EROFS;
	}
	mutex_lock(&inode->lock);
	before = inode->size;
	if (inode->ops->setattr) {
		err = inode->ops->setattr(inode, attr, which);
	} else {
		err = which & ATTR_SIZE ? -EINVAL : 0;
	}
	if (!err) {
		attr_apply(inode, attr, which);
	}
	after = inode->size;
	mutex_unlock(&inode->lock);
	if (after < before) {
		mappings_cut(inode, after);
	}
	return err;
}

void inode_touch(struct inode *inode, unsigned which)
{
	nsec_t now = clock_wall();

	if (which & ATTR_ATIME) {
		inode->atime = now;
	}
	if (which & ATTR_MTIME) {
		inode->mtime = now;
	}
	if (which & (ATTR_MTIME | ATTR_CTIME)) {
		inode->ctime = now;
	}
}

int vfs_truncate(struct inode *inode, int64_t size)
{
	struct inode_attr attr = { .size = size, .mtime = clock_wall() };

	if (size < 0) {
		return -EINVAL;
	}
	if (size > inode->size && S_ISREG(inode->mode) && size > context_size_limit()) {
		return context_size_exceed();
	}
	return inode_attr_set(inode, &attr, ATTR_SIZE | ATTR_MTIME);
}

static int punch_locked(struct inode *inode, int64_t start, int64_t end)
{
	int err;

	if (!inode->ops->punch) {
		return -EOPNOTSUPP;
	}
	err = inode->ops->punch(inode, start, MIN(end, MAX(start, inode->size)));
	if (!err) {
		inode_privileges_drop(inode);
		inode_touch(inode, ATTR_MTIME);
	}
	return err;
}

static void holes_cut(struct inode *inode, int64_t start, int64_t end, enum vm_cut which)
{
	if (inode->object) {
		vm_object_cut(inode->object, (uint64_t)start >> PAGE_SHIFT,
			DIV_ROUND_UP((uint64_t)end, PAGE_SIZE), which);
	}
}

/*
 * A private mapping that comes back between finds zeroes, and keeps those; who shares the pages is to find those that the
 * file gets instead.
 */
int vfs_punch(struct inode *inode, int64_t start, int64_t end)
{
	int err;

	if (inode_is_read_only(inode)) {
		return -EROFS;
	}
	holes_cut(inode, start, end, VM_CUT_UNCOPIED);
	mutex_lock(&inode->lock);
	err = punch_locked(inode, start, end);
	mutex_unlock(&inode->lock);
	if (!err) {
		holes_cut(inode, start, end, VM_CUT_SHARED);
	}
	return err;
}

void inode_owner_set(struct inode *inode, const struct inode *dir)
{
	struct credentials who = credentials_now();
	bool inherits = dir && dir->mode & S_ISGID;

	inode->uid = who.uid;
	inode->gid = inherits ? dir->gid : who.gid;
	if (inherits && S_ISDIR(inode->mode)) {
		inode->mode |= S_ISGID;
	}
}

void inode_privileges_drop(struct inode *inode)
{
	if (inode->mode & (S_ISUID | S_ISGID) && credentials_now().uid != 0) {
		inode->mode &= ~(uint32_t)S_ISUID;
		inode->mode &= inode->mode & S_IXGRP ? ~(uint32_t)S_ISGID : ~0u;
	}
}

/* ---- permissions --------------------------------------------------------- */

/* Root may read and write all, search all directories, and execute what somebody may. */
static bool root_may(const struct inode *inode, unsigned wanted)
{
	return !(wanted & X_OK) || S_ISDIR(inode->mode) || inode->mode & 0111;
}

static bool bits_allow(const struct inode *inode, unsigned wanted, bool is_owner, bool is_of_group)
{
	unsigned shift = is_owner ? 6 : is_of_group ? 3 : 0;

	return !(wanted & ~(inode->mode >> shift) & 7);
}

int inode_permission_of(const struct inode *inode, unsigned wanted, uint32_t uid, uint32_t gid)
{
	bool is_data = S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode);
	bool may = uid == 0 ? root_may(inode, wanted)
			    : bits_allow(inode, wanted, uid == inode->uid,
				      gid == inode->gid || process_is_in_list(inode->gid));

	if (wanted & W_OK && is_data && inode_is_read_only(inode)) {
		return -EROFS;
	}
	return may ? 0 : -EACCES;
}

int inode_permission(struct inode *inode, unsigned wanted)
{
	struct credentials who = credentials_now();

	return inode_permission_of(inode, wanted, who.uid, who.gid);
}
