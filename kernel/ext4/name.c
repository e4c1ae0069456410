/*
 * name.c - names in folders: looking up, making, linking. Removing and renaming: rename.c.
 *
 * The VFS holds the folders' locks and has checked names, types and rights. After a change
 * the folder's size and links are read again: they are the library's (E3).
 */
#include "ext4.h"

#include <kernel/heap.h>

int ext4_name_find(struct inode *dir, const char *name, ext2_ino_t *number)
{
	return ext4_errno(ext2fs_lookup(
		ext4_of(dir)->lib, ext4_number(dir), name, (int)strlen(name), NULL, number));
}

int ext4_lookup(struct inode *dir, const char *name, struct inode **found)
{
	struct ext4 *fs = ext4_of(dir);
	ext2_ino_t number;
	int err;

	mutex_lock(&fs->lock);
	err = ext4_name_find(dir, name, &number);
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
int ext4_entry_add(struct inode *dir, const char *name, ext2_ino_t number, uint32_t mode)
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

struct entry_wish {
	const char *name;
	ext2_ino_t number;
	int type;
	bool is_done;
};

static int entry_set(ext2_ino_t dir, int kind, struct ext2_dir_entry *d, int offset, int block_size,
	char *buf, void *arg)
{
	struct entry_wish *wish = arg;
	size_t len = (size_t)ext2fs_dirent_name_len(d);

	if (kind != DIRENT_OTHER_FILE || len != strlen(wish->name) ||
		memcmp(d->name, wish->name, len) != 0) {
		return 0;
	}
	d->inode = wish->number;
	ext2fs_dirent_set_file_type(d, wish->type);
	wish->is_done = true;
	return DIRENT_ABORT | DIRENT_CHANGED;
}

int ext4_entry_set(struct inode *dir, const char *name, ext2_ino_t number, uint32_t mode)
{
	ext2_filsys lib = ext4_of(dir)->lib;
	struct entry_wish wish = { .name = name, .number = number };
	int err;

	wish.type = ext2fs_has_feature_filetype(lib->super) ? file_type(mode) : 0;
	err = ext4_errno(ext2fs_dir_iterate2(lib, ext4_number(dir), 0, NULL, entry_set, &wish));
	return !err && !wish.is_done ? -ENOENT : err;
}

int ext4_entry_remove(struct inode *dir, const char *name)
{
	return ext4_errno(ext2fs_unlink(ext4_of(dir)->lib, ext4_number(dir), name, 0, 0));
}

/* Add to the links of an inode on the disk, and to what the VFS knows of it. */
int ext4_links_add(struct inode *inode, int change)
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

void ext4_folder_changed(struct inode *dir)
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
		err = ext4_entry_add(dir, name, number, mode);
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
	int err = ext4_name_find(dir, name, &number);
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
	ext4_folder_changed(dir);
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

int ext4_create(
	struct inode *dir, const char *name, uint32_t mode, uint64_t rdev, struct inode **made)
{
	return make(dir, name, mode, rdev, NULL, made);
}

int ext4_symlink(struct inode *dir, const char *name, const char *target, struct inode **made)
{
	return make(dir, name, S_IFLNK | 0777, 0, target, made);
}

int ext4_make_link(struct inode *dir, const char *name, struct inode *inode)
{
	struct ext4 *fs = ext4_of(dir);
	int err = 0;

	mutex_lock(&fs->lock);
	if (fs->is_over || inode->links == 0) {
		err = fs->is_over ? -EROFS : -ENOENT;
	} else if (inode->links >= EXT2_LINK_MAX) {
		err = -EMLINK;
	} else {
		err = ext4_entry_add(dir, name, ext4_number(inode), inode->mode);
	}
	if (!err) {
		err = ext4_links_add(inode, 1);
		inode_touch(inode, ATTR_CTIME);
		ext4_folder_changed(dir);
	}
	mutex_unlock(&fs->lock);
	return err;
}
