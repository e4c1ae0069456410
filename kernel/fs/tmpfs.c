/*
 * tmpfs.c - a file system in memory: instances and inodes.
 *
 * An entry of a folder holds a reference of its file, so names need not be
 * cached to exist. At most half of the machine's memory goes into one instance:
 * then -ENOSPC.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "tmpfs.h"

static void instance_unref(struct tmpfs *fs)
{
	if (__atomic_sub_fetch(&fs->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		heap_free(fs);
	}
}

/* ---- inodes ------------------------------------------------------------------------- */

static void node_init(struct tmpfs_node *node)
{
	struct inode *inode = &node->inode;

	switch (inode->mode & S_IFMT) {
	case S_IFDIR:
		inode->ops = &tmpfs_folder_ops;
		inode->file_ops = &tmpfs_folder_file_ops;
		inode->links = 2;
		tmpfs_folder_init(inode);
		break;
	case S_IFREG:
		inode->ops = &tmpfs_file_ops;
		inode->file_ops = &tmpfs_file_file_ops;
		vm_object_init(&node->object, &tmpfs_object_ops, 0);
		node->inode.object = &node->object;
		node->seals = F_SEAL_SEAL;
		break;
	case S_IFLNK:
		inode->ops = &tmpfs_symlink_ops;
		break;
	default:
		inode->ops = &tmpfs_special_ops;
		break;
	}
}

struct inode *tmpfs_inode_make(
	struct tmpfs *fs, const struct inode *dir, uint32_t mode, uint64_t rdev)
{
	struct tmpfs_node *node;

	if (READ_ONCE(fs->node_count) >= fs->node_max) {
		return NULL;
	}
	node = heap_alloc(sizeof(*node));
	if (!node) {
		return NULL;
	}
	inode_init(&node->inode, &fs->fs, NULL, mode,
		__atomic_add_fetch(&fs->last_number, 1, __ATOMIC_RELAXED));
	node->inode.rdev = rdev;
	node_init(node);
	inode_owner_set(&node->inode, dir);
	__atomic_add_fetch(&fs->refs, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&fs->node_count, 1, __ATOMIC_RELAXED);
	return &node->inode;
}

void tmpfs_release(struct inode *inode)
{
	struct tmpfs_node *node = tmpfs_node(inode);
	struct tmpfs *fs = tmpfs_of(inode);

	if (S_ISDIR(inode->mode)) {
		tmpfs_folder_empty(&node->folder);
	} else if (S_ISREG(inode->mode)) {
		unsigned long dropped = page_tree_drop(&node->pages, 0, UINT64_MAX);

		__atomic_sub_fetch(&fs->page_count, dropped, __ATOMIC_RELAXED);
	} else if (S_ISLNK(inode->mode)) {
		heap_free(node->target);
	}
	heap_free(node);
	__atomic_sub_fetch(&fs->node_count, 1, __ATOMIC_RELAXED);
	instance_unref(fs);
}

static long symlink_read(struct inode *inode, char *buf, size_t size)
{
	return (long)MIN(strlcpy(buf, tmpfs_node(inode)->target, size), size - 1);
}

const struct inode_ops tmpfs_symlink_ops = {
	.readlink = symlink_read,
	.release = tmpfs_release,
};

/* Devices, pipes and sockets are served by others. */
const struct inode_ops tmpfs_special_ops = {
	.release = tmpfs_release,
};

/* ---- instances ------------------------------------------------------------------------ */

static void usage_get(struct filesystem *filesystem, struct filesystem_usage *usage)
{
	struct tmpfs *fs = container_of(filesystem, struct tmpfs, fs);
	unsigned long pages = READ_ONCE(fs->page_count), nodes = READ_ONCE(fs->node_count);

	*usage = (struct filesystem_usage){
		.magic = TMPFS_MAGIC,
		.block_size = PAGE_SIZE,
		.blocks = fs->page_max,
		.blocks_free = fs->page_max - MIN(pages, fs->page_max),
		.files = fs->node_max,
		.files_free = fs->node_max - MIN(nodes, fs->node_max),
	};
}

static void unmounted(struct filesystem *fs)
{
	instance_unref(container_of(fs, struct tmpfs, fs));
}

static const struct filesystem_ops tmpfs_ops = {
	.usage = usage_get,
	.unmount = unmounted,
};

static int instance_make(
	const struct filesystem_type *type, uint32_t mode, unsigned flags, struct inode **root)
{
	struct tmpfs *fs = heap_alloc(sizeof(*fs));
	struct page_stats memory;

	if (!fs) {
		return -ENOMEM;
	}
	page_stats_get(&memory);
	fs->fs = (struct filesystem){
		.type = type, .ops = &tmpfs_ops, .device = filesystem_device(), .flags = flags
	};
	fs->refs = 1;
	fs->page_max = fs->node_max = memory.total / 2;
	*root = tmpfs_inode_make(fs, NULL, S_IFDIR | mode, 0);
	if (!*root) {
		instance_unref(fs);
		return -ENOMEM;
	}
	return 0;
}

void tmpfs_unlimit(struct inode *root)
{
	struct tmpfs *fs = tmpfs_of(root);
	struct page_stats memory;

	page_stats_get(&memory);
	fs->page_max = fs->node_max = memory.total;
}

static int tmpfs_mount(const char *source, unsigned flags, struct inode **root)
{
	return instance_make(&tmpfs_type, 01777, flags, root);
}

struct filesystem_type tmpfs_type = { .name = "tmpfs", .mount = tmpfs_mount };
