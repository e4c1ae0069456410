/*
 * mount.c - instances: mounting, syncing, the end; the types "ext2", "ext3" and "ext4".
 *
 * There is no journal: one that a file system has is left alone while it is empty. As long as it is
 * mounted for writing the superblock says "not clean", so after a crash it is checked.
 * What a journal still holds makes the content old: such a disk is only read.
 * What is made read-only is written and marked clean, as at an unmount; to be written to again it is opened
 * anew, since somebody may have put it in order meanwhile.
 *
 * Invariant:
 *   I1  An instance for which the disk does not say "clean" is on the list, or `instances_lock` is held; so when the
 *       machine ends each is written and clean, and stays so.
 */
#include "ext4.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/machine.h>

static struct mutex instances_lock = MUTEX_INIT(instances_lock, "ext4 instances");
static struct list instances = LIST_INIT(instances);

/* ---- syncing --------------------------------------------------------------------------------- */

/* The file of a bucket with dirty pages and the lowest number above `after`, referenced, or NULL. */
static struct ext4_node *dirty_file(struct ext4 *fs, const struct list *bucket, uint64_t after)
{
	struct ext4_node *found = NULL;

	mutex_lock(&fs->lock);
	list_for_each(link, bucket) {
		struct ext4_node *node = list_entry(link, struct ext4_node, link);
		uint64_t number = node->inode.number;

		if (S_ISREG(node->inode.mode) && READ_ONCE(node->cache.dirty_count) &&
			number > after && (!found || number < found->inode.number)) {
			found = node;
		}
	}
	if (found && !inode_ref_try(&found->inode)) {
		found = NULL; /* C3 of page_cache.h: what goes is not dirty */
	}
	mutex_unlock(&fs->lock);
	return found;
}

/* Without the lock, which writing a page takes. */
static int files_sync(struct ext4 *fs)
{
	struct ext4_node *node;
	int err = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		uint64_t after = 0;

		while ((node = dirty_file(fs, &fs->buckets[i], after))) {
			int one = page_cache_sync(&node->cache, 0, UINT64_MAX);

			err = err ? err : one;
			after = node->inode.number;
			inode_unref(&node->inode);
		}
	}
	return err;
}

static int library_flush(struct ext4 *fs)
{
	int err = ext4_nodes_store(fs);
	errcode_t flush_err = ext2fs_flush2(fs->lib, EXT2_FLAG_FLUSH_NO_SYNC);

	return err ? err : ext4_errno(flush_err);
}

int ext4_sync(struct ext4 *fs)
{
	int err, one;

	if (fs->fs.flags & FS_READ_ONLY) {
		return 0;
	}
	err = files_sync(fs);
	mutex_lock(&fs->lock);
	one = fs->is_over ? 0 : library_flush(fs);
	mutex_unlock(&fs->lock);
	err = err ? err : one;
	one = blk_node_sync(fs->disk);
	return err ? err : one;
}

static struct ext4 *instance_of(struct filesystem *fs)
{
	return container_of(fs, struct ext4, fs);
}

static int sync(struct filesystem *fs)
{
	return ext4_sync(instance_of(fs));
}

/* A file that has lost its last user is still to be removed; lock held. */
static bool is_busy(struct ext4 *fs)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		list_for_each(link, &fs->buckets[i]) {
			if (!list_entry(link, struct ext4_node, link)->inode.links) {
				return true;
			}
		}
	}
	return false;
}

/* All is written, and the disk says that it is clean. Nothing is written any more. -EBUSY: only `if_idle`. */
static int finish(struct ext4 *fs, bool if_idle)
{
	int err = ext4_sync(fs);

	mutex_lock(&fs->lock);
	if (if_idle && is_busy(fs)) {
		mutex_unlock(&fs->lock);
		return -EBUSY;
	}
	if (!fs->is_over && !(fs->fs.flags & FS_READ_ONLY)) {
		if (fs->was_valid && !err) {
			fs->lib->super->s_state |= EXT2_VALID_FS;
		}
		ext2fs_mark_super_dirty(fs->lib);
		err = err ? err : library_flush(fs);
	}
	fs->is_over = true;
	mutex_unlock(&fs->lock);
	if (!(fs->fs.flags & FS_READ_ONLY) && !err) {
		err = blk_node_sync(fs->disk);
	}
	if (err) {
		log_err("ext4: %s: not all could be written: %s", fs->disk->name, errno_name(err));
	}
	return err;
}

