/* stat.c (x86-64) - struct stat. */
#include "../file.h"
#include "../times.h"

#include <arch/user.h>

long stat_out(vaddr_t user, const struct inode_attr *attr)
{
	struct linux_stat s = {
		.dev = attr->device,
		.ino = attr->number,
		.nlink = attr->links,
		.mode = attr->mode,
		.uid = attr->uid,
		.gid = attr->gid,
		.rdev = attr->rdev,
		.size = attr->size,
		.blksize = attr->block_size,
		.blocks = (int64_t)attr->blocks,
		.atime = timespec_of(attr->atime),
		.mtime = timespec_of(attr->mtime),
		.ctime = timespec_of(attr->ctime),
	};

	return user_copy_out(user, &s, sizeof(s));
}
