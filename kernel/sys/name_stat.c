/* name_stat.c - system calls that tell about files: stat and statx, statfs, getdents, readlink. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/notify.h>
#include <kernel/string.h>
#include <linux/dirent.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "file.h"
#include "user_path.h"

/* ---- attributes ------------------------------------------------------------------------------ */

/* Of an open file that is in no file system. */
static const struct inode_attr nowhere = { .mode = 0600, .links = 1, .block_size = PAGE_SIZE };

static void file_attr_get(struct file *file, struct inode_attr *attr)
{
	if (file->inode) {
		inode_attr_get(file->inode, attr);
	} else {
		*attr = nowhere;
	}
}

/* By descriptor and path; an empty path with AT_EMPTY_PATH is the descriptor's own file. */
int file_attr_named(int dir, vaddr_t path, unsigned at_flags, struct inode_attr *attr)
{
	struct dentry *d;
	char first = 1;
	int err;

	if (at_flags & AT_EMPTY_PATH && dir >= 0) {
		(void)!user_copy_in(&first, path, 1);
	}
	if (!first) {
		struct file *file = user_file(dir);

		if (file) {
			file_attr_get(file, attr);
		}
		file_unref(file);
		return file ? 0 : -EBADF;
	}
	err = user_path_lookup(dir, path, user_path_flags(at_flags), &d);
	if (!err) {
		inode_attr_get(dentry_inode(d), attr);
		dentry_unref(d);
	}
	return err;
}

int file_attr_open(int fd, struct inode_attr *attr)
{
	struct file *file = user_file(fd);

	if (!file) {
		return -EBADF;
	}
	file_attr_get(file, attr);
	file_unref(file);
	return 0;
}

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)

long sys_newfstatat(int dir, vaddr_t path, vaddr_t stat, unsigned flags)
{
	struct inode_attr attr;
	int err =
		flags & ~(unsigned)STAT_FLAGS ? -EINVAL : file_attr_named(dir, path, flags, &attr);

	return err ? err : stat_out(stat, &attr);
}

long sys_stat(vaddr_t path, vaddr_t stat)
{
	return sys_newfstatat(AT_FDCWD, path, stat, 0);
}