/* ---- the end ------------------------------------------------------------------------------------ */

static void unmount(struct filesystem *filesystem)
{
	struct ext4 *fs = instance_of(filesystem);

	mutex_lock(&instances_lock);
	(void)finish(fs, false); /* I1 */
	list_remove(&fs->link);
	mutex_unlock(&instances_lock);
	ext2fs_free(fs->lib); /* closes the disk, too */
	ext4_unref(fs);
}

/* Of all three types. */
static void sync_all(void)
{
	mutex_lock(&instances_lock);
	list_for_each(link, &instances) {
		(void)!ext4_sync(list_entry(link, struct ext4, link));
	}
	mutex_unlock(&instances_lock);
}

/* The machine ends, whoever still uses what is mounted. The lock is kept: nobody mounts or unmounts any more (I1). */
static void machine_ends(void)
{
	mutex_lock(&instances_lock);
	list_for_each(link, &instances) {
		(void)finish(list_entry(link, struct ext4, link), false);
	}
}

static void usage_get(struct filesystem *filesystem, struct filesystem_usage *usage)
{
	struct ext4 *fs = instance_of(filesystem);

	mutex_lock(&fs->lock);
	*usage = (struct filesystem_usage){
		.magic = EXT2_SUPER_MAGIC,
		.block_size = fs->lib->blocksize,
		.blocks = ext2fs_blocks_count(fs->lib->super),
		.blocks_free = ext2fs_free_blocks_count(fs->lib->super),
		.files = fs->lib->super->s_inodes_count,
		.files_free = fs->lib->super->s_free_inodes_count,
	};
	mutex_unlock(&fs->lock);
}

/* ---- mounting ------------------------------------------------------------------------------------ */

/* For writing if the disk lets us, and nothing waits in a journal. */
static int library_open(const char *source, ext2_filsys *lib, bool *is_read_only)
{
	int flags = EXT2_FLAG_64BITS | EXT2_FLAG_SKIP_MMP;
	errcode_t err = *is_read_only
		? EROFS
		: ext2fs_open2(source, NULL, flags | EXT2_FLAG_RW, 0, 0, ext4_io_manager, lib);

	if (!err && ext2fs_has_feature_journal_needs_recovery((*lib)->super)) {
		log_warn("ext4: %s: the journal holds what was not written: mounted read-only; "
			 "unmount it and run e2fsck -p",
			source);
		ext2fs_free(*lib);
		err = EROFS;
	}
	if (err == EROFS || err == EXT2_ET_RO_UNSUPP_FEATURE) {
		*is_read_only = true;
		err = ext2fs_open2(source, NULL, flags, 0, 0, ext4_io_manager, lib);
	}
	return err == EXT2_ET_BAD_MAGIC ? -EINVAL : ext4_errno(err);
}

/* It is written to from now on. */
static int writing_begin(struct ext4 *fs)
{
	struct ext2_super_block *super = fs->lib->super;
	int err = ext4_errno(ext2fs_read_bitmaps(fs->lib));

	if (err) {
		return err;
	}
	fs->was_valid = super->s_state & EXT2_VALID_FS && !(super->s_state & EXT2_ERROR_FS);
	if (!fs->was_valid) {
		log_warn("ext4: %s: was not unmounted cleanly; run e2fsck", fs->disk->name);
	}
	fs->lib->flags |= EXT2_FLAG_MASTER_SB_ONLY;
	super->s_state &= (uint16_t)~EXT2_VALID_FS;
	super->s_mtime = (uint32_t)ext2_time(NULL);
	super->s_mnt_count++;
	ext2fs_mark_super_dirty(fs->lib);
	err = ext4_errno(ext2fs_flush2(fs->lib, EXT2_FLAG_FLUSH_NO_SYNC));
	return err ? err : blk_node_sync(fs->disk);
}

/* ---- read-only, and no longer ------------------------------------------------------------------------ */

