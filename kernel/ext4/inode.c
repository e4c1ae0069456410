/* inode.c - nodes: from the disk, to the disk, their table, their end. */
#include "ext4.h"

#include <kernel/heap.h>
#include <kernel/log.h>

#define EXTRA_EPOCH_BITS 2 /* of i_?time_extra: the seconds' next higher bits */

/* ---- raw inodes --------------------------------------------------------------------------- */

int ext4_inode_read(struct ext4 *fs, ext2_ino_t number, struct ext2_inode_large *raw)
{
	memset(raw, 0, sizeof(*raw));
	return ext4_errno(
		ext2fs_read_inode_full(fs->lib, number, (struct ext2_inode *)raw, sizeof(*raw)));
}

int ext4_inode_write(struct ext4 *fs, ext2_ino_t number, struct ext2_inode_large *raw)
{
	return ext4_errno(
		ext2fs_write_inode_full(fs->lib, number, (struct ext2_inode *)raw, sizeof(*raw)));
}

void ext4_time_set(uint32_t *seconds, uint32_t *extra, nsec_t time)
{
	uint64_t s = time / NSEC_PER_SEC;
	/* seconds are a signed number of 32 bits plus what the epoch adds (ext4's disk layout, "Inode Timestamps") */
	uint64_t epoch = (s - (uint64_t)(int64_t)(int32_t)s) >> 32;

	*seconds = (uint32_t)s;
	*extra = (uint32_t)(time % NSEC_PER_SEC) << EXTRA_EPOCH_BITS | (uint32_t)(epoch & 3);
}

static nsec_t time_get(uint32_t seconds, uint32_t extra)
{
	int64_t s = (int64_t)(int32_t)seconds + ((int64_t)(extra & 3) << 32);

	return s < 0 ? 0 : (nsec_t)s * NSEC_PER_SEC + (extra >> EXTRA_EPOCH_BITS);
}

/* ---- from the disk -------------------------------------------------------------------------- */

static uint64_t rdev_of(const struct ext2_inode_large *raw)
{
	uint32_t old = raw->i_block[0], new = raw->i_block[1];

	return old ? device_number(old >> 8 & 0xff, old & 0xff)
		   : device_number(new >> 8 & 0xfff, (new & 0xff) | (new >> 12 & 0xfff00));
}

static void ops_set(struct ext4_node *node)
{
	struct inode *inode = &node->inode;

	switch (inode->mode & S_IFMT) {
	case S_IFDIR:
		inode->ops = &ext4_folder_ops;
		inode->file_ops = &ext4_folder_file_ops;
		break;
	case S_IFREG:
		inode->ops = &ext4_file_ops;
		inode->file_ops = &ext4_file_file_ops;
		page_cache_init(&node->cache, &ext4_cache_ops, inode->size);
		inode->object = &node->cache.object;
		break;
	case S_IFLNK:
		inode->ops = &ext4_symlink_ops;
		break;
	default:
		inode->ops = &ext4_special_ops;
		break;
	}
}

static void fill(struct ext4_node *node, struct ext2_inode_large *raw)
{
	struct inode *inode = &node->inode;

	inode->uid = inode_uid(*raw);
	inode->gid = inode_gid(*raw);
	inode->links = raw->i_links_count;
	inode->size = (int64_t)EXT2_I_SIZE(raw);
	inode->atime = time_get(raw->i_atime, raw->i_atime_extra);
	inode->mtime = time_get(raw->i_mtime, raw->i_mtime_extra);
	inode->ctime = time_get(raw->i_ctime, raw->i_ctime_extra);
	if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode) && !S_ISLNK(inode->mode)) {
		inode->rdev = rdev_of(raw);
	}
	ops_set(node);
}

static struct list *bucket_of(struct ext4 *fs, ext2_ino_t number)
{
	return &fs->buckets[number % BUCKETS];
}

static struct ext4_node *node_find(struct ext4 *fs, ext2_ino_t number)
{
	list_for_each(link, bucket_of(fs, number)) {
		struct ext4_node *node = list_entry(link, struct ext4_node, link);

		if (node->inode.number == number) {
			return node;
		}
	}
	return NULL;
}

static int node_load(struct ext4 *fs, ext2_ino_t number, struct inode **inode)
{
	struct ext2_inode_large raw;
	struct ext4_node *node;
	int err = ext4_inode_read(fs, number, &raw);

	if (err || !raw.i_links_count || (int64_t)EXT2_I_SIZE(&raw) < 0) {
		return err ? err : -ESTALE;
	}
	node = heap_alloc(sizeof(*node));
	if (!node) {
		return -ENOMEM;
	}
	inode_init(&node->inode, &fs->fs, NULL, raw.i_mode, number);
	fill(node, &raw);
	list_push_back(bucket_of(fs, number), &node->link);
	__atomic_add_fetch(&fs->refs, 1, __ATOMIC_RELAXED);
	*inode = &node->inode;
	return 0;
}

