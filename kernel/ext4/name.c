/*
 * name.c - names in folders: looking up, making, linking, removing, renaming; symlinks.
 *
 * The VFS holds the folders' locks and has checked names, types and rights. After a change
 * the folder's size and links are read again: they are the library's (E3).
 */
#include "ext4.h"

#include <kernel/heap.h>

static int name_find(struct inode *dir, const char *name, ext2_ino_t *number)
{
	return ext4_errno(ext2fs_lookup(
		ext4_of(dir)->lib, ext4_number(dir), name, (int)strlen(name), NULL, number));
}

static int lookup(struct inode *dir, const char *name, struct inode **found)
{
	struct ext4 *fs = ext4_of(dir);
	ext2_ino_t number;
	int err;

	mutex_lock(&fs->lock);
	err = name_find(dir, name, &number);
	if (!err) {
		err = ext4_node_get(fs, number, found);
	}
	mutex_unlock(&fs->lock);
	return err;
}

/* ---- entries --------------------------------------------------------------------------------- */

static int file_type(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return EXT2_FT_REG_FILE;
	case S_IFDIR:
		return EXT2_FT_DIR;
	case S_IFCHR:
		return EXT2_FT_CHRDEV;
	case S_IFBLK:
		return EXT2_FT_BLKDEV;
	case S_IFIFO:
		return EXT2_FT_FIFO;
	case S_IFSOCK:
		return EXT2_FT_SOCK;
	case S_IFLNK:
		return EXT2_FT_SYMLINK;
	default:
		return EXT2_FT_UNKNOWN;
	}
}

/* An entry, in a folder that grows for it. */
static int entry_add(struct inode *dir, const char *name, ext2_ino_t number, uint32_t mode)
{
	ext2_filsys lib = ext4_of(dir)->lib;
	errcode_t err = ext2fs_link(lib, ext4_number(dir), name, number, file_type(mode));

	if (err == EXT2_ET_DIR_NO_SPACE) {
		err = ext2fs_expand_dir(lib, ext4_number(dir));
		if (!err) {
			err = ext2fs_link(lib, ext4_number(dir), name, number, file_type(mode));
		}
	}
	return ext4_errno(err);
}

static int entry_remove(struct inode *dir, const char *name)
{
	return ext4_errno(ext2fs_unlink(ext4_of(dir)->lib, ext4_number(dir), name, 0, 0));
}

/* Add to the links of an inode on the disk, and to what the VFS knows of it. */
static int links_add(struct inode *inode, int change)
{
	struct ext4 *fs = ext4_of(inode);
	struct ext2_inode_large raw;
	int err = ext4_inode_read(fs, ext4_number(inode), &raw);

	if (!err) {
		raw.i_links_count = (uint16_t)(raw.i_links_count + change);
		err = ext4_inode_write(fs, ext4_number(inode), &raw);
	}
	if (!err) {
		inode->links = raw.i_links_count;
	}
	return err;
}

static void folder_changed(struct inode *dir)
{
	ext4_node_reload(dir);
	inode_touch(dir, ATTR_MTIME);
}

/* ---- making ------------------------------------------------------------------------------------- */

static void rdev_set(struct ext2_inode_large *raw, uint64_t rdev)
{
	uint32_t major = (uint32_t)(rdev >> 8 & 0xfff);
	uint32_t minor = (uint32_t)((rdev & 0xff) | (rdev >> 12 & 0xfff00));

	if (major < 256 && minor < 256) {
		raw->i_block[0] = major << 8 | minor;
	} else {
		raw->i_block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
	}
}

static void raw_init(struct ext4 *fs, struct ext2_inode_large *raw, uint32_t mode, uint64_t rdev)
{
	memset(raw, 0, sizeof(*raw));
	raw->i_mode = (uint16_t)mode;
	raw->i_links_count = 1;
	raw->i_extra_isize = sizeof(*raw) - EXT2_GOOD_OLD_INODE_SIZE;
	if (S_ISREG(mode) && ext2fs_has_feature_extents(fs->lib->super)) {
		struct ext3_extent_header *root = (struct ext3_extent_header *)raw->i_block;

		raw->i_flags |= EXT4_EXTENTS_FL;
		root->eh_magic = EXT3_EXT_MAGIC;
		root->eh_max = (sizeof(raw->i_block) - sizeof(*root)) / sizeof(struct ext3_extent);
	} else if (!S_ISREG(mode)) {
		rdev_set(raw, rdev);
	}
}