long sys_lstat(vaddr_t path, vaddr_t stat)
{
	return sys_newfstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(int fd, vaddr_t stat)
{
	struct inode_attr attr;
	int err = file_attr_open(fd, &attr);

	return err ? err : stat_out(stat, &attr);
}

/* ---- statx ------------------------------------------------------------------------------------- */

static struct linux_statx_time statx_time_of(nsec_t t)
{
	return (struct linux_statx_time){ .seconds = (int64_t)(t / NSEC_PER_SEC),
		.nanoseconds = (uint32_t)(t % NSEC_PER_SEC) };
}

static void statx_fill(struct linux_statx *s, const struct inode_attr *attr)
{
	*s = (struct linux_statx){
		.mask = STATX_BASIC_STATS,
		.blksize = attr->block_size,
		.nlink = attr->links,
		.uid = attr->uid,
		.gid = attr->gid,
		.mode = (uint16_t)attr->mode,
		.ino = attr->number,
		.size = (uint64_t)attr->size,
		.blocks = attr->blocks,
		.atime = statx_time_of(attr->atime),
		.ctime = statx_time_of(attr->ctime),
		.mtime = statx_time_of(attr->mtime),
		.rdev_major = device_major(attr->rdev),
		.rdev_minor = device_minor(attr->rdev),
		.dev_major = device_major(attr->device),
		.dev_minor = device_minor(attr->device),
	};
}

long sys_statx(int dir, vaddr_t path, unsigned flags, unsigned mask, vaddr_t statx)
{
	struct inode_attr attr;
	struct linux_statx s;
	int err;

	if (flags & ~(unsigned)(STAT_FLAGS | AT_STATX_SYNC_TYPE) || mask & STATX__RESERVED ||
		(flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) {
		return -EINVAL;
	}
	err = file_attr_named(dir, path, flags, &attr);
	if (err) {
		return err;
	}
	statx_fill(&s, &attr);
	return user_copy_out(statx, &s, sizeof(s));
}

/* ---- file systems ---------------------------------------------------------------------------------- */

#define ST_VALID 0x20 /* the others are those of mount() */

static long flags_of(const struct filesystem *fs)
{
	long numbers = ST_VALID;

	for (unsigned i = 0; i < MOUNT_FLAGS; i++) {
		numbers |= fs->flags & mount_flags[i].flags ? mount_flags[i].number : 0;
	}
	return numbers;
}

static void tell(struct filesystem_told *told, struct filesystem *fs)
{
	*told = (struct filesystem_told){
		.usage.block_size = PAGE_SIZE, .device = fs->device, .flags = flags_of(fs)
	};
	if (fs->ops && fs->ops->usage) {
		fs->ops->usage(fs, &told->usage);
	}
}

int filesystem_named(vaddr_t path, struct filesystem_told *told)
{
	struct dentry *d;
	int err = user_path_lookup(AT_FDCWD, path, 0, &d);

	if (!err) {
		tell(told, dentry_inode(d)->fs);
		dentry_unref(d);
	}
	return err;
}

int filesystem_open(int fd, struct filesystem_told *told)
{
	struct file *file = user_file(fd);
	int err = -EBADF;

	if (file && file->inode && file->inode->fs) {
		tell(told, file->inode->fs);
		err = 0;
	} else if (file) {
		err = -ENOSYS;
	}
	file_unref(file);
	return err;
}

/* Numbers of blocks that a word does not hold are not told: -EOVERFLOW. */
static long statfs_out(vaddr_t user, const struct filesystem_told *told)
{
	const struct filesystem_usage *usage = &told->usage;
	struct linux_statfs s = {
		.type = (long)usage->magic,
		.block_size = (long)usage->block_size,
		.blocks = usage->blocks,
		.blocks_free = usage->blocks_free,
		.blocks_available = usage->blocks_free,
		.files = usage->files,
		.files_free = usage->files_free,
		.id = { (int32_t)told->device },
		.name_len = NAME_LEN_MAX,
		.fragment_size = (long)usage->block_size,
		.flags = (long)told->flags,
	};

	if (s.blocks != usage->blocks || s.files != usage->files) {
		return -EOVERFLOW;
	}
	return user_copy_out(user, &s, sizeof(s));
}

long sys_statfs(vaddr_t path, vaddr_t buf)
{
	struct filesystem_told told;
	int err = filesystem_named(path, &told);

	return err ? err : statfs_out(buf, &told);
}

long sys_fstatfs(int fd, vaddr_t buf)
{
	struct filesystem_told told;
	int err = filesystem_open(fd, &told);

	return err ? err : statfs_out(buf, &told);
}

/* ---- folders ------------------------------------------------------------------------------------------ */

/* Records are collected here, then copied out. */
struct listing {
	char *buf;
	size_t used, size;
	bool is_old;	   /* as getdents() has them */
	bool is_too_small; /* for even the first */
};

static void record_fill(struct linux_dirent64 *record, const struct directory_entry *entry,
	int64_t next, size_t len)
{
	record->ino = entry->inode;
	record->next = next;
	record->record_len = (uint16_t)len;
	record->type = entry->type;
}

/* The type is the record's last byte, where there was none. */
static void old_record_fill(
	struct linux_dirent *record, const struct directory_entry *entry, int64_t next, size_t len)
{
	record->ino = entry->inode;
	record->next = (unsigned long)next;
	record->record_len = (uint16_t)len;
	((char *)record)[len - 1] = (char)entry->type;
}

static bool listing_add(void *arg, const struct directory_entry *entry, int64_t next)
{
	struct listing *l = arg;
	size_t name_size = strlen(entry->name) + 1;
	size_t head = l->is_old ? offsetof(struct linux_dirent, name)
				: offsetof(struct linux_dirent64, name);
	size_t len =
		ALIGN_UP(head + name_size + l->is_old, l->is_old ? sizeof(long) : sizeof(uint64_t));
	char *record = l->buf + l->used;

	if (l->size - l->used < len) {
		l->is_too_small = l->used == 0;
		return false;
	}
	memset(record, 0, len);
	if (l->is_old) {
		old_record_fill((struct linux_dirent *)record, entry, next, len);
	} else {
		record_fill((struct linux_dirent64 *)record, entry, next, len);
	}
	memcpy(record + head, entry->name, name_size);
	l->used += len;
	return true;
}

int file_listable(const struct file *file)
{
	if (file->flags & O_PATH) {
		return -EBADF;
	}
	if (!file->ops->readdir) {
		return -ENOTDIR;
	}
	if (file->inode->links == 0) {
		return -ENOENT;
	}
	return 0;
}

/* Fill the listing and copy it out; what could not be copied is not passed over. */
static long listing_read(struct file *file, struct listing *l, vaddr_t buf)
{
	int err = file_listable(file);
	int64_t pos;

	if (err) {
		return err;
	}
	mutex_lock(&file->pos_lock);
	pos = file->pos;
	err = file->ops->readdir(file, listing_add, l);
	if (!err && l->used && user_copy_out(buf, l->buf, l->used)) {
		file->pos = pos;
		err = -EFAULT;
	}
	mutex_unlock(&file->pos_lock);
	if (err) {
		return err;
	}
	notify_file(file->dentry, IN_ACCESS);
	return l->is_too_small ? -EINVAL : (long)l->used;
}

#define LISTING_SIZE_MAX (32 * 1024u)

static long listing_get(int fd, vaddr_t buf, size_t size, bool is_old)
{
	struct file *file = user_file(fd);
	struct listing l = { .size = MIN(size, LISTING_SIZE_MAX), .is_old = is_old };
	long len = -EBADF;

	if (!file) {
		return len;
	}
	l.buf = heap_alloc(MAX(l.size, 1u));
	len = l.buf ? listing_read(file, &l, buf) : -ENOMEM;
	heap_free(l.buf);
	file_unref(file);
	return len;
}

long sys_getdents64(int fd, vaddr_t buf, size_t size)
{
	return listing_get(fd, buf, size, false);
}

long sys_getdents(int fd, vaddr_t buf, unsigned size)
{
	return listing_get(fd, buf, size, true);
}

/* ---- symlinks -------------------------------------------------------------------------------------------- */

static long link_out(struct dentry *d, vaddr_t user, size_t size)
{
	char *text = heap_alloc(PATH_LEN_MAX);
	long len;

	if (!text) {
		return -ENOMEM;
	}
	len = vfs_readlink(d, text, MIN(size, PATH_LEN_MAX));
	if (len > 0 && user_copy_out(user, text, (size_t)len)) {
		len = -EFAULT;
	}
	heap_free(text);
	return len;
}

static bool path_is_empty(vaddr_t path)
{
	char first = '?';

	return !user_copy_in(&first, path, 1) && !first;
}

long sys_readlinkat(int dir, vaddr_t path, vaddr_t buf, size_t size)
{
	struct dentry *d;
	long len;

	if ((int)size <= 0) {
		return -EINVAL;
	}
	len = user_path_lookup(
		dir, path, PATH_NOFOLLOW | (dir == AT_FDCWD ? 0 : (unsigned)PATH_EMPTY_OK), &d);
	if (!len) {
		len = link_out(d, buf, size);
		dentry_unref(d);
	}
	/* An empty path that does not mean a link means nothing. */
	return len == -EINVAL && path_is_empty(path) ? -ENOENT : len;
}

long sys_readlink(vaddr_t path, vaddr_t buf, size_t size)
{
	return sys_readlinkat(AT_FDCWD, path, buf, size);
}
