/*
 * ext4.h - ext2, ext3 and ext4 through libext2fs: what the parts share.
 *
 * The library knows the format; it is one big piece of state without locks. Its blocks go
 * through the disk's page cache (io.c), so its writes are kept in memory until a sync. What the VFS
 * wants in its own form is kept here: inodes, and the contents of files in page caches of their own.
 *
 * Invariants:
 *   E1  The library is used under `lock` only.
 *   E2  An inode number has at most one node in the table; a node whose last reference is gone is
 *       stored before another is made for its number.
 *   E3  Size and links of folders, links of all, are the disk's; mode, owner, times, and the
 *       size of files are the VFS's, and are stored at a sync and when the node goes.
 *   E4  A sync writes files' pages first, then nodes, then the library's state, then the disk's
 *       cache, then asks the disk to keep it: so nothing that was synced leads to what was not.
 *
 * Lock order: inode > page cache of a file > `ext4` > page cache of the disk.
 */
#ifndef EXT4_H
#define EXT4_H

#include "../ext2fs/solo.h"
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#include <kernel/blk.h>
#include <kernel/vfs.h>

#define BUCKETS 64u

struct ext4 {
	struct filesystem fs;
	struct mutex lock;
	unsigned refs; /* atomic: the mount's, and one of each node */
	unsigned block_size;
	/* under `lock` */
	ext2_filsys lib;
	struct blk_node *disk; /* the library's channel holds it open */
	struct list buckets[BUCKETS];
	struct list link; /* all that are mounted */
	bool was_valid;	  /* it was clean when it was mounted */
	bool is_over;	  /* nothing is written, for good or until it is mounted for that again */
};

struct ext4_node {
	struct inode inode;
	struct page_cache cache; /* regular files */
	struct list link;	 /* bucket; under the instance's lock */
};

static inline struct ext4_node *ext4_node(struct inode *inode)
{
	return container_of(inode, struct ext4_node, inode);
}

static inline struct ext4 *ext4_of(const struct inode *inode)
{
	return container_of(inode->fs, struct ext4, fs);
}

static inline ext2_ino_t ext4_number(const struct inode *inode)
{
	return (ext2_ino_t)inode->number;
}

/* ---- io.c ---- */

extern io_manager ext4_io_manager;
struct blk_node *ext4_io_disk(io_channel channel);
/* 0, or the errno that an error of the library comes to. */
int ext4_errno(errcode_t err);

/* ---- inode.c ---- */

/* The node of a number, referenced; `lock` held. 0, -EIO, -ENOMEM, -ESTALE. */
int ext4_node_get(struct ext4 *fs, ext2_ino_t number, struct inode **inode) __must_check;
/* E3, lock held: to the library if it differs. */
int ext4_node_store(struct ext4_node *node) __must_check;
/* E3, lock held: size and links as the library has them. */
void ext4_node_reload(struct inode *inode);
int ext4_nodes_store(struct ext4 *fs) __must_check;
void ext4_release(struct inode *inode);
void ext4_unref(struct ext4 *fs);
/* Times as an inode of the disk has them. */
void ext4_time_set(uint32_t *seconds, uint32_t *extra, nsec_t time);
int ext4_inode_read(struct ext4 *fs, ext2_ino_t number, struct ext2_inode_large *raw) __must_check;
int ext4_inode_write(struct ext4 *fs, ext2_ino_t number, struct ext2_inode_large *raw) __must_check;

/* ---- mount.c ---- */

/* E4. */
int ext4_sync(struct ext4 *fs) __must_check;

/* ---- blocks.c ---- */

extern const struct page_cache_ops ext4_cache_ops;
/* Where block `index` of the file is, 0: a hole; with `alloc` there is none afterwards. lock held. */
int ext4_block_find(
	struct ext4_node *node, uint64_t index, bool alloc, blk64_t *block) __must_check;

/* ---- file.c, folder.c, rename.c, symlink.c ---- */

extern const struct inode_ops ext4_file_ops, ext4_folder_ops, ext4_symlink_ops, ext4_special_ops;
extern const struct file_ops ext4_file_file_ops, ext4_folder_file_ops;
/* Amend what stat() tells by what the library knows. */
void ext4_getattr(struct inode *inode, struct inode_attr *attr);
/* ---- name.c; what takes a `dir` wants the instance's lock held, but for the VFS's four ---- */

int ext4_name_find(struct inode *dir, const char *name, ext2_ino_t *number) __must_check;
/* An entry, in a folder that grows for it. */
int ext4_entry_add(
	struct inode *dir, const char *name, ext2_ino_t number, uint32_t mode) __must_check;
/* What is there leads to another inode. */
int ext4_entry_set(
	struct inode *dir, const char *name, ext2_ino_t number, uint32_t mode) __must_check;
int ext4_entry_remove(struct inode *dir, const char *name) __must_check;
/* Add to the links of an inode on the disk, and to what the VFS knows of it. */
int ext4_links_add(struct inode *inode, int change) __must_check;
void ext4_folder_changed(struct inode *dir);
int ext4_lookup(struct inode *dir, const char *name, struct inode **found);
int ext4_create(
	struct inode *dir, const char *name, uint32_t mode, uint64_t rdev, struct inode **made);
int ext4_symlink(struct inode *dir, const char *name, const char *target, struct inode **made);
int ext4_make_link(struct inode *dir, const char *name, struct inode *inode);

/* Whether a folder has no entries but its dots; lock held. */
int ext4_folder_is_empty(struct ext4 *fs, ext2_ino_t number, bool *is_empty) __must_check;

#endif
