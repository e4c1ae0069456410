/* stat.c (i386) - struct stat in its three generations. */
#include "../file.h"
#include "../times.h"
#include "narrow.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>

long stat_out(vaddr_t user, const struct inode_attr *attr)
{
	struct linux_stat s = {
		.dev = attr->device,
		.ino_low = (uint32_t)attr->number,
		.mode = attr->mode,
		.nlink = attr->links,
		.uid = attr->uid,
		.gid = attr->gid,
		.rdev = attr->rdev,
		.size = attr->size,
		.blksize = attr->block_size,
		.blocks = attr->blocks,
		.atime = timespec_of(attr->atime),
		.mtime = timespec_of(attr->mtime),
		.ctime = timespec_of(attr->ctime),
		.ino = attr->number,
	};

	return user_copy_out(user, &s, sizeof(s));
}

/* What no 32 bits can say of a file, or no 16 of its links. */
static bool is_narrow(const struct inode_attr *attr)
{
	return attr->size <= INT32_MAX && attr->number <= UINT32_MAX && attr->links <= UINT16_MAX &&
		attr->device <= UINT32_MAX && attr->rdev <= UINT32_MAX;
}

static long old_out(vaddr_t user, const struct inode_attr *attr)
{
	struct linux_stat_old s = {
		.dev = (uint32_t)attr->device,
		.ino = (uint32_t)attr->number,
		.mode = (uint16_t)attr->mode,
		.nlink = (uint16_t)attr->links,
		.uid = id_narrowed(attr->uid),
		.gid = id_narrowed(attr->gid),
		.rdev = (uint32_t)attr->rdev,
		.size = (uint32_t)attr->size,
		.blksize = attr->block_size,
		.blocks = (uint32_t)attr->blocks,
		.atime = timespec_of(attr->atime),
		.mtime = timespec_of(attr->mtime),
		.ctime = timespec_of(attr->ctime),
	};

	return is_narrow(attr) ? user_copy_out(user, &s, sizeof(s)) : -EOVERFLOW;
}

static long oldest_out(vaddr_t user, const struct inode_attr *attr)
{
	struct linux_oldstat s = {
		.dev = (uint16_t)attr->device,
		.ino = (uint16_t)attr->number,
		.mode = (uint16_t)attr->mode,
		.nlink = (uint16_t)attr->links,
		.uid = id_narrowed(attr->uid),
		.gid = id_narrowed(attr->gid),
		.rdev = (uint16_t)attr->rdev,
		.size = (uint32_t)attr->size,
		.atime = (uint32_t)(attr->atime / NSEC_PER_SEC),
		.mtime = (uint32_t)(attr->mtime / NSEC_PER_SEC),
		.ctime = (uint32_t)(attr->ctime / NSEC_PER_SEC),
	};

	return is_narrow(attr) && attr->number <= UINT16_MAX && attr->device <= UINT16_MAX
		? user_copy_out(user, &s, sizeof(s))
		: -EOVERFLOW;
}

typedef long out_fn(vaddr_t user, const struct inode_attr *attr);

static long named(vaddr_t path, unsigned flags, vaddr_t user, out_fn *out)
{
	struct inode_attr attr;
	int err = file_attr_named(AT_FDCWD, path, flags, &attr);

	return err ? err : out(user, &attr);
}

static long opened(int fd, vaddr_t user, out_fn *out)
{
	struct inode_attr attr;
	int err = file_attr_open(fd, &attr);

	return err ? err : out(user, &attr);
}

long sys_stat_old(sys_path path, sys_ptr stat)
{
	return named(path, 0, stat, old_out);
}

long sys_lstat_old(sys_path path, sys_ptr stat)
{
	return named(path, AT_SYMLINK_NOFOLLOW, stat, old_out);
}

long sys_fstat_old(sys_fd fd, sys_ptr stat)
{
	return opened(fd, stat, old_out);
}

long sys_oldstat(sys_path path, sys_ptr stat)
{
	return named(path, 0, stat, oldest_out);
}

long sys_oldlstat(sys_path path, sys_ptr stat)
{
	return named(path, AT_SYMLINK_NOFOLLOW, stat, oldest_out);
}

long sys_oldfstat(sys_fd fd, sys_ptr stat)
{
	return opened(fd, stat, oldest_out);
}
