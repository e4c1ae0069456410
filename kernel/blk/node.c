/*
 * node.c - a disk or a partition as a file: its cache, its name, reading and writing it.
 *
 * Each node has a cache of its own, as on Linux: what is written to a partition is seen
 * through the whole disk once it is synced and was not cached there before. The last who
 * closes a node writes it back.
 */
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "blk.h"

/* ---- its cache ------------------------------------------------------------------------------- */

static struct blk_node *node_of(struct page_cache *cache)
{
	return container_of(cache, struct blk_node, cache);
}

static int cache_read(struct page_cache *cache, uint64_t first, struct page **pages, unsigned count)
{
	return blk_transfer(node_of(cache), BLK_READ, first * BLK_PAGE_SECTORS, pages, count);
}

static int cache_write(struct page_cache *cache, uint64_t first, struct page **pages,
	unsigned count, struct blk_batch *batch)
{
	return blk_batch_add(
		batch, node_of(cache), BLK_WRITE, first * BLK_PAGE_SECTORS, pages, count);
}

/* Nodes are never freed (blk_device_create()). */
static void cache_ref(struct page_cache *cache)
{
}

static const struct page_cache_ops cache_ops = {
	.read = cache_read,
	.write = cache_write,
	.ref = cache_ref,
	.unref = cache_ref,
	.reads_unlocked = true,
};

/* ---- its name --------------------------------------------------------------------------------- */

static void node_name(struct blk_node *node, const struct blk_device *dev, unsigned index)
{
	size_t len = strlen(dev->name);
	bool ends_in_digit = len && dev->name[len - 1] >= '0' && dev->name[len - 1] <= '9';

	if (index) {
		fmt_print(node->name, sizeof(node->name), "%s%s%u", dev->name,
			ends_in_digit ? "p" : "", index);
	} else {
		strlcpy(node->name, dev->name, sizeof(node->name));
	}
}

int node_add(struct blk_device *dev, unsigned index, uint64_t start, uint64_t count)
{
	struct blk_node *node = &dev->nodes[index];

	node_name(node, dev, index);
	node->rdev = device_number(dev->major, dev->first_minor + index);
	node->start = start;
	node->count = count;
	page_cache_init(&node->cache, &cache_ops, (int64_t)(count << BLK_SECTOR_SHIFT));
	node->dev = dev;
	return devfs_add(node->name, S_IFBLK | 0660, node->rdev, &blk_node_file_ops, node);
}

void node_remove(struct blk_node *node)
{
	devfs_remove(node->name, S_IFBLK, node->rdev);
	page_cache_drop(&node->cache);
	node->count = 0;
	page_cache_resize(&node->cache, 0);
	node->dev = READ_ONCE(node->dev->is_dead) ? node->dev : NULL;
}

/* ---- open files ---------------------------------------------------------------------------------- */

int node_open(struct blk_node *node, bool write)
{
	struct blk_device *dev = node->dev;
	int err = 0;

	mutex_lock(&dev->open_lock);
	if (dev->is_dead) {
		err = -ENXIO;
	} else if (write && dev->limits.is_read_only) {
		err = -EROFS;
	} else {
		dev->opens++;
	}
	mutex_unlock(&dev->open_lock);
	return err;
}

void blk_node_close(struct blk_node *node)
{
	struct blk_device *dev = node->dev;
	bool is_last;

	if (node->cache.dirty_count) {
		(void)!page_cache_sync(&node->cache, 0, UINT64_MAX);
	}
	mutex_lock(&dev->open_lock);
	is_last = --dev->opens == 0;
	mutex_unlock(&dev->open_lock);
	if (is_last && dev->ops->released) {
		dev->ops->released(dev);
	}
}

static struct blk_node *node_of_file(const struct file *file)
{
	return file->private;
}

static int file_open(struct file *file)
{
	return node_open(node_of_file(file), (file->flags & O_ACCMODE) != O_RDONLY);
}

static void file_release(struct file *file)
{
	blk_node_close(node_of_file(file));
}

static long file_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	long done = page_cache_read(&node_of_file(file)->cache, buf, len, *pos);

	*pos += MAX(done, 0L);
	return done;
}

static int file_sync(struct file *file)
{
	return blk_node_sync(node_of_file(file));
}

static long file_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct blk_node *node = node_of_file(file);
	long done;
	int err;

	if (node->dev->limits.is_read_only) {
		return -EPERM;
	}
	if (file->flags & O_APPEND) {
		*pos = node->cache.size;
	}
	done = page_cache_write(&node->cache, buf, len, *pos);
	*pos += MAX(done, 0L);
	if (done > 0 && file->flags & O_DSYNC) {
		err = file_sync(file);
		done = err ? err : done;
	}
	return done;
}

static int64_t file_seek_to(struct file *file, int64_t offset, int whence)
{
	return file_seek_within(file, offset, whence, node_of_file(file)->cache.size);
}

static int file_map(struct file *file, struct vm_object **object)
{
	*object = page_cache_object(&node_of_file(file)->cache);
	return 0;
}

const struct file_ops blk_node_file_ops = {
	.open = file_open,
	.release = file_release,
	.read = file_read,
	.write = file_write,
	.ioctl = node_ioctl,
	.seek = file_seek_to,
	.sync = file_sync,
	.map = file_map,
};
