/*
 * rename.c - names that go, or move; what the VFS may ask of a folder.
 *
 * A rename over a name takes that away first: the name is gone for an instant in memory only, since
 * all of it reaches the disk together or, after a crash, not at all.
 */
#include "ext4.h"

/* ---- removing ------------------------------------------------------------------------------------ */

/* A name goes, and a link of what it led to; a folder loses both of its links, and the one above its "..". */
static int remove_locked(struct inode *dir, const char *name, struct inode *inode)
{
	bool is_folder = S_ISDIR(inode->mode);
	int err = ext4_entry_remove(dir, name);

	if (!err) {
		err = ext4_links_add(inode, is_folder ? -(int)inode->links : -1);
	}
	if (!err && is_folder) {
		err = ext4_links_add(dir, -1);
	}
	inode_touch(inode, ATTR_CTIME);
	ext4_folder_changed(dir);
	return err;
}

static int unlink(struct inode *dir, const char *name, struct inode *inode)
{
	struct ext4 *fs = ext4_of(dir);
	int err;

	mutex_lock(&fs->lock);
	err = fs->is_over ? -EROFS : remove_locked(dir, name, inode);
	mutex_unlock(&fs->lock);
	return err;
}

static int empty_check(struct ext4 *fs, struct inode *inode)
{
	bool is_empty;
	int err = ext4_folder_is_empty(fs, ext4_number(inode), &is_empty);

	return err ? err : is_empty ? 0 : -ENOTEMPTY;
}

static int rmdir(struct inode *dir, const char *name, struct inode *inode)
{
	struct ext4 *fs = ext4_of(dir);
	int err;

	mutex_lock(&fs->lock);
	err = fs->is_over ? -EROFS : empty_check(fs, inode);
	if (!err) {
		err = remove_locked(dir, name, inode);
	}
	mutex_unlock(&fs->lock);
	return err;
}

/* ---- renaming -------------------------------------------------------------------------------------- */

static int dots_set(ext2_ino_t dir, int kind, struct ext2_dir_entry *d, int offset, int block_size,
	char *buf, void *arg)
{
	if (kind != DIRENT_DOT_DOT_FILE) {
		return 0;
	}
	d->inode = *(ext2_ino_t *)arg;
	return DIRENT_ABORT | DIRENT_CHANGED;
}

/* A folder moved: its ".." leads elsewhere. */
static int parent_change(struct inode *folder, struct inode *from_dir, struct inode *to_dir)
{
	ext2_ino_t parent = ext4_number(to_dir);
	int err = ext4_errno(ext2fs_dir_iterate2(
		ext4_of(folder)->lib, ext4_number(folder), 0, NULL, dots_set, &parent));

	if (!err) {
		err = ext4_links_add(from_dir, -1);
	}
	return err ? err : ext4_links_add(to_dir, 1);
}

static int move(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to,
	struct inode *inode)
{
	int err = ext4_entry_add(to_dir, to, ext4_number(inode), inode->mode);

	if (!err) {
		err = ext4_entry_remove(from_dir, from);
	}
	if (!err && S_ISDIR(inode->mode) && from_dir != to_dir) {
		err = parent_change(inode, from_dir, to_dir);
	}
	inode_touch(inode, ATTR_CTIME);
	ext4_folder_changed(from_dir);
	ext4_folder_changed(to_dir);
	return err;
}

/* lock held; both inodes are referenced, *victim may be NULL. */
static int ends_find(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to,
	struct inode **inode, struct inode **victim)
{
	struct ext4 *fs = ext4_of(from_dir);
	ext2_ino_t number;
	int err = ext4_name_find(from_dir, from, &number);

	if (!err) {
		err = ext4_node_get(fs, number, inode);
	}
	if (!err && !ext4_name_find(to_dir, to, &number)) {
		err = ext4_node_get(fs, number, victim);
	}
	return err;
}

static int rename(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to)
{
	struct ext4 *fs = ext4_of(from_dir);
	struct inode *inode = NULL, *victim = NULL;
	int err;

	mutex_lock(&fs->lock);
	err = fs->is_over ? -EROFS : ends_find(from_dir, from, to_dir, to, &inode, &victim);
	if (!err && victim && S_ISDIR(victim->mode)) {
		err = empty_check(fs, victim);
	}
	if (!err && victim) {
		err = remove_locked(to_dir, to, victim);
	}
	if (!err) {
		err = move(from_dir, from, to_dir, to, inode);
	}
	mutex_unlock(&fs->lock);
	inode_unref(victim);
	inode_unref(inode);
	return err;
}

static int exchange_locked(struct inode *from_dir, const char *from, struct inode *to_dir,
	const char *to, struct inode *one, struct inode *other)
{
	int err = ext4_entry_set(from_dir, from, ext4_number(other), other->mode);

	if (!err) {
		err = ext4_entry_set(to_dir, to, ext4_number(one), one->mode);
	}
	if (!err && S_ISDIR(one->mode) && from_dir != to_dir) {
		err = parent_change(one, from_dir, to_dir);
	}
	if (!err && S_ISDIR(other->mode) && from_dir != to_dir) {
		err = parent_change(other, to_dir, from_dir);
	}
	inode_touch(one, ATTR_CTIME);
	inode_touch(other, ATTR_CTIME);
	ext4_folder_changed(from_dir);
	ext4_folder_changed(to_dir);
	return err;
}

static int exchange(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to)
{
	struct ext4 *fs = ext4_of(from_dir);
	struct inode *one = NULL, *other = NULL;
	int err;

	mutex_lock(&fs->lock);
	err = fs->is_over ? -EROFS : ends_find(from_dir, from, to_dir, to, &one, &other);
	if (!err) {
		err = other ? exchange_locked(from_dir, from, to_dir, to, one, other) : -ENOENT;
	}
	mutex_unlock(&fs->lock);
	inode_unref(other);
	inode_unref(one);
	return err;
}

const struct inode_ops ext4_folder_ops = {
	.lookup = ext4_lookup,
	.create = ext4_create,
	.symlink = ext4_symlink,
	.link = ext4_make_link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.exchange = exchange,
	.getattr = ext4_getattr,
	.release = ext4_release,
};
