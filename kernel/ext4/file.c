/*
 * file.c - contents of files: a page cache over blocks that the library finds.
 *
 * Blocks are found when a file is written, so that a full disk is told to who writes, and filled
 * when its pages are written back (blocks.c).
 */
#include "ext4.h"

#include <kernel/heap.h>
#include <linux/fcntl.h>

/* ---- reading and writing ------------------------------------------------------------------------ */

static long file_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	long done = page_cache_read(&ext4_node(file->inode)->cache, buf, len, *pos);

	if (done > 0) {
		*pos += done;
	}
	if (!(file->flags & O_NOATIME) && !inode_is_read_only(file->inode) &&
		file->inode->atime <= file->inode->mtime) {
		inode_touch(file->inode, ATTR_ATIME); /* as Linux's relatime */
	}
	return done;
}

/* Find blocks for [pos, pos + len), as far as there are some: how many bytes have them. */
static long blocks_make(struct ext4_node *node, int64_t pos, size_t len)
{
	struct ext4 *fs = ext4_of(&node->inode);
	uint64_t size = fs->block_size, first = (uint64_t)pos / size;
	uint64_t last = ((uint64_t)pos + len - 1) / size, at = first;
	int err = 0;

	mutex_lock(&fs->lock);
	if (fs->is_over) {
		err = -EROFS;
	}
	while (!err && at <= last) {
		blk64_t block;

		err = ext4_block_find(node, at, true, &block);
		at += !err;
	}
	mutex_unlock(&fs->lock);
	if (err && at == first) {
		return err;
	}
	return (long)MIN((uint64_t)len, at * size - (uint64_t)pos);
}

/*
 * Into the cache first: a page that is partly new is filled while it still has no block, with
 * zeroes, and not with what its block held for somebody else. Then the blocks; what finds
 * none is taken back, if it lies behind the old end.
 */
static long write_locked(struct inode *inode, const void *buf, size_t len, int64_t pos)
{
	struct ext4_node *node = ext4_node(inode);
	int64_t before = inode->size;
	long done, possible;

	if (pos + (int64_t)len > before) {
		page_cache_resize(&node->cache, pos + (int64_t)len);
	}
	done = page_cache_write(&node->cache, buf, len, pos);
	possible = done > 0 ? blocks_make(node, pos, (size_t)done) : done;
	if (pos + MAX(possible, 0L) < node->cache.size && node->cache.size > before) {
		page_cache_resize(&node->cache, MAX(before, pos + MAX(possible, 0L)));
	}
	inode->size = node->cache.size;
	return possible;
}

static int file_sync(struct file *file)
{
	struct ext4_node *node = ext4_node(file->inode);
	int err = page_cache_sync(&node->cache, 0, UINT64_MAX);
	int sync_err = ext4_sync(ext4_of(file->inode));

	return err ? err : sync_err;
}

static long file_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct inode *inode = file->inode;
	int64_t end;
	long done;

	mutex_lock(&inode->lock);
	if (file->flags & O_APPEND) {
		*pos = inode->size;
	}
	if (__builtin_add_overflow(*pos, (int64_t)len, &end) ||
		end > (int64_t)ext4_of(inode)->block_size * UINT32_MAX) {
		done = -EFBIG;
	} else {
		done = len ? write_locked(inode, buf, len, *pos) : 0;
	}
	if (done > 0) {
		*pos += done;
		inode_privileges_drop(inode);
		inode_touch(inode, ATTR_MTIME);
	}
	mutex_unlock(&inode->lock);
	if (done > 0 && file->flags & O_DSYNC) {
		int err = file_sync(file);

		done = err ? err : done;
	}
	return done;
}

/* ---- size ------------------------------------------------------------------------------------------ */

/* What is behind the new end in its page must be zero if the file grows again: also on the disk. */
static int tail_clear(struct ext4_node *node, int64_t size)
{
	char last;
	long done;

	if (size % (int64_t)PAGE_SIZE == 0) {
		return 0;
	}
	done = page_cache_read(&node->cache, &last, 1, size - 1);
	if (done == 1) {
		page_cache_resize(&node->cache, size);
		done = page_cache_write(&node->cache, &last, 1, size - 1);
	}
	return done < 0 ? (int)done : 0;
}

static int blocks_drop(struct ext4_node *node, int64_t size)
{
	struct ext4 *fs = ext4_of(&node->inode);
	struct ext2_inode_large raw;
	int err;

	mutex_lock(&fs->lock);
	err = fs->is_over ? -EROFS : ext4_inode_read(fs, ext4_number(&node->inode), &raw);
	if (!err) {
		raw.i_size = (uint32_t)size;
		raw.i_size_high = (uint32_t)(size >> 32);
		err = ext4_errno(
			ext2fs_punch(fs->lib, ext4_number(&node->inode), (struct ext2_inode *)&raw,
				NULL, DIV_ROUND_UP((uint64_t)size, fs->block_size), ~0ULL));
	}
	mutex_unlock(&fs->lock);
	return err;
}

static int file_setattr(struct inode *inode, const struct inode_attr *attr, unsigned which)
{
	struct ext4_node *node = ext4_node(inode);
	int err = 0;

	if (!(which & ATTR_SIZE)) {
		return 0;
	}
	if (attr->size > (int64_t)ext4_of(inode)->block_size * UINT32_MAX) {
		return -EFBIG;
	}
	if (attr->size < inode->size) {
		err = tail_clear(node, attr->size);
		if (!err) {
			page_cache_resize(&node->cache, attr->size);
			err = blocks_drop(node, attr->size);
		}
	} else {
		page_cache_resize(&node->cache, attr->size);
	}
	inode->size = node->cache.size;
	if (!err) {
		inode_privileges_drop(inode);
	}
	return err;
}