/* A new inode of its own, not yet in any folder. */
static int inode_make(struct inode *dir, uint32_t mode, uint64_t rdev, ext2_ino_t *number)
{
	struct ext4 *fs = ext4_of(dir);
	struct ext2_inode_large raw;
	int err = ext4_errno(ext2fs_new_inode(fs->lib, ext4_number(dir), (int)mode, NULL, number));

	if (err) {
		return err;
	}
	raw_init(fs, &raw, mode, rdev);
	err = ext4_inode_write(fs, *number, &raw);
	if (!err) {
		ext2fs_inode_alloc_stats2(fs->lib, *number, 1, 0);
	}
	return err;
}

static int folder_make(struct inode *dir, const char *name)
{
	ext2_filsys lib = ext4_of(dir)->lib;
	errcode_t err = ext2fs_mkdir(lib, ext4_number(dir), 0, name);

	if (err == EXT2_ET_DIR_NO_SPACE) {
		err = ext2fs_expand_dir(lib, ext4_number(dir));
		if (!err) {
			err = ext2fs_mkdir(lib, ext4_number(dir), 0, name);
		}
	}
	return ext4_errno(err);
}

static int symlink_make(struct inode *dir, const char *name, const char *target)
{
	ext2_filsys lib = ext4_of(dir)->lib;
	errcode_t err = ext2fs_symlink(lib, ext4_number(dir), 0, name, target);

	if (err == EXT2_ET_DIR_NO_SPACE) {
		err = ext2fs_expand_dir(lib, ext4_number(dir));
		if (!err) {
			err = ext2fs_symlink(lib, ext4_number(dir), 0, name, target);
		}
	}
	return ext4_errno(err);
}

static int file_make(struct inode *dir, const char *name, uint32_t mode, uint64_t rdev)
{
	ext2_ino_t number;
	int err = inode_make(dir, mode, rdev, &number);

	if (!err) {
		err = entry_add(dir, name, number, mode);
		if (err) {
			ext2fs_inode_alloc_stats2(ext4_of(dir)->lib, number, -1, 0);
		}
	}
	return err;
}

/* The new file becomes the caller's own; in a folder with the set-group bit it is of the folder's group. */
static int made_get(struct inode *dir, const char *name, uint32_t mode, struct inode **made)
{
	ext2_ino_t number;
	int err = name_find(dir, name, &number);
	struct inode *inode;

	if (!err) {
		err = ext4_node_get(ext4_of(dir), number, &inode);
	}
	if (err) {
		return err;
	}
	inode->mode = mode;
	inode_owner_set(inode, dir);
	inode_touch(inode, ATTR_ATIME | ATTR_MTIME);
	folder_changed(dir);
	*made = inode;
	return ext4_node_store(ext4_node(inode));
}

static int make(struct inode *dir, const char *name, uint32_t mode, uint64_t rdev,
	const char *target, struct inode **made)
{
	struct ext4 *fs = ext4_of(dir);
	int err;

	mutex_lock(&fs->lock);
	if (fs->is_over) {
		err = -EROFS;
	} else if (target) {
		err = symlink_make(dir, name, target);
	} else {
		err = S_ISDIR(mode) ? folder_make(dir, name) : file_make(dir, name, mode, rdev);
	}
	if (!err) {
		err = made_get(dir, name, mode, made);
	}
	mutex_unlock(&fs->lock);
	return err;
}

static int create(
	struct inode *dir, const char *name, uint32_t mode, uint64_t rdev, struct inode **made)
{
	return make(dir, name, mode, rdev, NULL, made);
}

static int symlink(struct inode *dir, const char *name, const char *target, struct inode **made)
{
	return make(dir, name, S_IFLNK | 0777, 0, target, made);
}

