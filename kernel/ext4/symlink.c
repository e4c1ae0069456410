/* symlink.c - symlinks: their targets; and files that are served by others. */
#include "ext4.h"

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
