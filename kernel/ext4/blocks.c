/*
 * blocks.c - between the pages of files and the blocks of the disk.
 *
 * With blocks of a page's size data moves between the disk and the file's pages, in runs as long as
 * blocks follow each other; smaller ones share pages of the disk's cache with other data, and go
 * through it.
 */
#include "ext4.h"

static struct ext4_node *node_of(struct page_cache *cache)
{
	return container_of(cache, struct ext4_node, cache);
}

/* ---- blocks ------------------------------------------------------------------------------------ */

int ext4_block_find(struct ext4_node *node, uint64_t index, bool alloc, blk64_t *block)
{
	struct ext4 *fs = ext4_of(&node->inode);
	ext2_ino_t number = ext4_number(&node->inode);
	int flags = 0;
	errcode_t err;

	*block = 0;
	err = ext2fs_bmap2(
		fs->lib, number, NULL, NULL, alloc ? BMAP_ALLOC : 0, index, &flags, block);
	if (!err && flags & BMAP_RET_UNINIT && alloc) {
		err = ext2fs_bmap2(fs->lib, number, NULL, NULL, BMAP_SET, index, NULL, block);
	} else if (!err && flags & BMAP_RET_UNINIT) {
		*block = 0; /* allocated, but never written */
	}
	return ext4_errno(err);
}

/* Move one block through the disk's cache; a hole reads as zeroes. */
static int block_move(struct ext4 *fs, blk64_t block, char *data, bool is_write)
{
	unsigned size = fs->block_size;
	int64_t pos = (int64_t)(block * size);
	long done;

	if (!block) {
		memset(data, 0, size);
		return 0;
	}
	done = is_write ? page_cache_write(&fs->disk->cache, data, size, pos)
			: page_cache_read(&fs->disk->cache, data, size, pos);
	if (done < 0) {
		return (int)done;
	}
	return done == (long)size ? 0 : -EIO;
}

/* Move a page through the disk's cache, block by block. */
static int page_by_blocks(struct ext4_node *node, uint64_t index, struct page *page, bool is_write)
{
	struct ext4 *fs = ext4_of(&node->inode);
	unsigned size = fs->block_size, count = (unsigned)(PAGE_SIZE / size);
	int err = 0;

	for (unsigned i = 0; !err && i < count; i++) {
		int64_t at = (int64_t)(index * PAGE_SIZE + (uint64_t)i * size);
		blk64_t block;

		if (is_write && at >= node->cache.size) {
			break; /* behind the end there are no blocks */
		}
		err = ext4_block_find(node, index * count + i, is_write, &block);
		if (!err) {
			err = block_move(
				fs, block, (char *)page_address(page) + (size_t)i * size, is_write);
		}
	}
	return err;
}

/*
 * Move a run of pages that lie one after the other on the disk. The disk's cache may
 * still hold what these blocks were before, dirty even: that must not come back.
 */
static int run_move(struct ext4 *fs, blk64_t block, struct page **pages, unsigned count,
	struct blk_batch *writes)
{
	if (!writes) {
		return blk_transfer(fs->disk, BLK_READ, block * BLK_PAGE_SECTORS, pages, count);
	}
	page_cache_discard(&fs->disk->cache, block, block + count - 1);
	return blk_batch_add(writes, fs->disk, BLK_WRITE, block * BLK_PAGE_SECTORS, pages, count);
}

static int pages_by_runs(struct ext4_node *node, uint64_t first, struct page **pages,
	unsigned count, struct blk_batch *writes)
{
	struct ext4 *fs = ext4_of(&node->inode);
	blk64_t start = 0, block;
	unsigned run = 0; /* pages before `i` that wait to be moved from `start` on */
	int err = 0;

	for (unsigned i = 0; !err && i <= count; i++) {
		block = 0;
		if (i < count) {
			err = ext4_block_find(node, first + i, writes != NULL, &block);
		}
		if (run && (err || block != start + run)) {
			int moved = run_move(fs, start, pages + i - run, run, writes);

			err = err ? err : moved;
			run = 0;
		}
		if (!err && i < count && block) {
			start = run ? start : block;
			run++;
		} else if (!err && i < count) {
			memset(page_address(pages[i]), 0, PAGE_SIZE);
		}
	}
	return err;
}

/* `writes` is NULL for reading. What has begun to be written keeps its blocks, since the cache's lock is held (C7). */
static int pages_move(struct page_cache *cache, uint64_t first, struct page **pages, unsigned count,
	struct blk_batch *writes)
{
	struct ext4_node *node = node_of(cache);
	struct ext4 *fs = ext4_of(&node->inode);
	int err = 0;

	mutex_lock(&fs->lock);
	if (writes && fs->is_over) {
		err = -EROFS;
	} else if (fs->block_size == PAGE_SIZE) {
		err = pages_by_runs(node, first, pages, count, writes);
	} else {
		for (unsigned i = 0; !err && i < count; i++) {
			err = page_by_blocks(node, first + i, pages[i], writes != NULL);
		}
	}
	mutex_unlock(&fs->lock);
	return err;
}

static int cache_read(struct page_cache *cache, uint64_t first, struct page **pages, unsigned count)
{
	return pages_move(cache, first, pages, count, NULL);
}

static int cache_write(struct page_cache *cache, uint64_t first, struct page **pages,
	unsigned count, struct blk_batch *batch)
{
	return pages_move(cache, first, pages, count, batch);
}

static void cache_ref(struct page_cache *cache)
{
	inode_ref(&node_of(cache)->inode);
}

static void cache_unref(struct page_cache *cache)
{
	inode_unref(&node_of(cache)->inode);
}

static void cache_touched(struct page_cache *cache)
{
	inode_touch(&node_of(cache)->inode, ATTR_MTIME);
}

const struct page_cache_ops ext4_cache_ops = {
	.read = cache_read,
	.write = cache_write,
	.ref = cache_ref,
	.unref = cache_unref,
	.touched = cache_touched,
};