static int make_link(struct inode *dir, const char *name, struct inode *inode)
{
	struct ext4 *fs = ext4_of(dir);
	int err = 0;

	mutex_lock(&fs->lock);
	if (fs->is_over || inode->links == 0) {
		err = fs->is_over ? -EROFS : -ENOENT;
	} else if (inode->links >= EXT2_LINK_MAX) {
		err = -EMLINK;
	} else {
		err = entry_add(dir, name, ext4_number(inode), inode->mode);
	}
	if (!err) {
		err = links_add(inode, 1);
		inode_touch(inode, ATTR_CTIME);
		folder_changed(dir);
	}
	mutex_unlock(&fs->lock);
	return err;
}

/* ---- removing ------------------------------------------------------------------------------------ */

/* A name goes, and a link of what it led to; a folder loses both of its links, and the one above its "..". */
static int remove_locked(struct inode *dir, const char *name, struct inode *inode)
{
	bool is_folder = S_ISDIR(inode->mode);
	int err = entry_remove(dir, name);

	if (!err) {
		err = links_add(inode, is_folder ? -(int)inode->links : -1);
	}
	if (!err && is_folder) {
		err = links_add(dir, -1);
	}
	inode_touch(inode, ATTR_CTIME);
	folder_changed(dir);
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
		err = links_add(from_dir, -1);
	}
	return err ? err : links_add(to_dir, 1);
}

static int move(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to,
	struct inode *inode)
{
	int err = entry_add(to_dir, to, ext4_number(inode), inode->mode);

	if (!err) {
		err = entry_remove(from_dir, from);
	}
	if (!err && S_ISDIR(inode->mode) && from_dir != to_dir) {
		err = parent_change(inode, from_dir, to_dir);
	}
	inode_touch(inode, ATTR_CTIME);
	folder_changed(from_dir);
	folder_changed(to_dir);
	return err;
}

/* lock held; both inodes are referenced, *victim may be NULL. */
static int ends_find(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to,
	struct inode **inode, struct inode **victim)
{
	struct ext4 *fs = ext4_of(from_dir);
	ext2_ino_t number;
	int err = name_find(from_dir, from, &number);

	if (!err) {
		err = ext4_node_get(fs, number, inode);
	}
	if (!err && !name_find(to_dir, to, &number)) {
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

const struct inode_ops ext4_folder_ops = {
	.lookup = lookup,
	.create = create,
	.symlink = symlink,
	.link = make_link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.getattr = ext4_getattr,
	.release = ext4_release,
};

/* ---- symlinks ------------------------------------------------------------------------------------- */

/* The target is in the inode itself, or in a block. */
static long target_read(struct inode *inode, char *buf, size_t size)
{
	struct ext4 *fs = ext4_of(inode);
	size_t len = MIN((size_t)inode->size, size - 1);
	struct ext2_inode_large raw;
	blk64_t block = 0;
	long done = (long)len;
	int err = ext4_inode_read(fs, ext4_number(inode), &raw);

	if (err) {
		return err;
	}
	if (ext2fs_is_fast_symlink((struct ext2_inode *)&raw)) {
		len = MIN(len, sizeof(raw.i_block));
		memcpy(buf, raw.i_block, len);
	} else {
		err = ext4_errno(ext2fs_bmap2(fs->lib, ext4_number(inode),
			(struct ext2_inode *)&raw, NULL, 0, 0, NULL, &block));
		if (err || !block || len > fs->lib->blocksize) {
			return err ? err : -EIO;
		}
		done = page_cache_read(
			&fs->disk->cache, buf, len, (int64_t)(block * fs->lib->blocksize));
	}
	if (done < 0) {
		return done;
	}
	buf[len] = '\0';
	return (long)len;
}

static long readlink(struct inode *inode, char *buf, size_t size)
{
	struct ext4 *fs = ext4_of(inode);
	long len;

	mutex_lock(&fs->lock);
	len = target_read(inode, buf, size);
	mutex_unlock(&fs->lock);
	return len;
}

const struct inode_ops ext4_symlink_ops = {
	.readlink = readlink,
	.getattr = ext4_getattr,
	.release = ext4_release,
};

/* Devices, pipes and sockets are served by others. */
const struct inode_ops ext4_special_ops = {
	.getattr = ext4_getattr,
	.release = ext4_release,
};