static int writing_end(struct ext4 *fs)
{
	int err = finish(fs, true);

	if (err && err != -EBUSY) {
		mutex_lock(&fs->lock);
		fs->lib->super->s_state &= (uint16_t)~EXT2_VALID_FS;
		ext2fs_mark_super_dirty(fs->lib);
		fs->is_over = false;
		mutex_unlock(&fs->lock);
	}
	return err;
}

static int writing_again(struct ext4 *fs)
{
	bool is_read_only = fs->disk->dev->limits.is_read_only;
	ext2_filsys lib, other;
	int err = is_read_only ? -EACCES : library_open(fs->disk->name, &lib, &is_read_only);

	if (err) {
		return err;
	}
	mutex_lock(&fs->lock);
	other = fs->lib;
	fs->lib = lib;
	err = is_read_only || lib->blocksize != fs->block_size ? -EROFS : writing_begin(fs);
	if (err) {
		fs->lib = other;
		other = lib;
	}
	fs->is_over = err;
	mutex_unlock(&fs->lock);
	ext2fs_free(other);
	return err;
}

static int remount(struct filesystem *filesystem, bool is_read_only)
{
	struct ext4 *fs = instance_of(filesystem);
	int err;

	mutex_lock(&instances_lock);
	err = is_read_only ? writing_end(fs) : writing_again(fs);
	mutex_unlock(&instances_lock);
	return err;
}

/* ---- instances ---------------------------------------------------------------------------------------- */

static const struct filesystem_ops instance_ops = {
	.usage = usage_get,
	.sync = sync,
	.remount = remount,
	.unmount = unmount,
};

static int instance_make(
	const struct filesystem_type *type, const char *source, unsigned flags, struct ext4 **made)
{
	struct ext4 *fs = heap_alloc(sizeof(*fs));
	bool is_read_only = flags & FS_READ_ONLY;
	int err = fs ? library_open(source, &fs->lib, &is_read_only) : -ENOMEM;

	if (err) {
		heap_free(fs);
		return err;
	}
	fs->disk = ext4_io_disk(fs->lib->io);
	fs->block_size = fs->lib->blocksize;
	fs->fs = (struct filesystem){ .type = type,
		.ops = &instance_ops,
		.device = fs->disk->rdev,
		.flags = is_read_only ? FS_READ_ONLY : 0 };
	mutex_init(&fs->lock, "ext4");
	list_init(&fs->link);
	fs->refs = 1;
	for (unsigned i = 0; i < BUCKETS; i++) {
		list_init(&fs->buckets[i]);
	}
	*made = fs;
	return 0;
}

static int mount(
	const struct filesystem_type *type, const char *source, unsigned flags, struct inode **root)
{
	struct ext4 *fs;
	int err = instance_make(type, source, flags, &fs);

	if (err) {
		return err;
	}
	machine_before_end(machine_ends);
	mutex_lock(&instances_lock);
	mutex_lock(&fs->lock);
	err = fs->fs.flags & FS_READ_ONLY ? 0 : writing_begin(fs);
	if (!err) {
		err = ext4_node_get(fs, EXT2_ROOT_INO, root);
	}
	mutex_unlock(&fs->lock);
	if (!err) {
		list_push_back(&instances, &fs->link);
	}
	mutex_unlock(&instances_lock);
	if (err) {
		ext2fs_free(fs->lib);
		ext4_unref(fs);
	}
	return err;
}

/* The three differ in nothing that matters here; what one mounted it as is what /proc says. */
static int mount_2(const char *source, unsigned flags, struct inode **root);
static int mount_3(const char *source, unsigned flags, struct inode **root);
static int mount_4(const char *source, unsigned flags, struct inode **root);

struct filesystem_type ext_types[] = {
	{ .name = "ext4", .mount = mount_4, .sync = sync_all },
	{ .name = "ext3", .mount = mount_3 },
	{ .name = "ext2", .mount = mount_2 },
};

static int mount_4(const char *source, unsigned flags, struct inode **root)
{
	return mount(&ext_types[0], source, flags, root);
}

static int mount_3(const char *source, unsigned flags, struct inode **root)
{
	return mount(&ext_types[1], source, flags, root);
}

static int mount_2(const char *source, unsigned flags, struct inode **root)
{
	return mount(&ext_types[2], source, flags, root);
}
