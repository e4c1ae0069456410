/* tmpfs.h - files in memory: what the parts of tmpfs share. */
#ifndef TMPFS_H
#define TMPFS_H

#include <kernel/vm.h>
#include "fs.h"
#include <kernel/page_tree.h>

/* One instance. Lives until it is unmounted and its last file is gone. */
struct tmpfs {
	struct filesystem fs;
	unsigned refs; /* atomic: one of the mount, one of each node */
	atomic_u64 last_number;
	unsigned long page_count, page_max; /* count: atomic */
	unsigned long node_count, node_max;
};

/* Entries in the order of their making; by name too once there are many. */
struct tmpfs_folder {
	struct list entries;
	struct list *buckets; /* NULL: few */
	unsigned bucket_count, count;
	int64_t last_position;
};

struct tmpfs_entry {
	struct list link, bucket_link;
	struct inode *inode; /* referenced */
	int64_t position;
	char name[];
};

struct tmpfs_node {
	struct inode inode;
	union {
		struct tmpfs_folder folder;
		struct {
			struct page_tree pages;
			unsigned seals;		 /* F_SEAL_*, under the inode's lock */
			struct vm_object object; /* its references share one of the inode */
		};
		char *target;
	};
};

static inline struct tmpfs_node *tmpfs_node(struct inode *inode)
{
	return container_of(inode, struct tmpfs_node, inode);
}

static inline struct tmpfs *tmpfs_of(const struct inode *inode)
{
	return container_of(inode->fs, struct tmpfs, fs);
}

/* The file system of `root` may take all memory, not half of it. */
void tmpfs_unlimit(struct inode *root);

/* A file without a name yet; its folder gives owner and group rules. NULL: no memory, or enough. */
struct inode *tmpfs_inode_make(
	struct tmpfs *fs, const struct inode *dir, uint32_t mode, uint64_t rdev) __must_check;

/* ---- folders (tmpfs_folder.c) ---- */

extern const struct inode_ops tmpfs_folder_ops;
extern const struct file_ops tmpfs_folder_file_ops;
void tmpfs_folder_init(struct inode *inode);
/* The folder goes: all that is in it, below it too. */
void tmpfs_folder_empty(struct tmpfs_folder *folder);

/* ---- contents (tmpfs_file.c) ---- */

extern const struct inode_ops tmpfs_file_ops;
extern const struct file_ops tmpfs_file_file_ops;
extern const struct vm_object_ops tmpfs_object_ops;

/* ---- the rest (tmpfs.c) ---- */

extern const struct inode_ops tmpfs_symlink_ops, tmpfs_special_ops;
void tmpfs_release(struct inode *inode);

#endif