int ext4_node_get(struct ext4 *fs, ext2_ino_t number, struct inode **inode)
{
	struct ext4_node *node = node_find(fs, number);

	if (node && inode_ref_try(&node->inode)) {
		*inode = &node->inode;
		return 0;
	}
	if (node) {
		int err = ext4_node_store(node); /* E2: it is on its way out */

		if (err) {
			return err;
		}
		list_remove(&node->link);
	}
	return node_load(fs, number, inode);
}

/* ---- to the disk ------------------------------------------------------------------------------ */

static void raw_set(const struct inode *inode, struct ext2_inode_large *raw)
{
	raw->i_mode = (uint16_t)inode->mode;
	raw->i_uid = (uint16_t)inode->uid;
	raw->osd2.linux2.l_i_uid_high = (uint16_t)(inode->uid >> 16);
	raw->i_gid = (uint16_t)inode->gid;
	raw->osd2.linux2.l_i_gid_high = (uint16_t)(inode->gid >> 16);
	ext4_time_set(&raw->i_atime, &raw->i_atime_extra, inode->atime);
	ext4_time_set(&raw->i_mtime, &raw->i_mtime_extra, inode->mtime);
	ext4_time_set(&raw->i_ctime, &raw->i_ctime_extra, inode->ctime);
	if (S_ISREG(inode->mode)) {
		raw->i_size = (uint32_t)inode->size;
		raw->i_size_high = (uint32_t)(inode->size >> 32);
	}
}

int ext4_node_store(struct ext4_node *node)
{
	struct ext4 *fs = ext4_of(&node->inode);
	struct ext2_inode_large raw, before;
	int err;

	if (fs->is_over || fs->fs.flags & FS_READ_ONLY) {
		return 0;
	}
	err = ext4_inode_read(fs, ext4_number(&node->inode), &raw);
	if (err) {
		return err;
	}
	before = raw;
	raw_set(&node->inode, &raw);
	if (!memcmp(&before, &raw, sizeof(raw))) {
		return 0;
	}
	if (S_ISREG(node->inode.mode) && node->inode.size > INT32_MAX) {
		ext2fs_set_feature_large_file(fs->lib->super);
		ext2fs_mark_super_dirty(fs->lib);
	}
	return ext4_inode_write(fs, ext4_number(&node->inode), &raw);
}

int ext4_nodes_store(struct ext4 *fs)
{
	int err = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		list_for_each(link, &fs->buckets[i]) {
			int one = ext4_node_store(list_entry(link, struct ext4_node, link));

			err = err ? err : one;
		}
	}
	return err;
}

void ext4_node_reload(struct inode *inode)
{
	struct ext2_inode_large raw;

	if (!ext4_inode_read(ext4_of(inode), ext4_number(inode), &raw)) {
		inode->links = raw.i_links_count;
		if (S_ISDIR(inode->mode)) {
			inode->size = (int64_t)EXT2_I_SIZE(&raw);
		}
	}
}

/* ---- the end ------------------------------------------------------------------------------------ */

/* Nobody knows the file any more: its blocks and its number are free. */
static int inode_delete(struct ext4 *fs, struct inode *inode)
{
	ext2_ino_t number = ext4_number(inode);
	struct ext2_inode_large raw;
	int err = ext4_inode_read(fs, number, &raw);

	if (err) {
		return err;
	}
	if (ext2fs_file_acl_block(fs->lib, (struct ext2_inode *)&raw)) {
		err = ext4_errno(ext2fs_free_ext_attr(fs->lib, number, &raw));
	}
	if (!err && ext2fs_inode_has_valid_blocks2(fs->lib, (struct ext2_inode *)&raw)) {
		err = ext4_errno(
			ext2fs_punch(fs->lib, number, (struct ext2_inode *)&raw, NULL, 0, ~0ULL));
	}
	if (!err) {
		raw.i_links_count = 0;
		raw.i_dtime = (uint32_t)ext2_time(NULL);
		err = ext4_inode_write(fs, number, &raw);
	}
	if (!err) {
		ext2fs_inode_alloc_stats2(fs->lib, number, -1, S_ISDIR(inode->mode));
	}
	return err;
}

void ext4_unref(struct ext4 *fs)
{
	if (__atomic_sub_fetch(&fs->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		heap_free(fs);
	}
}

void ext4_release(struct inode *inode)
{
	struct ext4_node *node = ext4_node(inode);
	struct ext4 *fs = ext4_of(inode);
	int err = 0;

	if (S_ISREG(inode->mode)) {
		page_cache_drop(&node->cache);
	}
	mutex_lock(&fs->lock);
	if (list_is_linked(&node->link)) { /* E2: else another one has taken over */
		list_remove(&node->link);
		if (fs->is_over || fs->fs.flags & FS_READ_ONLY) {
			err = 0;
		} else if (inode->links == 0) {
			err = inode_delete(fs, inode);
		} else {
			err = ext4_node_store(node);
		}
	}
	mutex_unlock(&fs->lock);
	if (err) {
		log_err("ext4: %s: inode %lu could not be written: %s", fs->disk->name,
			(unsigned long)inode->number, errno_name(err));
	}
	heap_free(node);
	ext4_unref(fs);
}