/* ---- holes that are made -------------------------------------------------------------------------- */

static int blocks_forget(struct page_cache *cache, uint64_t first, uint64_t last)
{
	struct ext4_node *node = container_of(cache, struct ext4_node, cache);
	struct ext4 *fs = ext4_of(&node->inode);
	uint64_t blocks = PAGE_SIZE / fs->block_size;
	int err;

	mutex_lock(&fs->lock);
	err = fs->is_over ? -EROFS
			  : ext4_errno(ext2fs_punch(fs->lib, ext4_number(&node->inode), NULL, NULL,
				    first * blocks, (last + 1) * blocks - 1));
	mutex_unlock(&fs->lock);
	return err;
}

/* A part of a page: what is zero already is left alone, so that a hole stays one. */
static int part_clear(struct ext4_node *node, int64_t start, int64_t end)
{
	static const char zeroes[64];
	char there[sizeof(zeroes)];

	while (start < end) {
		size_t len = (size_t)MIN(end - start, (int64_t)sizeof(zeroes));
		long done = page_cache_read(&node->cache, there, len, start);

		if (done > 0 && memcmp(there, zeroes, (size_t)done) != 0) {
			done = page_cache_write(&node->cache, zeroes, (size_t)done, start);
		}
		if (done <= 0) {
			return (int)done;
		}
		start += done;
	}
	return 0;
}

static int file_punch(struct inode *inode, int64_t start, int64_t end)
{
	struct ext4_node *node = ext4_node(inode);
	int64_t low = (int64_t)ALIGN_UP((uint64_t)start, PAGE_SIZE);
	int64_t high = (int64_t)ALIGN_DOWN((uint64_t)end, PAGE_SIZE);
	int err;

	if (end == inode->size) {
		high = (int64_t)ALIGN_UP((uint64_t)end, PAGE_SIZE);
	}
	err = part_clear(node, start, MIN(low, end));
	if (!err && high >= low) {
		err = part_clear(node, high, end);
	}
	if (!err && low < high) {
		err = page_cache_clear(&node->cache, (uint64_t)low >> PAGE_SHIFT,
			((uint64_t)high >> PAGE_SHIFT) - 1, blocks_forget);
	}
	return err;
}

/* Linux's needs blocks that are not written yet, of which only a list of extents tells. */
static bool file_may_zero(struct inode *inode)
{
	struct ext4 *fs = ext4_of(inode);
	struct ext2_inode_large raw;
	bool has_extents;

	mutex_lock(&fs->lock);
	has_extents =
		!ext4_inode_read(fs, ext4_number(inode), &raw) && raw.i_flags & EXT4_EXTENTS_FL;
	mutex_unlock(&fs->lock);
	return has_extents;
}

void ext4_getattr(struct inode *inode, struct inode_attr *attr)
{
	struct ext4 *fs = ext4_of(inode);
	struct ext2_inode_large raw;

	mutex_lock(&fs->lock);
	attr->block_size = fs->block_size;
	if (!ext4_inode_read(fs, ext4_number(inode), &raw)) {
		attr->blocks = ext2fs_get_stat_i_blocks(fs->lib, (struct ext2_inode *)&raw);
	}
	mutex_unlock(&fs->lock);
}

/* ---- holes that are found, and mappings ----------------------------------------------------------------------------- */

/* The first position from `pos` on, in steps of blocks, that is a hole or not, as wanted. */
static int64_t scan(struct ext4_node *node, int64_t pos, bool wants_hole)
{
	struct ext4 *fs = ext4_of(&node->inode);
	int64_t size = fs->block_size, end = node->inode.size;
	blk64_t block = 0;

	mutex_lock(&fs->lock);
	while (pos < end && !ext4_block_find(node, (uint64_t)(pos / size), false, &block) &&
		!block != wants_hole) {
		pos = (pos / size + 1) * size;
	}
	mutex_unlock(&fs->lock);
	return pos >= end ? (wants_hole ? end : -ENXIO) : pos;
}

static int64_t file_seek_to(struct file *file, int64_t offset, int whence)
{
	struct ext4_node *node = ext4_node(file->inode);
	int64_t pos = file_seek_within(file, offset, whence, file->inode->size);

	if (pos >= 0 && (whence == LINUX_SEEK_DATA || whence == LINUX_SEEK_HOLE)) {
		(void)!page_cache_sync(&node->cache, 0, UINT64_MAX); /* then data has blocks */
		pos = scan(node, offset, whence == LINUX_SEEK_HOLE);
	}
	return pos;
}

static int file_map(struct file *file, struct vm_object **object)
{
	*object = page_cache_object(&ext4_node(file->inode)->cache);
	return 0;
}

const struct inode_ops ext4_file_ops = {
	.getattr = ext4_getattr,
	.setattr = file_setattr,
	.punch = file_punch,
	.may_zero = file_may_zero,
	.release = ext4_release,
};

const struct file_ops ext4_file_file_ops = {
	.read = file_read,
	.write = file_write,
	.map = file_map,
	.seek = file_seek_to,
	.sync = file_sync,
};
